import type { LockName } from '../../locks/shapes.js';
import { formatDuration, type Milliseconds, type Pid } from '../../units.js';
import { defineCheck, type Inspection, type Remedy, skipped } from '../check.js';
import { factsIfSeen, ifSampledTwice, type SamplePair } from '../live.js';
import { databaseFileChanged, hasActiveJournal, holdSeverity, transactionAgeMs } from '../lock-age.js';
import {
  commitsBetween,
  holdersThroughout,
  lastSample,
  letGoOf,
  lockingMode,
  locksView,
  nameProcess,
  nameProcesses,
  sampledForMs,
  type WriterLock,
  writerLock,
} from '../questions.js';
import type { Evidence } from '../shapes.js';

interface Hold {
  readonly pid: Pid;
  readonly process: string;
  readonly lock: 'WRITE' | WriterLock;
  readonly activity: 'transaction' | 'checkpoint' | 'recovery' | 'database-write';
  readonly heldAtLeastMs: Milliseconds;
}

interface Facts {
  readonly holds: readonly Hold[];
  /** Between the samples; null: not known, and for a recovery not needed. */
  readonly commits: number | null;
  /** Since the WAL file was last written; null: no WAL. */
  readonly walUnchangedForMs: Milliseconds | null;
}

export const writeLockHeld = defineCheck<Facts>({
  id: 'write-lock-held',
  title: 'One process keeps the write lock',
  severity: 'critical',
  group: 'now',
  why: 'SQLite has one write lock for the whole database. Whoever wants to write while another process holds it waits for as long as its busy timeout allows, often 5 seconds, and then fails with "database is locked". A healthy write holds the lock for milliseconds; a transaction that is kept open during other work holds it all that time.',
  sources: [
    'https://www.sqlite.org/lang_transaction.html',
    'https://www.sqlite.org/lockingv3.html',
    'https://www.sqlite.org/walformat.html#wal_locks',
    'main.c: sqliteDefaultBusyCallback',
  ],
  guide: {
    meaning:
      'The same process held the write lock in both looks, and nobody committed in between: WRITE in WAL mode; RESERVED, or EXCLUSIVE while it writes, in rollback mode. A warning, and critical from 5 seconds on, the busy timeout that many libraries start with.',
    certainty:
      'Certain about the process. In WAL mode the hold is known only for as long as dblock looked: --interval 6s shows whether it lasts that long. Which connection, thread or statement it is cannot be seen from outside, nor who waits.',
    now: {
      text: 'See which process it is and what it does. A stack dump of it shows the place in the code. If it hangs for good, end it: SQLite rolls its transaction back.',
      commands: ['dblock locks app.db', 'ps -o pid,ppid,stat,lstart,args -p PID'],
    },
    later:
      'Keep write transactions short: no network call, file operation or long computation between the first write and COMMIT; ROLLBACK on every error path; large batches in parts. Use PASSIVE checkpoints while the application runs. A longer busy timeout alone only makes the others wait longer.',
  },
  inspect({ evidence }) {
    return ifSampledTwice(evidence, locksView(evidence), (samples) => inspectHolds(evidence, samples));
  },
  verdict({ holds, commits }) {
    return commits !== null && commits > 0 ? 'clear' : holdSeverity(holds);
  },
  summary({ holds, walUnchangedForMs }) {
    return holds.map((hold) => describeHold(hold, walUnchangedForMs)).join(' ');
  },
  remedy({ holds }) {
    return remedyFor(holds);
  },
});

function inspectHolds(evidence: Evidence, samples: SamplePair): Inspection<Facts> {
  const holds = lockingMode(samples[1]) === 'wal' ? walHolds(evidence) : rollbackHolds(evidence, samples);
  const commits = commitsBetween(evidence);
  if (commits === null && holds.some((hold) => hold.activity !== 'recovery')) {
    const names = nameProcesses(
      evidence,
      holds.map((hold) => hold.pid),
    );
    return skipped(
      `the write lock was held both times by ${names}, but the WAL index does not show whether it committed in between`,
    );
  }
  const walUnchangedForMs = walAgeMs(evidence);
  return factsIfSeen({ holds, commits, walUnchangedForMs }, holds.length > 0, locksView(evidence));
}

function walHolds(evidence: Evidence): Hold[] {
  const heldAtLeastMs = sampledForMs(evidence);
  return holdersThroughout(evidence, 'WRITE', 'WRITE').map((pid) => ({
    pid,
    process: nameProcess(evidence, pid),
    lock: 'WRITE',
    activity: walActivity(evidence, pid),
    heldAtLeastMs,
  }));
}

/** wal.c: sqlite3WalCheckpoint takes CKPT and then WRITE unless it is PASSIVE; walIndexRecover takes RECOVER too. */
function walActivity(evidence: Evidence, pid: Pid): Hold['activity'] {
  if (holdersThroughout(evidence, 'RECOVER', 'WRITE').includes(pid)) return 'recovery';
  return holdersThroughout(evidence, 'CKPT', 'WRITE').includes(pid) ? 'checkpoint' : 'transaction';
}

/** PENDING both times is `commit-waits-for-readers`; EXCLUSIVE while nothing is written is `exclusive-locking`. */
function rollbackHolds(evidence: Evidence, samples: SamplePair): Hold[] {
  const [first, last] = samples;
  const isWriting = samples.some(hasActiveJournal) || databaseFileChanged(samples);
  const pids = new Set(last.kernel.locks.map((lock) => lock.pid));
  return [...pids].flatMap((pid) => {
    const [before, lock] = [writerLock(first, pid), writerLock(last, pid)];
    if (before === null || lock === null || letGoOf(evidence, pid, nameOf(before))) return [];
    if (before === lock && (lock === 'PENDING' || (lock === 'EXCLUSIVE' && !isWriting))) return [];
    const activity = lock === 'EXCLUSIVE' ? 'database-write' : 'transaction';
    return [
      {
        pid,
        process: nameProcess(evidence, pid),
        lock,
        activity,
        heldAtLeastMs: transactionAgeMs(evidence, pid),
      },
    ];
  });
}

/** EXCLUSIVE is a write lock on the SHARED bytes. */
function nameOf(lock: WriterLock): LockName {
  return lock === 'EXCLUSIVE' ? 'SHARED' : lock;
}

function walAgeMs(evidence: Evidence): Milliseconds | null {
  const { atMs, wal } = lastSample(evidence);
  return wal ? Math.max(0, atMs - wal.file.modifiedAtMs) : null;
}

function describeHold(
  { process, lock, activity, heldAtLeastMs }: Hold,
  walUnchangedForMs: Milliseconds | null,
): string {
  const since = `for at least ${formatDuration(heldAtLeastMs)}`;
  switch (activity) {
    case 'checkpoint':
      return `${process} has held WRITE and CKPT ${since}: a FULL, RESTART or TRUNCATE checkpoint that waits for readers or still copies pages. Nobody else can write until it ends.`;
    case 'recovery':
      return `${process} has held WRITE, CKPT and RECOVER ${since}: it rebuilds the WAL index, and nobody else can read or write until it ends.`;
    case 'database-write':
      return `${process} has held EXCLUSIVE ${since} to write to the database file. Nobody else can read or write until it ends.`;
    default: {
      const wal =
        walUnchangedForMs === null
          ? ''
          : ` The WAL has not been written to for ${formatDuration(walUnchangedForMs)}.`;
      return `${process} has held the write lock (${lock}) ${since} and committed nothing meanwhile: all other writers wait, or fail with "database is locked".${wal}`;
    }
  }
}

const REMEDY_TEXTS: Readonly<Record<Hold['activity'], string>> = {
  transaction:
    'In its code, look for a transaction that stays open, in this order: a network call, a file operation or a computation between the first write and COMMIT; an error path without ROLLBACK; one large batch, which can be committed in parts. A stack dump of the process shows where it is. If it hangs for good, end it: SQLite rolls its transaction back. A longer busy timeout alone only makes the others wait longer.',
  checkpoint:
    'Find who keeps the checkpoint waiting: a process that holds READ0 to READ4 for long (dblock locks). Use PASSIVE for checkpoints while the application runs, and FULL, RESTART or TRUNCATE only when it is quiet and with a short busy timeout.',
  recovery:
    'Let it finish: it reads the whole WAL once. If it does not advance, see whether it is stopped or waits for the disk, and end it if it must be: the next process starts the recovery again.',
  'database-write':
    'Let a commit or rollback finish. If this lasts, the transaction is larger than its page cache and was written early: commit in smaller batches, or raise cache_size in that connection. WAL mode keeps readers going meanwhile.',
};

function remedyFor(holds: readonly Hold[]): Remedy {
  const activities = [...new Set(holds.map((hold) => hold.activity))];
  return {
    text: activities.map((activity) => REMEDY_TEXTS[activity]).join(' '),
    commands: holds.map(({ pid }) => `ps -o pid,ppid,stat,lstart,args -p ${pid}`),
  };
}
