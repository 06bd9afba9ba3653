/** Options of `dblock requeue-orphans`, and what their values may be. */
import { shellQuote } from '../../doctor/quote.js';
import { quote, UsageProblem } from '../../problem.js';
import { OFFSET, type Zone } from '../../queue/clock.js';
import type { Wish } from '../../queue/plan.js';
import type { JobFilter } from '../../queue/read.js';
import type { Told } from '../../queue/told.js';
import type { JournalFile } from '../../queue/undo.js';
import { type Milliseconds, parseDuration } from '../../units.js';
import type { CommonOptions } from '../options.js';
import { type GenericOptions, toldByOptions } from './generic-options.js';
import { oneOf } from './one-of.js';
import { loadJournal } from './undo.js';

export interface RequeueOptions extends CommonOptions, GenericOptions {
  readonly apply?: boolean;
  readonly preset?: string;
  readonly table?: string;
  readonly queue?: readonly string[];
  readonly id?: readonly string[];
  readonly limit?: string;
  readonly olderThan?: string;
  readonly tz?: string;
  readonly workersStopped?: boolean;
  readonly force?: boolean;
  readonly mode?: string;
  readonly onExhausted?: string;
  /** `--no-refund` makes it false. */
  readonly refund: boolean;
  readonly includeLockFailures?: boolean;
  readonly wait?: string;
  readonly journal?: string;
  readonly undo?: string;
  readonly recover?: boolean;
  readonly yes?: boolean;
}

export interface RequeueSettings {
  readonly apply: boolean;
  readonly preset: string | null;
  readonly table: string | null;
  readonly wish: Wish;
  readonly filter: JobFilter;
  readonly limit: number | null;
  readonly includeLockFailures: boolean;
  readonly waitMs: Milliseconds;
  /** `null`: a name of its own in the current folder. */
  readonly journal: string | null;
  readonly recover: boolean;
  readonly yes: boolean;
  /** `--undo`: the journal to go by. */
  readonly undo: JournalFile | null;
  /** A table of one's own, described by options. */
  readonly told: Told | null;
  /** The options about jobs as they were typed, to be typed again. */
  readonly typed: readonly string[];
}

const DEFAULT_WAIT_MS: Milliseconds = 30_000;
const LONGEST_WAIT_MS: Milliseconds = 3_600_000;
const MODES = ['requeue', 'fail'] as const;
const ON_EXHAUSTED = ['fail', 'requeue', 'skip'] as const;

/** @throws UsageProblem for what is no such value, and for options that need another */
export function readRequeueSettings(options: RequeueOptions, cwd: string): RequeueSettings {
  const filter = { queues: options.queue ?? [], ids: options.id ?? [] };
  const olderThanMs =
    options.olderThan === undefined ? null : readTime('--older-than', options.olderThan, null);
  if (olderThanMs === 0) throw new UsageProblem('--older-than takes a time above 0, such as 30m or 2h.');
  const force = options.force === true;
  if (force && olderThanMs === null && filter.ids.length === 0) {
    throw new UsageProblem(
      '--force takes jobs from live workers, so it has to be told which: add --older-than TIME, or --id ID.',
    );
  }
  return {
    apply: options.apply === true,
    preset: options.preset ?? null,
    table: options.table ?? null,
    wish: {
      zone: readZone(options.tz),
      olderThanMs,
      stopped: options.workersStopped === true,
      force,
      mode: oneOf('--mode', options.mode ?? 'requeue', MODES),
      onExhausted: oneOf('--on-exhausted', options.onExhausted ?? 'fail', ON_EXHAUSTED),
      refund: options.refund,
    },
    filter,
    limit: options.limit === undefined ? null : readLimit(options.limit),
    includeLockFailures: options.includeLockFailures === true,
    waitMs: options.wait === undefined ? DEFAULT_WAIT_MS : readTime('--wait', options.wait, LONGEST_WAIT_MS),
    journal: options.journal ?? null,
    recover: options.recover === true,
    yes: options.yes === true,
    undo: options.undo === undefined ? null : loadJournal(options.undo, cwd),
    told: toldByOptions(options),
    typed: typedOptions(options),
  };
}

const REPEATED = new Set([
  ...[
    'preset',
    'table',
    'queue',
    'id',
    'limit',
    'olderThan',
    'workersStopped',
    'tz',
    'force',
    'mode',
    'onExhausted',
    'refund',
  ],
  ...['includeLockFailures', 'wait', 'recover', 'yes', 'config', 'idColumn', 'status', 'running', 'queued'],
  ...['failed', 'started', 'startedFormat', 'owner', 'ownerIs', 'heartbeat', 'heartbeatLimit', 'lease'],
  ...['attempts', 'counted', 'maxAttempts', 'queueColumn', 'keepsOpen', 'also'],
]);

function typedOptions(options: RequeueOptions): string[] {
  return Object.entries(options).flatMap(([name, value]: [string, unknown]) => {
    const option = `--${name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
    if (!REPEATED.has(name)) return [];
    if (name === 'refund') return value === false ? ['--no-refund'] : [];
    if (value === true) return [option];
    const values = Array.isArray(value) ? value : [value];
    return values.map((one) => `${option} ${shellQuote(String(one))}`);
  });
}

export function readTime(option: string, text: string, longestMs: Milliseconds | null): Milliseconds {
  const ms = parseDuration(text);
  if (ms !== null && (longestMs === null || ms <= longestMs)) return Math.round(ms);
  throw new UsageProblem(`${option} takes a time such as 30s, 10m or 2h, not ${quote(text)}.`);
}

function readLimit(text: string): number {
  if (/^\d{1,15}$/.test(text) && Number(text) > 0) return Number(text);
  throw new UsageProblem(`--limit takes a whole number from 1, not ${quote(text)}.`);
}

function readZone(text: string | undefined): Zone {
  if (text === undefined) return null;
  if (/^(utc|z)$/i.test(text)) return 'utc';
  if (OFFSET.test(text)) return { timeZone: text };
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: text });
    return { timeZone: text };
  } catch (error) {
    throw new UsageProblem(
      `--tz takes UTC, a zone such as Europe/Berlin, or an offset such as +02:00, not ${quote(text)}.`,
      { cause: error },
    );
  }
}
