/** SQLite answers SQLITE_CORRUPT to a database with fewer pages than its own header says (btree.c, lockBtree). */
import { type Bytes, formatBytes, type Pages, plural } from '../units.js';
import { FileProblem, showPath } from './errors.js';
import type { DatabaseHeader, WalScan } from './shapes.js';

const ADVICE =
  'Restore it from a backup, or save what is left with the .recover command of the sqlite3 shell.';

/** Of a database without pending changes. */
export function findTruncation(path: string, header: DatabaseHeader, fileBytes: Bytes): FileProblem | null {
  const expected = header.pageCount * header.pageBytes;
  if (!header.pageCountValid || fileBytes >= expected) return null;
  return new FileProblem(
    'truncated',
    path,
    `${showPath(path)} is truncated: its header says ${plural(header.pageCount, 'page')} (${formatBytes(expected)}), the file has ${formatBytes(fileBytes)}. ${ADVICE}`,
  );
}

/**
 * Of a database that nobody is attached to, with a WAL beside it: the last commit in the WAL says how large it is,
 * and without a commit the file does. `header` is that of the file.
 */
export function findMissingPages(
  path: string,
  header: DatabaseHeader,
  fileBytes: Bytes,
  scan: WalScan,
): FileProblem | null {
  if (scan.committedFrames === 0) return findTruncation(path, header, fileBytes);
  const { pageCount, pageCountValid } = scan.pageOne ?? header;
  return pageCountValid && pageCount > scan.databasePages
    ? contradicted(path, pageCount, scan.databasePages)
    : null;
}

function contradicted(path: string, claimed: Pages, committed: Pages): FileProblem {
  return new FileProblem(
    'truncated',
    path,
    `${showPath(path)} has ${plural(committed, 'page')} after the last commit in its WAL, but its header says ${plural(claimed, 'page')}: SQLite answers that it is malformed. ${ADVICE}`,
  );
}
