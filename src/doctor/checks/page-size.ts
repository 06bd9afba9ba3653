import { type Bytes, formatBytes } from '../../units.js';
import { defineCheck, facts, inapplicable, type Remedy } from '../check.js';
import { lastSample } from '../questions.js';
import { sqlite3Command } from '../quote.js';
import { vacuumLocks, vacuumNotes } from '../repair/plans.js';
import { isWal, offered, type Repair } from '../repair/rule.js';
import type { Evidence } from '../shapes.js';

interface Facts {
  readonly path: string;
  readonly pageBytes: Bytes;
  readonly databaseBytes: Bytes;
  readonly journalMode: 'rollback' | 'wal' | 'unknown';
}

/** 4 KiB: SQLite's default since 3.12.0, and the page of most disks and memories (sqlite.org/pgszchng2016.html). */
const DEFAULT_BYTES: Bytes = 4096;
/** 16 KiB, four default pages: from here on a changed row of 100 bytes writes more than 160 times itself. */
const LARGE_BYTES: Bytes = 16_384;

export const pageSize = defineCheck<Facts>({
  id: 'page-size',
  title: 'The page size is unusual',
  severity: 'info',
  group: 'files',
  why: 'SQLite reads, logs and checkpoints whole pages. With small pages, the default before 2016, a change touches more of them, so each transaction logs more frames and holds its lock longer; with very large ones each small change logs, syncs and later copies a lot that did not change.',
  sources: [
    'https://www.sqlite.org/pgszchng2016.html',
    'https://www.sqlite.org/pragma.html#pragma_page_size',
  ],
  guide: {
    meaning: 'The page size is below 4 KiB or above 16 KiB.',
    certainty:
      'Certain; it is in the header. Whether it costs anything depends on the load: dblock does not measure it.',
    now: { text: 'Nothing needs to be done unless commits are slow.', commands: [] },
    later:
      'Rebuild with 4 KiB pages while the application is stopped: PRAGMA page_size=4096; VACUUM; outside WAL mode. It rewrites the database and needs about twice its size in free space.',
  },
  inspect({ evidence }) {
    const { header, database } = lastSample(evidence);
    if (!header) return inapplicable('the database has 0 bytes: it has no page size yet');
    const { pageBytes, journalMode } = header;
    return facts({ path: evidence.path, pageBytes, databaseBytes: database.bytes, journalMode });
  },
  verdict({ pageBytes }) {
    return pageBytes < DEFAULT_BYTES || pageBytes > LARGE_BYTES ? 'info' : 'clear';
  },
  summary({ path, pageBytes }) {
    const size = `${path} has pages of ${formatBytes(pageBytes)}`;
    if (pageBytes < DEFAULT_BYTES) {
      return `${size}; the default is 4 KiB. A change touches up to ${DEFAULT_BYTES / pageBytes} times as many pages and WAL frames.`;
    }
    return `${size}; the default is 4 KiB. Each changed row writes a whole page to the WAL or the journal.`;
  },
  remedy({ path, databaseBytes, journalMode }): Remedy {
    const rebuild = 'PRAGMA page_size=4096; VACUUM;';
    const cost = `It rewrites the database (${formatBytes(databaseBytes)}), needs about twice that in free space, and locks out writers meanwhile: only worth it if commits are slow.`;
    if (journalMode !== 'wal') {
      return {
        text: `Rebuild it with 4 KiB pages while the application is stopped. ${cost}`,
        commands: [sqlite3Command(path, rebuild)],
      };
    }
    return {
      text: `Rebuild it with 4 KiB pages while the application is stopped; the page size cannot change in WAL mode, so leave it first and return to it. ${cost}`,
      commands: [sqlite3Command(path, `PRAGMA journal_mode=DELETE; ${rebuild} PRAGMA journal_mode=WAL;`)],
    };
  },

  repair: {
    ids: ['page-size'],
    safety: 'by id',
    summary:
      'Rebuilds the database with pages of 4 KiB, by id only: it takes a VACUUM while nobody else has the database open, in WAL mode with WAL left before and entered again after.',
    plan(_, { evidence }) {
      return offered(evidence, [rebuild(evidence)]);
    },
  },
});

function rebuild(evidence: Evidence): Repair {
  const leaveWal = isWal(evidence);
  const vacuum = [`PRAGMA page_size=${DEFAULT_BYTES};`, 'VACUUM;'];
  const aroundWal = ['PRAGMA journal_mode=DELETE;', ...vacuum, 'PRAGMA journal_mode=WAL;'];
  return {
    id: 'page-size',
    what: 'Rebuild the database with pages of 4 KiB.',
    steps: ['PRAGMA locking_mode=EXCLUSIVE;', ...(leaveWal ? aroundWal : vacuum)],
    locks: leaveWal
      ? `Nobody else may have it open, or it is not begun. ${vacuumLocks(evidence).replace('Writers wait', 'Nobody can use it')}`
      : vacuumLocks(evidence).replace('Writers wait, and at its end readers too,', 'Nobody can use it'),
    undo: null,
    byIdOnly: 'it rewrites the whole database, and whether it gains anything depends on the load',
    notes: [
      ...vacuumNotes(evidence),
      ...(leaveWal
        ? [
            'Killed between the steps it leaves a whole database in rollback mode; the next dblock fix --apply returns to WAL.',
          ]
        : []),
    ],
    action: { kind: 'vacuum', pageBytes: DEFAULT_BYTES, autoVacuum: null, leaveWal },
  };
}
