/** `--retry`: none, immediate, immediate(tries=5), backoff, backoff(base=50ms,cap=2s,jitter=50ms,tries=10). */
import { parseDuration } from '../../units.js';
import type { RetryPolicy } from '../load-shapes.js';
import { type Misread, misread } from '../misread.js';

const KINDS = ['none', 'immediate', 'backoff'] as const satisfies readonly RetryPolicy['kind'][];
const DEFAULTS = { base: 50, cap: 2000, jitter: 50, tries: 10 } as const;
const MOST_TRIES = 1_000_000;
const LONGEST_PAUSE_MS = 3_600_000;

type Settings = { readonly [key in keyof typeof DEFAULTS]: number };

export function parseRetry(text: string): RetryPolicy | Misread {
  const [, name, list] = /^\s*([a-z]+)\s*(?:\((.*)\))?\s*$/is.exec(text) ?? [];
  const kind = KINDS.find((candidate) => candidate === name?.toLowerCase());
  if (kind === undefined) {
    return misread('A retry policy is none, immediate or backoff(base=50ms,cap=2s,jitter=50ms,tries=10).', {
      given: name ?? text,
      candidates: KINDS,
    });
  }
  if (kind === 'none') return list === undefined ? { kind } : misread('none takes no settings.');
  const names = kind === 'immediate' ? (['tries'] as const) : (['base', 'cap', 'jitter', 'tries'] as const);
  const settings = readSettings(kind, list ?? '', names);
  if ('kind' in settings) return settings;
  const { base: baseMs, cap: capMs, jitter: jitterMs, tries } = settings;
  if (kind === 'immediate') return { kind, tries };
  if (capMs < baseMs) return misread('The cap of the backoff is below its base.');
  return { kind, baseMs, capMs, jitterMs, tries };
}

function readSettings(kind: string, list: string, names: readonly (keyof Settings)[]): Settings | Misread {
  let settings: Settings = DEFAULTS;
  for (const part of list.split(',').filter((item) => item.trim() !== '')) {
    const [, key = part.trim(), value = ''] = /^\s*([a-z]+)\s*=\s*(.*?)\s*$/is.exec(part) ?? [];
    const name = names.find((candidate) => candidate === key.toLowerCase());
    if (name === undefined) {
      return misread(`${kind} has no setting "${key}": it has ${names.join(', ')}.`, {
        given: key,
        candidates: names,
      });
    }
    const read = name === 'tries' ? readTries(value) : readPause(value);
    if (read === null) return misread(`${name} takes ${WANTS[name]}, not "${value}".`);
    settings = { ...settings, [name]: read };
  }
  return settings;
}

const WANTS = {
  base: 'a time, such as 50ms',
  cap: 'a time, such as 2s',
  jitter: 'a time, such as 50ms',
  tries: 'a whole number from 1',
} as const satisfies Record<keyof Settings, string>;

function readTries(text: string): number | null {
  const tries = /^\d+$/.test(text) ? Number(text) : 0;
  return tries >= 1 && tries <= MOST_TRIES ? tries : null;
}

function readPause(text: string): number | null {
  const ms = parseDuration(text);
  return ms !== null && ms <= LONGEST_PAUSE_MS ? ms : null;
}
