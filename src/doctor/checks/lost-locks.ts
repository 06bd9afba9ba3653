import type { LockName } from '../../locks/shapes.js';
import type { Pid } from '../../units.js';
import { defineCheck, type Inspection, skipped } from '../check.js';
import { factsIfSeen, ifSampledTwice, ifWalMode } from '../live.js';
import { inheritedConnection } from '../process-questions.js';
import {
  attachedPids,
  descriptorsOf,
  holders,
  lastSample,
  locksView,
  nameProcess,
  processesView,
  sightingOf,
} from '../questions.js';
import type { Evidence, Sample } from '../shapes.js';

interface Loser {
  readonly pid: Pid;
  readonly process: string;
  /** Of the two that a connection in WAL mode keeps from its first read until it is closed. */
  readonly lost: readonly ('SHARED' | 'DMS')[];
}

interface Facts {
  readonly processes: readonly Loser[];
}

export const lostLocks = defineCheck<Facts>({
  id: 'lost-locks',
  title: 'A process lost its locks while it has the database open',
  severity: 'critical',
  group: 'now',
  why: 'POSIX locks belong to the process and the file: when any code in a process closes the database or -shm after opening it as a plain file (to copy, hash or upload it), the kernel drops all locks that SQLite holds there. SQLite does not notice. Other processes now believe that nobody is there: they may write at the same time, or delete the WAL under it, and commits are lost or the database is corrupted.',
  sources: [
    'https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_',
    'https://man7.org/linux/man-pages/man2/fcntl_locking.2.html',
    'os_unix.c: unixClose, setPendingFd, unixIsSharingShmNode',
  ],
  guide: {
    meaning:
      'WAL mode: in both looks a process had the database and -shm open, or mapped, but did not hold SHARED on the database or DMS on -shm. A connection keeps both from its first use of the database until it is closed.',
    certainty:
      'Close to certain: SQLite itself never gives them up in between. A connection that was carried across a fork looks the same and is reported as fork-shared-connection. In rollback mode an idle connection holds no lock, so a loss cannot be seen there. Which code closed the file is not known.',
    now: {
      text: 'Restart that process soon, before another one closes its last connection: end it normally, so that it closes the database itself. Then check the database.',
      commands: ['kill PID', "sqlite3 app.db 'PRAGMA integrity_check;'"],
    },
    later:
      'In processes that use SQLite, never open and close the database or -shm as a file: no copy, no hash, no upload, no size check by opening. Do it in a process of its own, or use VACUUM INTO, .backup or the backup API. SQLite 3.51.0 and later notice some of these losses at the last close; none prevents them.',
  },
  inspect({ evidence }) {
    const view = processesView(evidence);
    return ifWalMode(evidence, () => ifSampledTwice(evidence, view, () => inspectLosers(evidence)));
  },
  verdict({ processes }) {
    return processes.length > 0 ? 'critical' : 'clear';
  },
  summary({ processes }) {
    return processes.map(describeLoser).join(' ');
  },
  remedy({ processes }) {
    return {
      text: 'Restart it now, before another process closes its last connection: end it normally, so that it closes the database itself, then run PRAGMA integrity_check. In its code, look for what opens the database or -shm as a file and closes it again, in this order: a backup or upload that copies the file; a health check or size check that reads it; a library that hashes or watches files. Move that into a process of its own, or use VACUUM INTO or the backup API. The same happens after a fork: to a connection that was opened before it, and to those that the child opens to the same database while it has the old one.',
      commands: processes.map(({ pid }) => `kill ${pid}`),
    };
  },
});

function inspectLosers(evidence: Evidence): Inspection<Facts> {
  const processes = attachedPids(lastSample(evidence)).flatMap((pid) => {
    const lost = lostBoth(evidence, pid);
    return lost.length > 0 ? [{ pid, process: nameProcess(evidence, pid), lost }] : [];
  });
  const locks = locksView(evidence);
  if (processes.length > 0 && !locks.complete) return skipped(locks.reason);
  return factsIfSeen({ processes }, processes.length > 0, processesView(evidence));
}

/** Locks that a process held in neither sample although it used the database and `-shm` in both. */
function lostBoth(evidence: Evidence, pid: Pid): Loser['lost'] {
  const isConnected = evidence.samples.every((sample) => usesShm(evidence, sample, pid));
  if (!isConnected || inheritedConnection(evidence, lastSample(evidence), pid)) return [];
  return (['SHARED', 'DMS'] as const).filter((name) =>
    evidence.samples.every((sample) => !holds(sample, pid, name)),
  );
}

/**
 * The descriptors of a process are read an instant before its locks, and its mappings an instant after them. One that
 * opens and closes connections all the time shows `-shm` in one of the two and no locks in between, but not in both.
 */
function usesShm(evidence: Evidence, sample: Sample, pid: Pid): boolean {
  const isOpen = (file: 'database' | 'shm') =>
    descriptorsOf(sample, pid, file).some(({ current }) => current);
  const isMapped = sightingOf(sample, pid)?.mapsShm === true || hidesMappings(evidence);
  return isOpen('database') && isOpen('shm') && isMapped;
}

/** Here /proc/PID/maps names another device than stat does, so that a mapped `-shm` cannot be recognised. */
function hidesMappings({ fileSystem }: Evidence): boolean {
  return fileSystem.known && ['btrfs', 'overlay'].includes(fileSystem.value.type);
}

function holds(sample: Sample, pid: Pid, name: LockName): boolean {
  return holders(sample, name).includes(pid);
}

const CONSEQUENCES: Readonly<Record<'SHARED' | 'DMS', string>> = {
  SHARED: 'another process that closes the database may delete the WAL that this one still writes to',
  DMS: 'another process that opens the database may rebuild the WAL index that this one is using',
};

function describeLoser({ process, lost }: Loser): string {
  const consequences = lost.map((name) => CONSEQUENCES[name]).join(', and ');
  return `${process} has the database and its -shm open, but no longer holds ${lost.join(' or ')}: ${consequences}.`;
}
