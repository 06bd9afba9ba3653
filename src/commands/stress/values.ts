/** Values of the options of `dblock stress`, each with a sentence for what is none. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { didYouMean } from '../../nearest.js';
import { quote, UsageProblem } from '../../problem.js';
import type { Misnamed, Misread } from '../../stress/misread.js';
import { whyUnreachable } from '../../targets/unreachable.js';
import {
  type Bytes,
  formatCount,
  formatDuration,
  type Milliseconds,
  parseBytes,
  parseDuration,
} from '../../units.js';

interface Range {
  readonly least: number;
  readonly most: number;
}

/** @throws UsageProblem unless it is a whole number within the range */
export function readNumber(option: string, text: string, { least, most }: Range): number {
  const number = /^-?\d{1,15}$/.test(text.trim()) ? Number(text) : null;
  if (number !== null && number >= least && number <= most) return number;
  throw new UsageProblem(
    `${option} takes a whole number from ${formatCount(least)} to ${formatCount(most)}, not ${quote(text)}.`,
  );
}

/** The largest busy timeout: a C int. */
const LONGEST_MS: Milliseconds = 2 ** 31 - 1;
const DAY_MS: Milliseconds = 24 * 3_600_000;

/** @throws UsageProblem */
export function readTime(
  option: string,
  text: string,
  { least = 0, most = DAY_MS }: Partial<Range> = {},
): Milliseconds {
  const ms = parseDuration(text);
  if (ms !== null && ms >= least && ms <= Math.min(most, LONGEST_MS)) return ms;
  const from = least === 0 ? '0' : `${least}ms`;
  const to = most === DAY_MS ? '24h' : formatDuration(most);
  throw new UsageProblem(
    `${option} takes a time from ${from} to ${to}, such as 500ms, 5s or 2m, not ${quote(text)}.`,
  );
}

/** @throws UsageProblem */
export function readSize(option: string, text: string): Bytes {
  const bytes = parseBytes(text);
  if (bytes !== null && Number.isSafeInteger(bytes)) return bytes;
  throw new UsageProblem(`${option} takes a size, such as 64MiB or 1GiB, not ${quote(text)}.`);
}

/** PRAGMA cache_size: pages, -KiB, or a size. @throws UsageProblem */
export function readCache(text: string): number {
  if (/^-?\d{1,9}$/.test(text)) return Number(text);
  const bytes = parseBytes(text);
  if (bytes !== null && bytes >= 1024) return -Math.round(bytes / 1024);
  throw new UsageProblem(
    `--cache takes pages (2000), KiB as a negative number (-64000), or a size (64MiB), not ${quote(text)}.`,
  );
}

/** @throws UsageProblem with the nearest value */
export function readChoice<const T extends string>(option: string, text: string, values: readonly T[]): T {
  const found = values.find((value) => value === text.toLowerCase());
  if (found !== undefined) return found;
  throw new UsageProblem(
    `${option} takes ${values.slice(0, -1).join(', ')} or ${values.at(-1)}, not ${quote(text)}.${didYouMean(text, values)}`,
  );
}

/** What a parser of the core made of it. @throws UsageProblem that names the option */
export function readParsed<T extends { readonly kind: string }>(
  option: string,
  text: string,
  parse: (text: string) => T | Misread,
): T {
  const parsed = parse(text);
  if (!isMisread(parsed)) return parsed;
  const { reason, misnamed } = parsed;
  throw new UsageProblem(`${option} ${quote(text)}: ${reason}${hint(misnamed)}`);
}

/** The nearest name, as a sentence that follows another; empty if there is none. */
export function hint(misnamed: Misnamed | null): string {
  return misnamed === null ? '' : didYouMean(misnamed.given, misnamed.candidates);
}

/** The content of a file that an option names. @throws UsageProblem that names the option */
export function readGivenFile(option: string, file: string, cwd: string): string {
  const path = resolve(cwd, file);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageProblem(`${option}: ${whyUnreachable(path, file, error)}`, { cause: error });
  }
}

function isMisread<T extends { readonly kind: string }>(parsed: T | Misread): parsed is Misread {
  return parsed.kind === 'misread';
}
