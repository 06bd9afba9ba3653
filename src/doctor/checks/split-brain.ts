import type { Descriptor } from '../../locks/shapes.js';
import { type Pid, plural } from '../../units.js';
import { attachedNow } from '../attachment.js';
import { defineCheck, type Inspection } from '../check.js';
import { factsIfSeen, ifSampledTwice } from '../live.js';
import { descriptorsOf, lastSample, nameProcess, processesView, sightingOf } from '../questions.js';
import type { Evidence, Sample } from '../shapes.js';

interface StaleFile {
  readonly fd: number;
  readonly file: 'database' | 'wal' | 'shm';
}

interface Outsider {
  readonly pid: Pid;
  readonly process: string;
  /** Open files that were deleted or replaced by others of the same name, or belong to another name of the database. */
  readonly stale: readonly StaleFile[];
  /** The files to rescue what it committed from; null: not open. */
  readonly databaseFd: number | null;
  readonly walFd: number | null;
}

interface Facts {
  readonly processes: readonly Outsider[];
}

export const splitBrain = defineCheck<Facts>({
  id: 'split-brain',
  title: 'A process works on deleted or replaced files',
  severity: 'critical',
  group: 'now',
  why: 'A file that is deleted or replaced by mv lives on for whoever has it open. A process that still has the old database, WAL or -shm commits into files that nobody else can see, and its locks keep nobody out. What it commits is lost when it ends, and if both sides write to one database file, it is corrupted.',
  sources: [
    'https://www.sqlite.org/howtocorrupt.html#_unlinking_or_renaming_a_database_file_while_in_use',
    'os_unix.c: verifyDbFile',
  ],
  guide: {
    meaning:
      'In both looks a process had a database, -wal or -shm file open that was deleted or replaced under it, or a -wal and -shm of another name of this database (a hard link, or a file mounted by itself), or it used this -wal and -shm together with another database file.',
    certainty:
      'Certain for what the process has open: the kernel says so. How much it has committed there is not known. Not seen are processes that may not be inspected: dblock says when there are any.',
    now: {
      text: 'Do not restart it: the old files live only as long as it has them open. Halt it, copy its files out of /proc, check the copy, and merge what the live database lacks. Then end it with kill -KILL, so that it writes nothing more, and start it again.',
      commands: [
        'kill -STOP PID',
        'ls -l /proc/PID/fd',
        'cp /proc/PID/fd/DATABASE_FD rescued.db',
        'cp /proc/PID/fd/WAL_FD rescued.db-wal',
        "sqlite3 rescued.db 'PRAGMA integrity_check;'",
      ],
    },
    later:
      'Replace a database only with the application stopped, or write into it with .restore or the backup API. Keep clean-up scripts and deployments away from -wal and -shm.',
  },
  inspect({ evidence }) {
    return ifSampledTwice(evidence, processesView(evidence), () => inspectOutsiders(evidence));
  },
  verdict({ processes }) {
    return processes.length > 0 ? 'critical' : 'clear';
  },
  summary({ processes }) {
    return processes.map(describeOutsider).join(' ');
  },
  remedy({ processes }) {
    return {
      text: 'Do not restart it yet: the old files exist only as long as it has them open. Halt it, copy its files, and check the copy; merge from it what the live database lacks. Then end it with kill -KILL, so that it writes nothing more, and start it again. Afterwards find what removed or replaced the files under it: a restore, a deployment, a clean-up of "stale" -wal files, or a process whose locks were lost. Restore with the application stopped, or with .restore or the backup API.',
      commands: processes.flatMap(rescueCommands),
    };
  },
});

function inspectOutsiders(evidence: Evidence): Inspection<Facts> {
  const processes = attachedNow(evidence).flatMap((pid) => outsider(evidence, pid));
  return factsIfSeen({ processes }, processes.length > 0, processesView(evidence));
}

function outsider(evidence: Evidence, pid: Pid): Outsider[] {
  const sample = lastSample(evidence);
  const stale = staleThroughout(evidence, pid);
  if (stale.length === 0 && !evidence.samples.every((each) => usesSidecarsAlone(each, pid))) return [];
  const open = (file: 'database' | 'wal') => {
    const descriptors = descriptorsOf(sample, pid, file);
    return (descriptors.find(({ current }) => !current) ?? descriptors[0])?.fd ?? null;
  };
  return [
    { pid, process: nameProcess(evidence, pid), stale, databaseFd: open('database'), walFd: open('wal') },
  ];
}

/** Both times, because the last connection to close deletes -shm and -wal an instant before it lets go of them. */
function staleThroughout(evidence: Evidence, pid: Pid): StaleFile[] {
  const [first, ...later] = evidence.samples.map((sample) => staleDescriptors(sample, pid));
  const stayed = (first ?? []).filter((one) =>
    later.every((others) => others.some((other) => isSame(one, other))),
  );
  return stayed.flatMap(({ fd, file }) => (file === 'journal' ? [] : { fd, file }));
}

/** A journal is deleted at the end of every transaction. */
function staleDescriptors(sample: Sample, pid: Pid): Descriptor[] {
  const files = ['database', 'wal', 'shm'] as const;
  return files.flatMap((file) => descriptorsOf(sample, pid, file)).filter(({ current }) => !current);
}

function isSame(one: Descriptor, other: Descriptor): boolean {
  return one.fd === other.fd && one.file === other.file && one.identity.inode === other.identity.inode;
}

/** Not a program that merely copies a WAL: it neither maps nor locks `-shm`. */
function usesSidecarsAlone(sample: Sample, pid: Pid): boolean {
  const isOpen = (file: Descriptor['file']) =>
    descriptorsOf(sample, pid, file).some(({ current }) => current);
  const locksShm = sample.kernel.locks.some((lock) => lock.pid === pid && lock.file === 'shm');
  const uses = sightingOf(sample, pid)?.mapsShm === true || locksShm;
  return uses && (isOpen('wal') || isOpen('shm')) && !isOpen('database');
}

const FILE_NAMES: Readonly<Record<StaleFile['file'], string>> = {
  database: 'database',
  wal: '-wal',
  shm: '-shm',
};

function describeOutsider(outsider: Outsider): string {
  const { process, stale } = outsider;
  if (stale.length === 0) {
    return `${process} uses the -wal and -shm of this database, but has another database file open with them: both sides write into one WAL.`;
  }
  const files = stale.map(({ fd, file }) => `${FILE_NAMES[file]} (descriptor ${fd})`).join(', ');
  const [verb, belong] = stale.length === 1 ? ['was', 'belongs'] : ['were', 'belong'];
  return `${process} has ${plural(stale.length, 'file')} open that ${verb} deleted or replaced, or ${belong} to another name of the database: ${files}. ${consequence(outsider)}`;
}

/** What is committed goes into the WAL, if there is one: whose it is decides what happens to it. */
function consequence({ stale, walFd }: Outsider): string {
  const isStale = (file: StaleFile['file']) => stale.some((one) => one.file === file);
  if (isStale('wal')) {
    return 'What it commits goes into a WAL that others do not see, and that is gone when it ends, unless it lies beside another name of the database.';
  }
  if (walFd === null) return 'What it commits there is not seen by others, and is lost when it ends.';
  return isStale('database')
    ? 'It shares the -wal with whoever has the new database open: each side sees the pages of the other as its own, and the next checkpoint writes them in for good.'
    : 'It shares the -wal with others but not the locks: both sides may write over what the other has committed.';
}

function rescueCommands({ pid, databaseFd, walFd }: Outsider): string[] {
  const copy = `rescued-${pid}.db`;
  if (databaseFd === null) return [`ls -l /proc/${pid}/fd`];
  return [
    `kill -STOP ${pid}`,
    `cp /proc/${pid}/fd/${databaseFd} ${copy}`,
    ...(walFd === null ? [] : [`cp /proc/${pid}/fd/${walFd} ${copy}-wal`]),
    `sqlite3 ${copy} 'PRAGMA integrity_check;'`,
  ];
}
