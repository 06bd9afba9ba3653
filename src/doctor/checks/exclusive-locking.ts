import { formatDuration, type Milliseconds, type Pid } from '../../units.js';
import { defineCheck, type Inspection, skipped } from '../check.js';
import { factsIfSeen, ifSampledTwice, type SamplePair } from '../live.js';
import { databaseFileChanged, hasActiveJournal } from '../lock-age.js';
import {
  commitsBetween,
  holdersThroughout,
  lockingMode,
  locksView,
  nameProcess,
  sampledForMs,
} from '../questions.js';
import type { Evidence, Sample } from '../shapes.js';

interface ExclusiveHold {
  readonly pid: Pid;
  readonly process: string;
  readonly heldAtLeastMs: Milliseconds;
}

interface Facts {
  readonly journalMode: 'wal' | 'rollback';
  /** false in WAL mode: the WAL index is in the memory of that process. */
  readonly shmExists: boolean;
  /** A commit, a rollback or the last close holds the same lock for as long as it writes. */
  readonly writing: boolean;
  readonly holds: readonly ExclusiveHold[];
}

export const exclusiveLocking = defineCheck<Facts>({
  id: 'exclusive-locking',
  title: 'One process keeps the database for itself',
  severity: 'warning',
  group: 'now',
  why: 'With locking_mode = EXCLUSIVE, or opened through the unix-excl VFS, SQLite does not give its lock back when a transaction ends but keeps it until the connection is closed. Every other process gets "database is locked", for reads as well, whatever its busy timeout. In rollback mode a transaction that is left open after BEGIN EXCLUSIVE, or after more changes than its page cache holds, keeps everybody out in the same way until it ends.',
  sources: [
    'https://www.sqlite.org/pragma.html#pragma_locking_mode',
    'https://www.sqlite.org/wal.html#use_of_wal_without_shared_memory',
    'https://www.sqlite.org/vfs.html#standard_unix_vfses',
  ],
  guide: {
    meaning:
      'In both looks one process held EXCLUSIVE, while nothing was written: no active journal, no change of the database file, no commit, and in WAL mode no checkpoint of a last close.',
    certainty:
      'Certain that everybody else is kept out. In WAL mode only locking_mode=EXCLUSIVE or the unix-excl VFS does that. In rollback mode an open transaction may do it too: one that has written shows by its journal, which is write-lock-held, but after BEGIN EXCLUSIVE alone, or with journal_mode MEMORY or OFF, there is none to tell by.',
    now: {
      text: 'Find the setting in the code of that process, or end it if it is not meant to have the database for itself. A transaction that it left open is rolled back then; but with journal_mode MEMORY or OFF there is nothing to roll it back from, and what it had written stays half done.',
      commands: ['dblock locks app.db', 'grep -rniE "locking_mode|unix-excl|BEGIN EXCLUSIVE" .'],
    },
    later:
      'Leave locking_mode at NORMAL, and the VFS at its default, wherever more than one process uses the database. If others are to read, let them read a copy (VACUUM INTO). After locking_mode=NORMAL the lock goes with the next access.',
  },
  inspect({ evidence }) {
    return ifSampledTwice(evidence, locksView(evidence), (samples) => inspectHolds(evidence, samples));
  },
  verdict({ holds, writing }) {
    return holds.length > 0 && !writing ? 'warning' : 'clear';
  },
  summary({ holds, journalMode, shmExists }) {
    const shm =
      journalMode === 'wal' && !shmExists ? ' There is no -shm file: the WAL index is in its memory.' : '';
    const end = journalMode === 'wal' ? 'closes the database' : 'ends its transaction or closes the database';
    return `${holds.map(describeHold).join(' ')} Nobody else can read or write until it ${end}.${shm}`;
  },
  remedy({ holds, journalMode }) {
    const open =
      journalMode === 'wal'
        ? ''
        : ', then for a transaction that stays open after BEGIN EXCLUSIVE (use BEGIN IMMEDIATE, and end it)';
    return {
      text: `In its code, look for PRAGMA locking_mode = EXCLUSIVE, then for vfs=unix-excl in the name or options of the connection, and remove it unless nobody else is meant to use this database${open}. The lock of a setting goes only when the connection is closed, or after locking_mode = NORMAL with the next access. If others are to read, let them read a copy (VACUUM INTO).`,
      commands: holds.map(({ pid }) => `ps -o pid,ppid,stat,lstart,args -p ${pid}`),
    };
  },
});

function inspectHolds(evidence: Evidence, samples: SamplePair): Inspection<Facts> {
  const [, last] = samples;
  const heldAtLeastMs = sampledForMs(evidence);
  const pids = holdersThroughout(evidence, 'SHARED', 'WRITE');
  const holds = pids.map((pid) => ({ pid, process: nameProcess(evidence, pid), heldAtLeastMs }));
  const journalMode = lockingMode(last);
  const writing = journalMode === 'wal' ? isLastClose(samples) : isWriting(evidence, samples);
  if (writing === null && holds.length > 0) {
    return skipped(
      'the WAL index could not be read, so an exclusive lock may be the end of the last connection',
    );
  }
  const facts = { journalMode, shmExists: last.walIndex !== null, writing: writing ?? false, holds };
  return factsIfSeen(facts, holds.length > 0, locksView(evidence));
}

/** An EXCLUSIVE lock is also held by a commit or rollback, for as long as it writes (lockingv3.html). */
function isWriting(evidence: Evidence, samples: SamplePair): boolean {
  return samples.some(hasActiveJournal) || databaseFileChanged(samples) || commitsBetween(evidence) !== 0;
}

/** After it has copied the pages, a last close still waits for the disk to delete two files. */
const CLOSING_MS: Milliseconds = 2000;

/**
 * The last connection to close takes EXCLUSIVE and checkpoints (wal.c, sqlite3WalClose), but writes nothing to the WAL.
 * Without -shm the lock was there first: SQLite keeps the index in memory only if it may keep the lock. `null`: not known.
 */
function isLastClose(samples: SamplePair): boolean | null {
  const [first, last] = samples;
  if (last.walIndex === null || walChanged(first, last)) return false;
  if (last.walIndex.content.kind !== 'index') return null;
  const { nBackfill, nBackfillAttempted } = last.walIndex.content.index;
  const copiedRecently = first.atMs - last.database.modifiedAtMs < CLOSING_MS;
  return nBackfillAttempted > nBackfill || copiedRecently;
}

function walChanged(first: Sample, last: Sample): boolean {
  return first.wal?.file.modifiedAtMs !== last.wal?.file.modifiedAtMs;
}

function describeHold({ process, heldAtLeastMs }: ExclusiveHold): string {
  return `${process} has held EXCLUSIVE for at least ${formatDuration(heldAtLeastMs)}, and wrote nothing meanwhile.`;
}
