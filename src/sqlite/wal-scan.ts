import { type Known, known } from '../known.js';
import { unknownOnProblem } from './corrupt.js';
import { FileProblem, showPath } from './errors.js';
import { type OpenFile, withFile } from './files.js';
import { HEADER_BYTES, parseHeader } from './header.js';
import type { WalIndex, WalScan } from './shapes.js';
import { readCurrentIndex } from './sidecars.js';
import { type CommittedPrefix, prefixByChecksums, prefixByIndex, readCommittedPage } from './wal-prefix.js';

/**
 * Finds the committed prefix of the WAL beside the database at `path`, a real path. Pass the index only
 * if somebody holds DMS: then it is believed, else every frame is verified. What cannot be found out is unknown.
 * Throws `FileProblem` if the WAL puts something in the place of page 1 that SQLite does not take for a database.
 */
export function scanWal(path: string, index: WalIndex | null): Known<WalScan> {
  const first = tryScan(path, index);
  const last = isUsable(first) ? first : tryScan(path, index && readCurrentIndex(path));
  if (!last.known) return last;
  if (last.value.kind === 'refused') throw refusedPageOne(path, last.value.reason);
  return known(last.value.scan);
}

type Scanned =
  | { readonly kind: 'scan'; readonly scan: WalScan }
  /** SQLite reads page 1 from the WAL, and answers SQLITE_NOTADB. */
  | { readonly kind: 'refused'; readonly reason: string };

function isUsable(scanned: Known<Scanned>): boolean {
  return scanned.known && scanned.value.kind === 'scan';
}

function refusedPageOne(path: string, reason: string): FileProblem {
  return new FileProblem(
    'not-a-database',
    path,
    `${showPath(path)} is not a SQLite database to whoever opens it now: SQLite reads page 1 from its WAL, and that is no header: ${reason}. Do not open it with anything: a checkpoint would copy that page into the database. Copy both files, then find out whether the WAL belongs to another database, or restore both from a backup.`,
  );
}

function tryScan(path: string, index: WalIndex | null): Known<Scanned> {
  return unknownOnProblem(() =>
    withFile(
      `${path}-wal`,
      (wal) => {
        const prefix = index ? prefixByIndex(path, wal, index) : prefixByChecksums(wal);
        return prefix.known ? known(summarise(wal, prefix.value)) : prefix;
      },
      'unguarded',
    ),
  );
}

function summarise(wal: OpenFile, prefix: CommittedPrefix): Scanned {
  const page = readCommittedPage(wal, prefix, 1);
  const parse = page && parseHeader(page.subarray(0, HEADER_BYTES));
  if (parse && parse.kind !== 'header') return { kind: 'refused', reason: parse.reason };
  const scan: WalScan = {
    committedFrames: prefix.pageNumbers.length,
    validFrames: prefix.validFrames,
    databasePages: prefix.databasePages,
    verifiedBy: prefix.verifiedBy,
    pageOne: parse?.header ?? null,
  };
  return { kind: 'scan', scan };
}
