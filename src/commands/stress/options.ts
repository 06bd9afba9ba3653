/** Options of `dblock stress`, with those of the configuration behind them. */
import type { Config } from '../../config.js';
import { quote, UsageProblem } from '../../problem.js';
import type { BeginMode, End, LoadSpec, Pace, Pragmas, Work } from '../../stress/load-shapes.js';
import { parseConnection } from '../../stress/options/connection.js';
import { parseRate } from '../../stress/options/rate.js';
import { parseRetry } from '../../stress/options/retry.js';
import { parseScriptArgument } from '../../stress/script/mix.js';
import { formatDuration, type Milliseconds } from '../../units.js';
import type { CommonOptions } from '../options.js';
import { readCache, readChoice, readNumber, readParsed, readSize, readTime } from './values.js';

export interface StressOptions extends CommonOptions {
  readonly inPlace?: boolean;
  readonly yes?: boolean;
  readonly keep?: boolean;
  readonly writers?: string;
  readonly readers?: string;
  readonly checkpointers?: string;
  readonly duration?: string;
  readonly transactions?: string;
  readonly workload?: string;
  readonly table?: string;
  readonly ownTables?: boolean;
  readonly script?: readonly string[];
  readonly begin?: string;
  readonly busyTimeout?: string;
  readonly hold?: string;
  readonly batch?: string;
  readonly connection?: string;
  readonly journalMode?: string;
  readonly synchronous?: string;
  readonly autocheckpoint?: string;
  readonly cache?: string;
  readonly mmap?: string;
  readonly retry?: string;
  readonly writerQueue?: boolean;
  readonly isolation?: string;
  readonly rate?: string;
  readonly think?: string;
  readonly ramp?: string;
  readonly seed?: string;
  readonly threshold?: readonly string[];
  readonly runs?: string;
  readonly baseline?: string;
  /** `true`: without a number. */
  readonly findLimit?: string | true;
  readonly compare?: string;
  readonly scenario?: string;
  readonly cured?: boolean;
  readonly listScenarios?: boolean;
}

/** More processes than that say more about the scheduler than about locks. */
export const MOST_ACTORS = 256;
const LARGEST_INT = 2 ** 31 - 1;

const BEGIN_MODES = ['deferred', 'immediate', 'exclusive', 'autocommit'] as const;
const WORKLOADS = ['insert', 'update', 'read-modify-write', 'claim', 'batch'] as const;
const JOURNAL_MODES = ['wal', 'delete', 'truncate', 'persist', 'memory', 'off'] as const;
export const ISOLATIONS = ['process', 'thread'] as const;
const SYNCHRONOUS = ['off', 'normal', 'full', 'extra'] as const;

const DEFAULT_WRITERS = 4;
/** What most drivers set: Python's sqlite3, better-sqlite3, Rails. SQLite itself has none. */
const DEFAULT_BUSY_TIMEOUT_MS = 5000;
const DEFAULT_DURATION_MS = 10_000;
/** A search takes about ten runs, a comparison several of each remedy. */
const DEFAULT_SEARCH_DURATION_MS = 3000;
const DEFAULT_BATCH = 25;
/** A hold is played to its end, so that a run may take so much longer than its duration. */
const LONGEST_HOLD_MS = 10 * 60_000;

/** @throws UsageProblem for what is no value, and for options that contradict each other */
export function readLoad(options: StressOptions, { workers, connections }: Config): LoadSpec {
  refuseContradictions(options);
  refuseShared(options);
  const work = readWork(options);
  const end = readEnd(options);
  const begin = readBegin(options, connections.begin);
  const perOperation = connections.persistent === false;
  return {
    writers: readOr(options.writers, workers ?? DEFAULT_WRITERS, (text) => actors('--writers', text, 1)),
    readers: readOr(options.readers, 0, (text) => actors('--readers', text, 0)),
    checkpointers: readOr(options.checkpointers, 0, (text) => actors('--checkpointers', text, 0)),
    ...{ end, work, begin },
    busyTimeoutMs: readOr(
      options.busyTimeout,
      connections.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS,
      readBusyTimeout,
    ),
    holdMs: readOr(options.hold, 0, (text) => readTime('--hold', text, { most: LONGEST_HOLD_MS })),
    batch: readBatch(options, work),
    connection: readOr(options.connection, { kind: perOperation ? 'per-operation' : 'persistent' }, (text) =>
      readParsed('--connection', text, parseConnection),
    ),
    pragmas: readPragmas(options, connections),
    retry: readOr(options.retry, { kind: 'none' }, (text) => readParsed('--retry', text, parseRetry)),
    writerQueue: options.writerQueue === true,
    isolation: readChoice('--isolation', options.isolation ?? 'process', ISOLATIONS),
    pace: readPace(options),
    rampMs: readOr(options.ramp, 0, (text) => readRamp(text, end)),
    seed: readOr(options.seed, 1, (text) => readNumber('--seed', text, { least: 0, most: LARGEST_INT })),
  };
}

function readOr<T>(text: string | undefined, fallback: T, read: (text: string) => T): T {
  return text === undefined ? fallback : read(text);
}

function actors(option: string, text: string, least: number): number {
  return readNumber(option, text, { least, most: MOST_ACTORS });
}

const EXCLUDING: readonly (readonly [keyof StressOptions, keyof StressOptions])[] = [
  ['duration', 'transactions'],
  ['workload', 'script'],
  ['table', 'script'],
  ['rate', 'think'],
  ['keep', 'inPlace'],
  ['table', 'inPlace'],
  ['script', 'inPlace'],
  ['baseline', 'findLimit'],
  ['compare', 'baseline'],
  ['script', 'begin'],
  ['script', 'batch'],
  ['script', 'hold'],
  ['script', 'writerQueue'],
  ['retry', 'writerQueue'],
];

/** Why, where it is not obvious. */
const REASONS: Readonly<Record<string, string>> = {
  'table inPlace': "in place only a table of dblock's own is written to",
  'script inPlace': "in place only a table of dblock's own is written to",
  'script begin': 'BEGIN in a script means what it says',
  'script batch': 'a transaction of a script writes what the script says',
  'script hold': 'a script says so itself, with \\sleep inside the transaction',
  'script writerQueue': 'scripts are not sent to another process',
  'retry writerQueue': 'the one process that writes does not retry',
};

function refuseContradictions(options: StressOptions): void {
  const pair = EXCLUDING.find((names) => names.every((name) => options[name] !== undefined));
  if (pair === undefined) {
    if (options.yes && !options.inPlace)
      throw new UsageProblem('--yes is for --in-place, which is not given.');
    return;
  }
  const [one, other] = pair.map(flagOf);
  const reason = REASONS[pair.join(' ')];
  throw new UsageProblem(
    `${one} and ${other} exclude each other${reason === undefined ? '' : `: ${reason}`}. Give one of them.`,
  );
}

function refuseShared({ connection, ...others }: StressOptions): void {
  if (connection?.trim().toLowerCase() !== 'shared') return;
  const other = (['script', 'writerQueue', 'retry'] as const).find((name) => others[name] !== undefined);
  if (other === undefined) return;
  throw new UsageProblem(
    `--connection shared and ${flagOf(other)} exclude each other: only transactions of dblock's own are played in a shared session, by its process, which does not retry. Leave out one of them.`,
  );
}

export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
}

function readWork({ workload, table, script }: StressOptions): Work {
  if (table !== undefined && workload === undefined) return { kind: 'table', table };
  if (script !== undefined) return { kind: 'scripts', scripts: script.map(readScriptArgument) };
  const name = readChoice('--workload', workload ?? 'insert', WORKLOADS);
  if (table === undefined || name === 'claim') return { kind: 'workload', name };
  throw new UsageProblem(
    `--workload ${name} and --table exclude each other: --table alone sets rows of a table to what they are, and with --workload claim plays the jobs of a queue. Give one of them.`,
  );
}

function readScriptArgument(text: string): { file: string; weight: number } {
  const argument = parseScriptArgument(text);
  if (argument !== null) return argument;
  throw new UsageProblem(`--script takes FILE or FILE@WEIGHT with a weight from 1, not ${quote(text)}.`);
}

function readBegin({ begin, script }: StressOptions, declared: BeginMode | null): BeginMode {
  if (begin !== undefined) return readChoice('--begin', begin, BEGIN_MODES);
  return script === undefined ? (declared ?? 'deferred') : 'deferred';
}

function readEnd({ duration, transactions, findLimit, compare }: StressOptions): End {
  if (transactions !== undefined) {
    const perWriter = readNumber('--transactions', transactions, { least: 1, most: 1_000_000_000 });
    return { kind: 'transactions', perWriter };
  }
  const many = findLimit !== undefined || compare !== undefined;
  const fallback = !many ? DEFAULT_DURATION_MS : DEFAULT_SEARCH_DURATION_MS;
  return {
    kind: 'duration',
    durationMs: readOr(duration, fallback, (text) => readTime('--duration', text, { least: 100 })),
  };
}

/** SQLite counts whole milliseconds, and 0 of them are no timeout. */
function readBusyTimeout(text: string): Milliseconds {
  const ms = readTime('--busy-timeout', text);
  if (Number.isInteger(ms)) return ms;
  throw new UsageProblem(`--busy-timeout takes whole milliseconds, as SQLite does, not ${quote(text)}.`);
}

/** Whose turn comes after the end would never begin. */
function readRamp(text: string, end: End): Milliseconds {
  const ms = readTime('--ramp', text);
  if (end.kind !== 'duration' || ms < end.durationMs) return ms;
  throw new UsageProblem(
    `--ramp ${formatDuration(ms)} is not shorter than the duration of ${formatDuration(end.durationMs)}: the last writer would never begin. Give a shorter ramp, or a longer --duration.`,
  );
}

function readBatch({ batch }: StressOptions, work: Work): number {
  if (batch !== undefined) return readNumber('--batch', batch, { least: 1, most: 100_000 });
  return work.kind === 'workload' && work.name === 'batch' ? DEFAULT_BATCH : 1;
}

function readPragmas(options: StressOptions, declared: Config['connections']): Pragmas {
  const { journalMode, synchronous, autocheckpoint, cache, mmap } = options;
  return {
    journalMode: readOr(journalMode, null, (text) => readChoice('--journal-mode', text, JOURNAL_MODES)),
    // SQLite's own default; that of dblock's library, NORMAL in WAL mode, would flatter the result
    synchronous: readOr(synchronous, declared.synchronous ?? 'full', (text) =>
      readChoice('--synchronous', text, SYNCHRONOUS),
    ),
    autocheckpointPages: readOr(autocheckpoint, declared.autocheckpointPages, (text) =>
      readNumber('--autocheckpoint', text, { least: 0, most: LARGEST_INT }),
    ),
    cacheSize: readOr(cache, null, readCache),
    mmapBytes: readOr(mmap, null, (text) => readSize('--mmap', text)),
  };
}

function readPace({ rate, think }: StressOptions): Pace {
  if (rate === undefined) {
    return { kind: 'closed', thinkMs: readOr(think, 0, (text) => readTime('--think', text)) };
  }
  const perSecond = parseRate(rate);
  if (perSecond !== null) return { kind: 'open', perSecond };
  throw new UsageProblem(
    `--rate takes transactions in a time, such as 200/s or 6000/min, not ${quote(rate)}.`,
  );
}
