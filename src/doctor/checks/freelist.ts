import { type Bytes, formatBytes, formatCount, type Pages } from '../../units.js';
import { defineCheck, facts, inapplicable, type Remedy, skipped } from '../check.js';
import { newestHeader } from '../newest-header.js';
import { lastSample } from '../questions.js';
import { sqlite3Command } from '../quote.js';
import { vacuumLocks, vacuumNotes } from '../repair/plans.js';
import { offered, type Repair, writeLockText } from '../repair/rule.js';
import type { Evidence } from '../shapes.js';

interface Facts {
  readonly path: string;
  readonly freePages: Pages;
  readonly databasePages: Pages;
  readonly freeBytes: Bytes;
  readonly freeShare: number;
  readonly autoVacuum: 'none' | 'full' | 'incremental';
}

/** A quarter of the file: below that, what VACUUM saves is soon used again. */
const NOTABLE_SHARE = 0.25;
/** 4 MiB, 1,024 default pages, one default WAL cycle: below that nobody gains from a VACUUM. */
const NOTABLE_BYTES: Bytes = 4 * 2 ** 20;

export const freelist = defineCheck<Facts>({
  id: 'freelist',
  title: 'Much of the database file is free pages',
  severity: 'info',
  group: 'files',
  why: 'Deleted rows leave free pages that SQLite keeps in the file and uses again. They cost disk space and backup time, not locks. But the cure, VACUUM, holds the write lock for as long as it takes to rewrite the whole database, so it should be a decision and not a surprise.',
  sources: [
    'https://www.sqlite.org/fileformat2.html#the_freelist',
    'https://www.sqlite.org/lang_vacuum.html',
  ],
  guide: {
    meaning: 'At least a quarter of the pages of the database are free, and at least 4 MiB.',
    certainty:
      'Certain: the number is in the newest header. Free pages in the middle of half-filled ones are not counted.',
    now: { text: 'Nothing needs to be done: new rows use these pages again.', commands: [] },
    later:
      'To shrink the file, run VACUUM in a quiet hour: it needs up to twice the size of the database in free space, nobody can write meanwhile, and in WAL mode the WAL grows by the whole database. With auto_vacuum=INCREMENTAL, incremental_vacuum does it in small steps.',
  },
  inspect({ evidence }) {
    if (!lastSample(evidence).header) return inapplicable('the database has 0 bytes: it has no pages');
    const { walScan } = evidence;
    if (walScan && !walScan.known) return skipped(`the newest header may be in the WAL: ${walScan.reason}`);
    return facts(factsOf(evidence));
  },
  verdict({ freeShare, freeBytes }) {
    return freeShare >= NOTABLE_SHARE && freeBytes >= NOTABLE_BYTES ? 'info' : 'clear';
  },
  summary({ path, freePages, databasePages, freeBytes, freeShare }) {
    const share = `${Math.round(freeShare * 100)} %`;
    return `${formatCount(freePages)} of the ${formatCount(databasePages)} pages of ${path} are free (${formatBytes(freeBytes)}, ${share}).`;
  },
  remedy({ path, autoVacuum }): Remedy {
    if (autoVacuum === 'incremental') {
      return {
        text: 'Nothing needs to be done: new rows use these pages again. To shrink the file, release some pages at a time; each step is a short write.',
        commands: [sqlite3Command(path, 'PRAGMA incremental_vacuum(1000);')],
      };
    }
    return {
      text: 'Nothing needs to be done: new rows use these pages again. To shrink the file, run VACUUM in a quiet hour: nobody can write meanwhile, it takes up to twice the size of the database in free space, and in WAL mode the WAL grows by the whole database.',
      commands: [sqlite3Command(path, 'VACUUM;')],
    };
  },

  repair: {
    ids: ['freelist'],
    safety: 'either',
    summary:
      'With auto_vacuum=INCREMENTAL it releases the free pages in steps of 1,000, each a short write. Otherwise a VACUUM, by id only: it rewrites the whole database while writers wait.',
    plan({ autoVacuum, freePages }, { evidence }) {
      return offered(evidence, [
        autoVacuum === 'incremental' ? release(evidence, freePages) : vacuum(evidence),
      ]);
    },
    applicable({ freePages }) {
      return freePages > 0;
    },
  },
});

/** In WAL mode the size of the database is in the last commit frame. */
function factsOf(evidence: Evidence): Facts {
  const { database } = lastSample(evidence);
  const scan = evidence.walScan?.known ? evidence.walScan.value : null;
  const newest = newestHeader(evidence);
  const pageBytes = newest?.pageBytes ?? 0;
  const counted = newest?.pageCountValid ? newest.pageCount : Math.floor(database.bytes / (pageBytes || 1));
  const databasePages = scan && scan.committedFrames > 0 ? scan.databasePages : counted;
  const freePages = newest?.freelistPages ?? 0;
  return {
    path: evidence.path,
    freePages,
    databasePages,
    freeBytes: freePages * pageBytes,
    freeShare: databasePages > 0 ? freePages / databasePages : 0,
    autoVacuum: newest?.autoVacuum ?? 'none',
  };
}

function release(evidence: Evidence, pages: Pages): Repair {
  return {
    id: 'freelist',
    what: 'Release the free pages, 1,000 at a time.',
    steps: [`PRAGMA incremental_vacuum(1000); -- ${formatCount(Math.ceil(pages / 1000))} times`],
    locks: writeLockText(evidence, 'while up to 1,000 pages are moved, again and again with pauses between'),
    undo: 'Not needed: the same rows are in fewer pages.',
    byIdOnly: null,
    notes: [],
    action: { kind: 'release-pages', pages },
  };
}

function vacuum(evidence: Evidence): Repair {
  return {
    id: 'freelist',
    what: 'Rewrite the database without its free pages.',
    steps: ['VACUUM;'],
    locks: vacuumLocks(evidence),
    undo: 'Not needed: the same rows are in fewer pages.',
    byIdOnly: 'it rewrites the whole database while writers wait, and free pages cost nobody a lock',
    notes: vacuumNotes(evidence),
    action: { kind: 'vacuum', pageBytes: null, autoVacuum: null, leaveWal: false },
  };
}
