import { buildHasWalResetBug } from '../../sqlite/versions.js';
import { type Pid, plural } from '../../units.js';
import { attachedNow } from '../attachment.js';
import { defineCheck, type Inspection, skipped } from '../check.js';
import { factsIfSeen, ifAttached, ifWalMode } from '../live.js';
import { processOf, sqliteCopies } from '../process-questions.js';
import { descriptorsOf, lastSample, nameProcess, processesView } from '../questions.js';
import type { Evidence } from '../shapes.js';

interface Library {
  readonly path: string;
  readonly version: string | null;
  /** Begins with the day of its check-in. */
  readonly sourceId: string | null;
  readonly pids: readonly Pid[];
}

interface Facts {
  readonly affected: readonly Library[];
  readonly unaffected: readonly Library[];
  /** Attached processes whose SQLite is not known. */
  readonly unknownPids: readonly Pid[];
  /** At least: by descriptors of the database. */
  readonly connections: number;
}

export const walResetBug = defineCheck<Facts>({
  id: 'wal-reset-bug',
  title: "The application's SQLite has the WAL-reset bug",
  severity: 'warning',
  group: 'now',
  why: 'In SQLite 3.7.0 to 3.51.2 a checkpoint that runs at the very moment when another connection starts the WAL again can skip committed pages: they are lost, and the database may be corrupted. It takes two connections and a rare coincidence, so most applications never meet it; but nothing shows it when it happens.',
  sources: [
    'https://www.sqlite.org/wal.html#walresetbug',
    'https://www.sqlite.org/releaselog/3_51_3.html',
    'wal.c: walCheckpoint',
  ],
  guide: {
    meaning:
      'WAL mode: a process that has the database open uses a SQLite from 3.7.0 to 3.51.2 without the fix. A warning if at least two connections are open, since the bug takes two; with one, good to know.',
    certainty:
      'The version is certain where it was found in the library or program that the process has loaded; a distribution may have added the fix without changing the number (3.50.7 and 3.44.6 are known to have it, by public accounts). The bug was not reproduced here. Whether it ever struck cannot be seen.',
    now: {
      text: 'Nothing needs to be done tonight. Until the update, let one connection run all checkpoints, and none by hand while others write.',
      commands: [],
    },
    later:
      'Update SQLite to 3.51.3 or later: the driver, wheel or gem that contains it, or the library of the distribution. better-sqlite3 has it from 12.8 on.',
  },
  inspect({ evidence }) {
    const view = processesView(evidence);
    return ifAttached(evidence, view, () => ifWalMode(evidence, () => inspectVersions(evidence)));
  },
  verdict({ affected, connections }) {
    if (affected.length === 0) return 'clear';
    return connections >= 2 ? 'warning' : 'info';
  },
  summary({ affected, connections }) {
    const libraries = affected.map(
      (library) => `${library.path} is ${describeVersion(library)} (${pidList(library.pids)})`,
    );
    return `${libraries.join('; ')}, and at least ${plural(connections, 'connection')} to this WAL database ${connections === 1 ? 'is' : 'are'} open.`;
  },
  remedy() {
    return {
      text: 'Update SQLite to 3.51.3 or later, or to a package that carries the fix (3.50.7, 3.44.6): the driver or wheel that contains it, or the shared library of the distribution. Until then, run checkpoints from one connection only, and none by hand while others write.',
      commands: [],
    };
  },
});

function inspectVersions(evidence: Evidence): Inspection<Facts> {
  const pids = attachedNow(evidence);
  const libraries = librariesOf(evidence, pids);
  const affected = libraries.filter((library) => buildHasWalResetBug(library) === true);
  const unaffected = libraries.filter((library) => buildHasWalResetBug(library) === false);
  const isKnown = (pid: Pid) => [...affected, ...unaffected].some((library) => library.pids.includes(pid));
  const unknownPids = pids.filter((pid) => !isKnown(pid));
  const [unknownPid] = unknownPids;
  if (affected.length === 0 && unknownPid !== undefined) return skipped(unknownReason(evidence, unknownPid));
  const connections = connectionsOf(evidence, pids);
  const found = { affected, unaffected, unknownPids, connections };
  return factsIfSeen(found, affected.length > 0, processesView(evidence));
}

/** Each file once, with all processes that may use it for this database. */
function librariesOf(evidence: Evidence, pids: readonly Pid[]): Library[] {
  const libraries = new Map<string, Library>();
  for (const pid of pids) {
    const process = processOf(evidence, pid);
    for (const { path, version, sourceId } of process ? sqliteCopies(process) : []) {
      const key = [path, version, sourceId].join('\0');
      const others = libraries.get(key)?.pids ?? [];
      libraries.set(key, { path, version, sourceId, pids: [...others, pid] });
    }
  }
  return [...libraries.values()];
}

function unknownReason(evidence: Evidence, pid: Pid): string {
  const libraries = processOf(evidence, pid)?.sqliteLibraries;
  const reason =
    libraries?.known === false ? libraries.reason : 'no version was found in the files that it has loaded';
  return `which SQLite ${nameProcess(evidence, pid)} uses is not known: ${reason}`;
}

function connectionsOf(evidence: Evidence, pids: readonly Pid[]): number {
  const sample = lastSample(evidence);
  const counts = pids.map(
    (pid) => descriptorsOf(sample, pid, 'database').filter(({ current }) => current).length,
  );
  return counts.reduce((sum, count) => sum + Math.max(1, count), 0);
}

function describeVersion({ version, sourceId }: Library): string {
  return version === null ? `a SQLite of ${sourceId?.slice(0, 10)}` : `SQLite ${version}`;
}

function pidList(pids: readonly Pid[]): string {
  return `${pids.length === 1 ? 'pid' : 'pids'} ${pids.join(', ')}`;
}
