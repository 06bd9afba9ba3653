/** A database as bytes in memory, as a reader that comes now would see it: without a lock, a connection or a copy. */
import type { Known } from '../known.js';
import { type Bytes, formatBytes } from '../units.js';
import { Corrupt } from './corrupt.js';
import { HEADER_BYTES, parseHeader } from './header.js';
import { type PageSource, readSnapshot } from './pages.js';
import type { DatabaseHeader, WalIndex } from './shapes.js';

/** sqlite.org/fileformat2.html#file_format_version_numbers: 1 is rollback mode, which needs no WAL beside it. */
const ROLLBACK_MODE = 1;
const WRITE_VERSION_AT = 18;
const READ_VERSION_AT = 19;

export interface ImageRequest {
  readonly header: DatabaseHeader;
  /** Only if somebody holds DMS, as for `scanWal`. */
  readonly index: WalIndex | null;
  /** Of the database as it is now, frames of the WAL included. */
  readonly fileBytes: Bytes;
  readonly mostBytes: Bytes;
}

/**
 * All pages, committed frames of the WAL laid over the file, in rollback mode: what `openRows` takes for a database.
 * `path` is a real path, to which this process has no connection. Throws nothing: a database that is too large,
 * changing or corrupt is unknown.
 */
export function readImage(
  path: string,
  { header, index, fileBytes, mostBytes }: ImageRequest,
): Known<Buffer> {
  return readSnapshot(path, header.pageBytes, index ? 'wal-index' : 'checksums', (pages) => {
    const count = pageCountOf(pages, fileBytes, header.pageBytes);
    if (count * header.pageBytes > mostBytes)
      throw new Corrupt(tooLarge(count * header.pageBytes, mostBytes));
    return assemble(pages, count, header.pageBytes);
  });
}

function tooLarge(bytes: Bytes, mostBytes: Bytes): string {
  return `it has ${formatBytes(bytes)}, and at most ${formatBytes(mostBytes)} are read into memory`;
}

/** The header does not say it where the last writer was older than SQLite 3.7.0: then the size of the file does. */
export function pageCountOf(pages: PageSource, fileBytes: Bytes, pageBytes: Bytes): number {
  const parse = parseHeader(pages.read(1).subarray(0, HEADER_BYTES));
  if (parse.kind !== 'header') throw new Corrupt('page 1 is not a database header');
  const { pageCount, pageCountValid } = parse.header;
  return pageCountValid && pageCount > 0 ? pageCount : Math.floor(fileBytes / pageBytes);
}

function assemble(pages: PageSource, count: number, pageBytes: Bytes): Buffer {
  const image = Buffer.allocUnsafe(count * pageBytes);
  for (let page = 1; page <= count; page += 1) pages.read(page).copy(image, (page - 1) * pageBytes);
  return setRollbackMode(image);
}

/** Changes the first page; returns the same bytes. */
export function setRollbackMode(bytes: Buffer): Buffer {
  bytes[WRITE_VERSION_AT] = ROLLBACK_MODE;
  bytes[READ_VERSION_AT] = ROLLBACK_MODE;
  return bytes;
}
