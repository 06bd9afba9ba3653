import type { Pid } from '../../units.js';
import { defineCheck, type Inspection } from '../check.js';
import { factsIfSeen, ifSampledTwice } from '../live.js';
import { inheritedConnection, processOf } from '../process-questions.js';
import {
  attachedPids,
  descriptorsOf,
  holders,
  lastSample,
  lockingMode,
  nameProcess,
  processesView,
} from '../questions.js';
import type { Evidence, Sample } from '../shapes.js';

interface Child {
  readonly pid: Pid;
  readonly process: string;
  readonly parentPid: Pid;
  readonly parent: string;
  readonly descriptors: readonly number[];
}

interface Facts {
  readonly journalMode: 'wal' | 'rollback';
  readonly children: readonly Child[];
}

export const forkSharedConnection = defineCheck<Facts>({
  id: 'fork-shared-connection',
  title: 'A connection seems to have been carried across a fork',
  severity: 'warning',
  group: 'now',
  why: "A SQLite connection must not be used by a process that was forked after it was opened. The child gets the open files but none of the locks, and SQLite in it believes that it holds them: its writes are kept apart from nobody's, and the database may be corrupted. It does no harm as long as the child uses neither that connection nor any other to the same database: SQLite in the child takes the locks of its parent for its own, so a connection that the child opens itself holds none either.",
  sources: [
    'https://www.sqlite.org/howtocorrupt.html#_carrying_an_open_database_connection_across_a_fork_',
    'https://man7.org/linux/man-pages/man2/fork.2.html',
  ],
  guide: {
    meaning:
      'In both looks a child process had the database open under the same descriptors as its parent: in WAL mode -shm too, without any lock of its own, in rollback mode running the same program.',
    certainty:
      'Inferred, not proven. Whether the child uses this database at all cannot be seen, and it does no harm as long as it does not: neither through the connection that it inherited, not even to close it, nor through one of its own. In rollback mode an idle connection holds no lock, so there it is only good to know.',
    now: {
      text: 'Look in the code for where the connection is opened: before or after the workers are forked.',
      commands: ['ps -o pid,ppid,stat,lstart,args -p PID', 'ls -l /proc/PID/fd'],
    },
    later:
      "Open connections after the fork, in each worker, and close those of the parent before it forks. gunicorn: post_fork. Puma: on_worker_boot. uWSGI: lazy-apps = true. Python's multiprocessing: start method spawn.",
  },
  inspect({ evidence }) {
    return ifSampledTwice(evidence, processesView(evidence), () => inspectChildren(evidence));
  },
  verdict({ children, journalMode }) {
    if (children.length === 0) return 'clear';
    return journalMode === 'wal' ? 'warning' : 'info';
  },
  summary({ children, journalMode }) {
    return `${children.map((child) => describeChild(child, journalMode)).join(' ')} This is inferred from the descriptors, not proven.`;
  },
  remedy() {
    return {
      text: "Open connections after the fork, in each worker: in the post-fork hook of the server (gunicorn's post_fork, Puma's on_worker_boot, lazy-apps = true in uWSGI), or with the start method spawn in Python's multiprocessing. Close those of the parent before it forks. What was opened before must not be used or closed in the child.",
      commands: [],
    };
  },
});

function inspectChildren(evidence: Evidence): Inspection<Facts> {
  const journalMode = lockingMode(lastSample(evidence));
  const seemsForked = journalMode === 'wal' ? hasNoLocks : runsTheSame;
  const children = attachedPids(lastSample(evidence)).flatMap((pid) => {
    const child = inheritedThroughout(evidence, pid);
    return child && seemsForked(evidence, child) ? [child] : [];
  });
  return factsIfSeen({ journalMode, children }, children.length > 0, processesView(evidence));
}

/** Both times: between fork() and exec() every child looks like this for an instant. */
function inheritedThroughout(evidence: Evidence, pid: Pid): Child | null {
  const [inherited, ...others] = evidence.samples.map((sample) => inheritedConnection(evidence, sample, pid));
  if (!inherited || others.includes(null)) return null;
  const { parentPid, descriptors } = inherited;
  return {
    pid,
    process: nameProcess(evidence, pid),
    parentPid,
    parent: nameProcess(evidence, parentPid),
    descriptors: descriptors.map(({ fd }) => fd),
  };
}

/**
 * A connection of its own would hold SHARED and DMS in WAL mode from its first read on, which is also when it opens
 * -shm: without that it may be one of its own that was never used, under the number that was free in the parent too.
 */
function hasNoLocks(evidence: Evidence, { pid, parentPid }: Child): boolean {
  if (!evidence.samples.every((sample) => descriptorsOf(sample, pid, 'shm').length > 0)) return false;
  const isAttached = (sample: Sample, who: Pid) =>
    holders(sample, 'SHARED').includes(who) || holders(sample, 'DMS').includes(who);
  return (
    evidence.samples.every((sample) => !isAttached(sample, pid)) &&
    isAttached(lastSample(evidence), parentPid)
  );
}

/** In rollback mode an idle connection holds no lock, so that its lack proves nothing. */
function runsTheSame(evidence: Evidence, { pid, parentPid }: Child): boolean {
  const [child, parent] = [processOf(evidence, pid), processOf(evidence, parentPid)];
  if (!child?.command.known || !parent?.command.known) return false;
  if (!child.executable.known || !parent.executable.known) return false;
  const isSameCommand = child.command.value.join('\0') === parent.command.value.join('\0');
  return isSameCommand && child.executable.value === parent.executable.value;
}

function describeChild({ process, parent, descriptors }: Child, journalMode: Facts['journalMode']): string {
  const locks = journalMode === 'wal' ? ', and no locks of its own' : '';
  return `${process} has the database open under the same descriptors (${descriptors.join(', ')}) as its parent ${parent}${locks}.`;
}
