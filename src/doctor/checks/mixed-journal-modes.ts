import { plural } from '../../units.js';
import { everAttachedPids } from '../attachment.js';
import { defineCheck, facts, inapplicable, skipped } from '../check.js';
import { lastSample, nameProcesses } from '../questions.js';
import { sqlite3Command } from '../quote.js';
import type { Evidence } from '../shapes.js';

interface Facts {
  readonly path: string;
  readonly journalMode: 'rollback' | 'wal';
  readonly walDatabases: readonly string[];
  /** They have this database and one in WAL mode open. */
  readonly sharedPids: readonly number[];
  readonly shared: string;
}

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
    const inWal = siblings.filter((sibling) => lastSample(sibling).header?.journalMode === 'wal');
    const sharedPids = everAttachedPids(evidence).filter((pid) =>
      inWal.some((sibling) => hasOpen(sibling, pid)),
    );
    return facts({
      path: evidence.path,
      journalMode: header.journalMode,
      walDatabases: inWal.map(({ path }) => path),
      sharedPids,
      shared: nameProcesses(evidence, sharedPids),
    });
  },
  // databases that no process has in common may belong to different applications
  verdict({ journalMode, walDatabases, sharedPids }) {
    if (journalMode === 'wal' || walDatabases.length === 0) return 'clear';
    return sharedPids.length > 0 ? 'warning' : 'info';
  },
  summary({ path, walDatabases, sharedPids, shared }) {
    const [first = ''] = walDatabases;
    const others =
      walDatabases.length === 1 ? first : `${first} and ${plural(walDatabases.length - 1, 'other')}`;
    const modes = `${path} is in rollback mode while ${others} ${walDatabases.length === 1 ? 'is' : 'are'} in WAL mode`;
    return sharedPids.length > 0 ? `${modes}, and ${shared} has both open.` : `${modes}.`;
  },
  remedy({ path }) {
    return {
      text: 'If they belong to one application, put this one into WAL mode too, while no other process has it open; and see that every connection to either database sets its own busy timeout.',
      commands: [sqlite3Command(path, 'PRAGMA journal_mode=WAL;')],
    };
  },
});

function hasOpen(evidence: Evidence, pid: number): boolean {
  return everAttachedPids(evidence).includes(pid);
}
