import { type Pid, plural } from '../../units.js';
import { defineCheck, type Inspection, skipped } from '../check.js';
import { factsIfSeen, ifAttached } from '../live.js';
import { processOf, sqliteCopies } from '../process-questions.js';
import {
  attachedPids,
  descriptorsOf,
  lastSample,
  nameProcess,
  nameProcesses,
  processesView,
} from '../questions.js';
import type { Evidence } from '../shapes.js';

interface LoadedCopy {
  readonly path: string;
  readonly version: string | null;
}

interface TwoCopies {
  readonly pid: Pid;
  readonly process: string;
  readonly copies: readonly LoadedCopy[];
  readonly databaseDescriptors: number;
}

interface Facts {
  readonly processes: readonly TwoCopies[];
}

export const twoSqliteLibraries = defineCheck<Facts>({
  id: 'two-sqlite-libraries',
  title: 'One process has loaded two copies of SQLite',
  severity: 'warning',
  group: 'now',
  why: "A process has one set of locks on a file, whoever took them. One copy of SQLite keeps its connections from cancelling each other's locks, but it does not know of a second copy: when a connection of the one is closed, the locks of the other are gone, and the database may be corrupted. It does no harm as long as only one of them opens this database.",
  sources: [
    'https://www.sqlite.org/howtocorrupt.html#multiple_copies_of_sqlite_linked_into_the_same_application',
    'os_unix.c: unixInodeInfo, unixClose',
  ],
  guide: {
    meaning:
      'A process that has the database open has loaded two copies of SQLite. A warning if it has the database open at least twice, else good to know.',
    certainty: 'Certain that both are loaded. Whether both open this database cannot be seen from outside.',
    now: {
      text: 'Find out which part of the program loads which copy.',
      commands: ["grep -E 'sqlite|\\.node|\\.so' /proc/PID/maps | awk '{print $6}' | sort -u"],
    },
    later:
      'Let only one driver open this file. Build drivers against the same shared library where that is possible.',
  },
  inspect({ evidence }) {
    return ifAttached(evidence, processesView(evidence), () => inspectCopies(evidence));
  },
  verdict({ processes }) {
    if (processes.length === 0) return 'clear';
    return processes.some(({ databaseDescriptors }) => databaseDescriptors >= 2) ? 'warning' : 'info';
  },
  summary({ processes }) {
    return `${processes.map(describeProcess).join(' ')} Whether both use this database cannot be seen from outside.`;
  },
  remedy() {
    return {
      text: 'Find out which part of the program loads which copy, and let only one of them open this database: one driver for one file. Build drivers against the same shared library where that is possible.',
      commands: [],
    };
  },
});

function inspectCopies(evidence: Evidence): Inspection<Facts> {
  const pids = attachedPids(lastSample(evidence));
  const processes = pids.flatMap((pid) => twoCopies(evidence, pid));
  const unread = pids.filter((pid) => processOf(evidence, pid)?.sqliteLibraries.known !== true);
  if (processes.length === 0 && unread.length > 0) {
    return skipped(
      `the libraries of ${nameProcesses(evidence, unread)} could not be read: ${reasonOf(evidence, unread)}`,
    );
  }
  return factsIfSeen({ processes }, processes.length > 0, processesView(evidence));
}

function reasonOf(evidence: Evidence, [pid]: readonly Pid[]): string {
  const libraries = pid === undefined ? undefined : processOf(evidence, pid)?.sqliteLibraries;
  return libraries?.known === false ? libraries.reason : 'the process was not described';
}

function twoCopies(evidence: Evidence, pid: Pid): TwoCopies[] {
  const process = processOf(evidence, pid);
  const copies = (process ? sqliteCopies(process) : []).map(({ path, version }) => ({ path, version }));
  if (new Set(copies.map(({ path }) => path)).size < 2) return [];
  const descriptors = descriptorsOf(lastSample(evidence), pid, 'database').filter(({ current }) => current);
  return [{ pid, process: nameProcess(evidence, pid), copies, databaseDescriptors: descriptors.length }];
}

function describeProcess({ process, copies, databaseDescriptors }: TwoCopies): string {
  const names = copies
    .map(({ path, version }) => `${path} (${version ?? 'version not known'})`)
    .join(' and ');
  return `${process} has loaded ${names}, and has the database open ${plural(databaseDescriptors, 'time')}.`;
}
