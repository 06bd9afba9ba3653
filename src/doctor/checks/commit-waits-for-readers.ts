import { formatDuration, type Milliseconds, type Pid } from '../../units.js';
import { defineCheck, type Inspection, inapplicable, type Remedy } from '../check.js';
import { factsIfSeen, ifSampledTwice } from '../live.js';
import { holdSeverity, transactionAgeMs } from '../lock-age.js';
import {
  commitsBetween,
  holders,
  holdersThroughout,
  lastSample,
  lockingMode,
  locksView,
  nameProcess,
  nameProcesses,
  writerLock,
} from '../questions.js';
import { sqlite3Command } from '../quote.js';
import type { Evidence } from '../shapes.js';

interface WaitingCommit {
  readonly pid: Pid;
  readonly process: string;
  /** Since it took the write lock: the wait for the readers came later. */
  readonly heldAtLeastMs: Milliseconds;
  /** Who holds SHARED in the last sample. */
  readonly readerPids: readonly Pid[];
  readonly readers: string;
}

interface Facts {
  readonly path: string;
  readonly commits: number | null;
  readonly holds: readonly WaitingCommit[];
}

export const commitWaitsForReaders = defineCheck<Facts>({
  id: 'commit-waits-for-readers',
  title: 'A commit waits for readers',
  severity: 'critical',
  group: 'now',
  why: 'Without WAL mode a commit needs the database for itself. It waits until every reader has left, and meanwhile no new reader may enter and no other writer may start. One SELECT that is not read to its end is enough to stop everybody; when the busy timeout is over, COMMIT fails with "database is locked" and the transaction stays open.',
  sources: [
    'https://www.sqlite.org/lockingv3.html#writing',
    'https://www.sqlite.org/lang_transaction.html',
    'pager.c: pager_wait_on_lock, sqlite3PagerExclusiveLock',
  ],
  guide: {
    meaning:
      'Rollback mode: a process held PENDING in both looks, and nothing was committed in between. Its COMMIT waits for readers, or has failed and was neither repeated nor rolled back. A warning, and critical from 5 seconds on.',
    certainty:
      'Certain that no new reader and no other writer can enter. Which of the two it is can be told only by whether somebody holds SHARED; a reader inside the same process does not show.',
    now: {
      text: 'End the read: find the cursor that is not read to its end, or the transaction left open after a SELECT, in the process that holds SHARED.',
      commands: ['dblock locks app.db', 'ps -o pid,ppid,stat,lstart,args -p PID'],
    },
    later:
      'Switch to WAL mode, where a commit does not wait for readers; that needs a moment when nobody else has the database open. Repeat a COMMIT that failed with SQLITE_BUSY, or roll back.',
  },
  inspect({ evidence }) {
    return ifSampledTwice(evidence, locksView(evidence), () => inspectCommits(evidence));
  },
  verdict({ holds, commits }) {
    return commits !== null && commits > 0 ? 'clear' : holdSeverity(holds);
  },
  summary({ holds }) {
    return holds.map(describeCommit).join(' ');
  },
  remedy({ path, holds }) {
    return remedyFor(path, holds);
  },
});

function inspectCommits(evidence: Evidence): Inspection<Facts> {
  if (lockingMode(lastSample(evidence)) === 'wal') {
    return inapplicable('in WAL mode a commit does not wait for readers');
  }
  const waiting = holdersThroughout(evidence, 'PENDING', 'WRITE').filter((pid) =>
    evidence.samples.every((sample) => writerLock(sample, pid) === 'PENDING'),
  );
  const holds = waiting.map((pid) => waitingCommit(evidence, pid));
  const facts = { path: evidence.path, commits: commitsBetween(evidence), holds };
  return factsIfSeen(facts, holds.length > 0, locksView(evidence));
}

function waitingCommit(evidence: Evidence, pid: Pid): WaitingCommit {
  const readerPids = holders(lastSample(evidence), 'SHARED', 'READ').filter((reader) => reader !== pid);
  return {
    pid,
    process: nameProcess(evidence, pid),
    heldAtLeastMs: transactionAgeMs(evidence, pid),
    readerPids,
    readers: nameProcesses(evidence, readerPids),
  };
}

function describeCommit({ process, heldAtLeastMs, readerPids, readers }: WaitingCommit): string {
  const held = `${process} has held the write lock for at least ${formatDuration(heldAtLeastMs)}, now with PENDING`;
  if (readerPids.length === 0) {
    return `${held}, but no other process reads now: its COMMIT failed and was neither repeated nor rolled back, or it waits for a reader in its own process, or it is about to try again. No new reader and no other writer may enter.`;
  }
  return `${held}: its COMMIT waits for ${readers} to finish reading (SHARED). No new reader and no other writer may enter.`;
}

function remedyFor(path: string, holds: readonly WaitingCommit[]): Remedy {
  const readers = [...new Set(holds.flatMap((hold) => hold.readerPids))];
  const pids = readers.length > 0 ? readers : holds.map((hold) => hold.pid);
  const first =
    readers.length > 0
      ? 'In the code of the readers, look for a cursor that is not read to its end or closed, then for a transaction that is left open after SELECT, and end it.'
      : 'In its code, look for a COMMIT whose error is ignored: it must be repeated, or followed by ROLLBACK. Then look for a cursor that is still open in the same process.';
  return {
    text: `${first} For good, switch to WAL mode, where readers and a writer do not wait for each other; that needs a moment when nobody else has the database open. A longer busy timeout only makes everybody wait longer.`,
    commands: [
      ...pids.map((pid) => `ps -o pid,ppid,stat,lstart,args -p ${pid}`),
      sqlite3Command(path, 'PRAGMA journal_mode = WAL;'),
    ],
  };
}
