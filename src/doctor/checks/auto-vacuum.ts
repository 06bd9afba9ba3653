import { defineCheck, facts, inapplicable } from '../check.js';
import { newestHeader } from '../newest-header.js';
import { sqlite3Command } from '../quote.js';
import { vacuumLocks, vacuumNotes } from '../repair/plans.js';
import { offered, type Repair, writeLockText } from '../repair/rule.js';
import type { Evidence } from '../shapes.js';

interface Facts {
  readonly path: string;
  readonly autoVacuum: 'none' | 'full' | 'incremental';
}

export const autoVacuum = defineCheck<Facts>({
  id: 'auto-vacuum',
  title: 'Every commit that frees pages also moves pages',
  severity: 'info',
  group: 'files',
  why: 'With auto_vacuum=FULL a commit that deletes data moves pages from the end of the file into the gaps and truncates it. That happens while the write lock is held, writes pages that the application never touched, and makes large deletes hold up all other writers for longer.',
  sources: ['https://www.sqlite.org/pragma.html#pragma_auto_vacuum', 'btree.c: autoVacuumCommit'],
  guide: {
    meaning: 'The database has auto_vacuum=FULL.',
    certainty:
      'Certain; it is in the header. What it costs depends on how much is deleted: dblock does not measure it.',
    now: {
      text: 'Nothing needs to be done unless deletes hold up other writers.',
      commands: ["sqlite3 app.db 'PRAGMA auto_vacuum=INCREMENTAL;'"],
    },
    later:
      'Switch to INCREMENTAL, which needs no VACUUM, and release pages at quiet moments: PRAGMA incremental_vacuum(1000).',
  },
  inspect({ evidence }) {
    const header = newestHeader(evidence);
    if (!header) return inapplicable('the database has 0 bytes: it has no auto_vacuum mode yet');
    return facts({ path: evidence.path, autoVacuum: header.autoVacuum });
  },
  verdict({ autoVacuum: mode }) {
    return mode === 'full' ? 'info' : 'clear';
  },
  summary({ path }) {
    return `${path} has auto_vacuum=FULL: commits that free pages hold the write lock while they move others.`;
  },
  remedy({ path }) {
    return {
      text: 'Switch to INCREMENTAL, which needs no VACUUM, and release pages at a quiet moment, a few at a time.',
      commands: [
        sqlite3Command(path, 'PRAGMA auto_vacuum=INCREMENTAL;'),
        sqlite3Command(path, 'PRAGMA incremental_vacuum(1000);'),
      ],
    };
  },

  repair: {
    ids: ['auto-vacuum', 'auto-vacuum-none'],
    safety: 'either',
    summary:
      'Switches to INCREMENTAL, which writes one page. By id (auto-vacuum-none) it can be switched off instead, which takes a VACUUM.',
    plan(_, { evidence }) {
      return offered(evidence, [toIncremental(evidence), toNone(evidence)]);
    },
  },
});

function toIncremental(evidence: Evidence): Repair {
  return {
    id: 'auto-vacuum',
    what: 'Switch to auto_vacuum=INCREMENTAL.',
    steps: ['PRAGMA auto_vacuum=INCREMENTAL;'],
    locks: writeLockText(evidence, 'while one page is written'),
    undo: 'PRAGMA auto_vacuum=FULL;',
    byIdOnly: null,
    notes: ['From then on free pages stay in the file until PRAGMA incremental_vacuum releases them.'],
    action: { kind: 'to-incremental' },
  };
}

function toNone(evidence: Evidence): Repair {
  return {
    id: 'auto-vacuum-none',
    what: 'Or switch auto-vacuum off, which takes a VACUUM.',
    steps: ['PRAGMA auto_vacuum=NONE;', 'VACUUM;'],
    locks: vacuumLocks(evidence),
    undo: 'PRAGMA auto_vacuum=FULL; VACUUM;',
    byIdOnly: 'it rewrites the whole database, and auto-vacuum does the same with one page',
    notes: vacuumNotes(evidence),
    action: { kind: 'vacuum', pageBytes: null, autoVacuum: 'none', leaveWal: false },
  };
}
