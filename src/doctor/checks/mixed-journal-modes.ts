import { plural } from '../../units.js';
import { everAttachedPids } from '../attachment.js';
import { defineCheck, facts, inapplicable, skipped } from '../check.js';
import { lastSample, nameProcesses } from '../questions.js';
import { sqlite3Command } from '../quote.js';
import type { Evidence } from '../shapes.js';

interface Facts {
  readonly path: string;
  readonly journalMode: 'rollback' | 'wal';
  /** The first of those in WAL mode; of none for one that is in WAL mode itself. */
  readonly walDatabases: readonly string[];
  readonly walDatabaseCount: number;
  /** They have this database and the first of those open. */
  readonly sharedPids: readonly number[];
  readonly shared: string;
}

/** Every database carries these facts: with all names, the report of 2,000 databases would have 185 MB. */
const MOST_NAMED = 20;

/** From here on they wait for each other. */
const SEVERAL = 2;

export const mixedJournalModes = defineCheck<Facts>({
  id: 'mixed-journal-modes',
  title: 'Databases of one application use different journal modes',
  severity: 'warning',
  group: 'files',
  why: 'The journal mode is a property of each file: turning on WAL for one database of an application does nothing for the others. The one left in rollback mode still makes readers and writers wait for each other, and its lock errors are easily blamed on the one that was tuned. A transaction across both is not atomic if the machine fails.',
  sources: [
    'https://www.sqlite.org/wal.html',
    'https://www.sqlite.org/pragma.html#pragma_journal_mode',
    'https://www.sqlite.org/lang_attach.html',
  ],
  guide: {
    meaning:
      'Of the databases examined in one run, this one is in rollback mode and others are in WAL mode. A warning if some process has this one and one of those open, else good to know.',
    certainty:
      'Certain about the modes. That the databases belong to one application is inferred from processes that have both open.',
    now: {
      text: 'Nothing is broken. If lock errors come, look first at the database in rollback mode.',
      commands: ['dblock doctor app.db queue.db', "sqlite3 app.db 'PRAGMA journal_mode=WAL;'"],
    },
    later:
      'Set the journal mode of every database of the application, and the busy timeout on every connection to each. A transaction across attached databases in WAL mode is atomic for each file, not for all of them, if the machine fails.',
  },
  inspect({ evidence, siblings }) {
    if (siblings.length === 0) return inapplicable('only one database was examined');
    const { header } = lastSample(evidence);
    if (!header) return inapplicable('the database has 0 bytes: it has no journal mode yet');
    if (header.journalMode === 'unknown') return skipped('the header names no journal mode');
    const inWal = header.journalMode === 'wal' ? [] : siblings.filter(isInWal);
    const pids = everAttachedPids(evidence);
    const sharedWith = (sibling: Evidence) => everAttachedPids(sibling).filter((pid) => pids.includes(pid));
    // The one that it shares most processes with stands first, and is the one that the summary names.
    const closest =
      pids.length === 0 ? inWal : inWal.toSorted((a, b) => sharedWith(b).length - sharedWith(a).length);
    const sharedPids = closest[0] ? sharedWith(closest[0]) : [];
    return facts({
      path: evidence.path,
      journalMode: header.journalMode,
      walDatabases: closest.slice(0, MOST_NAMED).map(({ path }) => path),
      walDatabaseCount: inWal.length,
      sharedPids,
      shared: nameProcesses(evidence, sharedPids),
    });
  },
  // Databases that no process has in common may belong to different applications, and what only one process has open
  // (a browser, Fossil) nobody has to wait for.
  verdict({ journalMode, walDatabaseCount, sharedPids }) {
    if (journalMode === 'wal' || walDatabaseCount === 0) return 'clear';
    return sharedPids.length >= SEVERAL ? 'warning' : 'info';
  },
  summary({ path, walDatabases, walDatabaseCount, sharedPids, shared }) {
    const [first = ''] = walDatabases;
    const others = walDatabaseCount === 1 ? first : `${first} and ${plural(walDatabaseCount - 1, 'other')}`;
    const modes = `${path} is in rollback mode while ${others} ${walDatabaseCount === 1 ? 'is' : 'are'} in WAL mode`;
    if (sharedPids.length === 0) return `${modes}.`;
    return `${modes}. ${shared} ${sharedPids.length === 1 ? 'has' : 'have'} both ${path} and ${first} open.`;
  },
  remedy({ path }) {
    return {
      text: 'If they belong to one application, put this one into WAL mode too, while no other process has it open; and see that every connection to either database sets its own busy timeout.',
      commands: [sqlite3Command(path, 'PRAGMA journal_mode=WAL;')],
    };
  },
});

function isInWal(evidence: Evidence): boolean {
  return lastSample(evidence).header?.journalMode === 'wal';
}
