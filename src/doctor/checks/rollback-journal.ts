import { isNetworkFileSystem } from '../../sqlite/network-file-systems.js';
import { plural } from '../../units.js';
import { attachedNow, mostAttachedAtOnce } from '../attachment.js';
import { defineCheck, facts, inapplicable, type Remedy, skipped } from '../check.js';
import { hasResetBug } from '../process-questions.js';
import { lastSample, nameProcesses, processesView } from '../questions.js';
import { sqlite3Command } from '../quote.js';
import { impossible, offered, type Repair } from '../repair/rule.js';
import type { Evidence } from '../shapes.js';

interface Facts {
  readonly path: string;
  readonly journalMode: 'rollback' | 'wal';
  /** The most at one moment. */
  readonly attachedProcesses: number;
  readonly attached: string | null;
  /** `null`: not declared in the configuration. */
  readonly declaredWorkers: number | null;
  /** The network file system, where WAL mode would be worse; `null`: none, or not known. */
  readonly networkFileSystem: string | null;
}

/** One process may also contend with itself, by several connections, but that is its own choice. */
const SEVERAL = 2;

export const rollbackJournal = defineCheck<Facts>({
  id: 'rollback-journal',
  title: 'Several processes share a database in rollback mode',
  severity: 'warning',
  group: 'files',
  why: 'In rollback mode, which SQLite uses unless told otherwise, a commit must wait until every reader has left, and no reader may enter while it writes. With several processes each slow query delays a commit, and each commit can make a query fail with "database is locked". In WAL mode readers and the writer do not wait for each other.',
  sources: ['https://www.sqlite.org/lockingv3.html', 'https://www.sqlite.org/wal.html'],
  guide: {
    meaning:
      'The database is in rollback mode, and at least two processes had it open at once, or the configuration declares two workers or more.',
    certainty:
      'Certain about the mode, which is in the file. How many use it at other times is not known. One process with several connections contends with itself in the same way; that is not counted.',
    now: {
      text: 'Nothing is broken. If lock errors come, switch to WAL mode at a moment when nobody else has the database open.',
      commands: ["sqlite3 app.db 'PRAGMA journal_mode=WAL;'"],
    },
    later:
      'In WAL mode -wal and -shm belong to the database: back up with VACUUM INTO or .backup. Do not use it on a network file system. If you stay in rollback mode, keep reads short and finish every cursor.',
  },
  inspect({ evidence }) {
    const { header } = lastSample(evidence);
    if (!header) return inapplicable('the database has 0 bytes: it has no journal mode yet');
    const { journalMode } = header;
    if (journalMode === 'unknown') {
      return skipped(
        `the header names no journal mode (versions ${header.writeVersion}/${header.readVersion})`,
      );
    }
    const declaredWorkers = evidence.declared.workers ?? null;
    const attachedProcesses = mostAttachedAtOnce(evidence);
    const now = attachedNow(evidence);
    const view = processesView(evidence);
    const several = Math.max(attachedProcesses, declaredWorkers ?? 0) >= SEVERAL;
    if (journalMode === 'rollback' && !several && !view.complete) {
      return skipped(`it is in rollback mode, but not everybody who has it open can be seen: ${view.reason}`);
    }
    const { fileSystem } = evidence;
    const remote = fileSystem.known && isNetworkFileSystem(fileSystem.value.type);
    return facts({
      path: evidence.path,
      journalMode,
      attachedProcesses,
      attached: now.length === 0 ? null : nameProcesses(evidence, now),
      declaredWorkers,
      networkFileSystem: remote ? fileSystem.value.type : null,
    });
  },
  verdict({ journalMode, attachedProcesses, declaredWorkers }) {
    if (journalMode === 'wal') return 'clear';
    return Math.max(attachedProcesses, declaredWorkers ?? 0) >= SEVERAL ? 'warning' : 'clear';
  },
  summary({ path, attachedProcesses, attached, declaredWorkers }) {
    const now = attached === null ? '' : ` (now: ${attached})`;
    const who =
      attachedProcesses >= SEVERAL
        ? `${plural(attachedProcesses, 'process', 'processes')} had it open at once${now}`
        : `${plural(declaredWorkers ?? 0, 'worker')} are declared for it`;
    return `${path} is in rollback mode, and ${who}: each reader holds up every commit, and each commit holds up every reader.`;
  },
  remedy(found) {
    return remedyOf(found);
  },

  repair: {
    ids: ['rollback-journal'],
    safety: 'either',
    summary:
      'Switches to WAL mode at a moment when nobody reads or writes, for which it waits (--wait), and names who prevents it. By id only where a process has a SQLite with the WAL-reset bug, and not on a network file system.',
    plan({ networkFileSystem }, { evidence }) {
      if (networkFileSystem !== null) return impossible(`WAL mode does not work on ${networkFileSystem}`);
      return offered(evidence, [toWal(evidence)]);
    },
    // With the application stopped nobody shares the database, and that is the best moment.
    applicable({ journalMode }) {
      return journalMode === 'rollback';
    },
  },
});

function remedyOf({ path, networkFileSystem }: Facts): Remedy {
  if (networkFileSystem !== null) {
    return {
      text: `Move the database to a local disk first: WAL mode does not work on ${networkFileSystem}. Until then keep reads short and finish every cursor.`,
      commands: [],
    };
  }
  return {
    text: 'Switch to WAL mode; it stays on for every later connection. Stop the other processes for that moment, or the switch fails with "database is locked". From then on -wal and -shm belong to the database: back it up with VACUUM INTO or .backup, or copy the database and -wal together with everything stopped. Do not use it if several machines open the file.',
    commands: [sqlite3Command(path, 'PRAGMA journal_mode=WAL;')],
  };
}

function toWal(evidence: Evidence): Repair {
  const exposed = attachedNow(evidence).filter((pid) => hasResetBug(evidence, pid));
  return {
    id: 'rollback-journal',
    what: 'Switch to WAL mode.',
    steps: ['PRAGMA journal_mode=WAL;'],
    locks:
      'It needs EXCLUSIVE for one small commit, and tries for at most 100 ms at a time until --wait is over; in each try new readers wait so long.',
    undo: 'PRAGMA journal_mode=DELETE; while nobody else has the database open.',
    byIdOnly:
      exposed.length > 0
        ? `${nameProcesses(evidence, exposed)} ${exposed.length === 1 ? 'has' : 'have'} a SQLite with the WAL-reset bug, which can lose commits and concerns WAL mode only: update to 3.51.3 or later first`
        : null,
    notes: [
      'From then on -wal and -shm belong to the database: back up with VACUUM INTO or .backup, or copy the database and -wal together with everything stopped.',
      'WAL mode does not work where several machines open the file over a network. Who opens it must be able to write in its folder. A transaction over several attached databases is then atomic for each of them only.',
    ],
    action: { kind: 'to-wal' },
  };
}
