/** The sentence of each reason for a lock error: why the busy timeout did or did not apply. */
import { formatDuration, type Milliseconds } from '../units.js';
import type { Reason } from './actor/failure.js';
import type { Phase } from './run-shapes.js';

interface About {
  readonly code: string;
  /** SQLite's own. */
  readonly message: string;
  readonly phase: Phase;
  readonly busyTimeoutMs: Milliseconds;
  readonly slowestMs: Milliseconds;
}

type Sentence = (about: About) => string;

const SENTENCES = {
  'timed-out': ({ busyTimeoutMs, phase }) =>
    `The busy timeout of ${formatDuration(busyTimeoutMs)} was used up during ${PHASES[phase]}: others held the lock all that time, or were faster each time it was free (SQLite has no queue).`,
  'timed-out-commit': ({ busyTimeoutMs }) =>
    `COMMIT waited for readers for the whole busy timeout of ${formatDuration(busyTimeoutMs)}: in rollback mode it needs the database to itself.`,
  'no-timeout': ({ phase }) =>
    `The connection has no busy timeout (0 ms): ${PHASES[phase]} failed at the first try.`,
  upgrade: ({ busyTimeoutMs }) =>
    `The transaction had read before it wrote while another one held the write lock: SQLite does not wait then, whatever the timeout (${formatDuration(busyTimeoutMs)}), because both could wait for each other. BEGIN IMMEDIATE does wait.`,
  snapshot: ({ busyTimeoutMs }) =>
    `The transaction had read, and another one committed before it wrote: what it read is no longer the newest state, so waiting cannot help and the timeout (${formatDuration(busyTimeoutMs)}) does not apply. Only starting the transaction again does; BEGIN IMMEDIATE avoids it.`,
  spent: () =>
    'The statement before it on this connection had used up the timeout, and this one had to load the schema: SQLite still counts the old wait then, and fails at once.',
  recovery: ({ slowestMs }) =>
    `Another connection was rebuilding the WAL index, as after a crash or the close of the last connection; given up after ${formatDuration(slowestMs)}.`,
  'journal-mode': () =>
    'PRAGMA journal_mode needs the database to itself for a moment, and SQLite does not wait for that when others hold a lock: set the mode once, not at each open.',
  'not-asked': ({ busyTimeoutMs, slowestMs, phase }) =>
    `${capital(PHASES[phase])} failed after ${fine(slowestMs)} although the timeout is ${formatDuration(busyTimeoutMs)}: SQLite did not ask the busy handler, as it does where waiting could be for ever.`,
  locked: () =>
    'The conflict is inside one connection or one shared cache: the busy timeout does not apply to it.',
  protocol: () =>
    'A read could not begin in 100 tries, which takes about 10 s whatever the timeout: somebody holds locks of the WAL index that are normally held for microseconds.',
  other: ({ code, message }) => `${code} has nothing to do with waiting for a lock: ${message}.`,
} as const satisfies Record<Reason, Sentence>;

const PHASES = {
  open: 'opening the database',
  pragma: 'a PRAGMA at the opening of the connection',
  prepare: 'the preparation of a statement',
  begin: 'BEGIN',
  read: 'a read',
  write: 'the first write',
  commit: 'COMMIT',
  checkpoint: 'a checkpoint',
  queue: 'the request to the writer queue',
} as const satisfies Record<Phase, string>;

export function sentenceOf(reason: Reason, about: About): string {
  return SENTENCES[reason](about);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function fine(ms: Milliseconds): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : formatDuration(ms);
}
