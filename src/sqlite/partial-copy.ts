/**
 * A private copy of some tables of a database: a file as large as it, with holes where the others are. As it would be
 * seen by a reader that comes now, without a lock; a large database of which few pages matter is copied in no time.
 * A page that is not there is zero, which SQLite takes for no page of a tree: SQLITE_CORRUPT, and never a wrong row.
 */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Known, unknown } from '../known.js';
import { type Bytes, formatCount } from '../units.js';
import { Corrupt } from './corrupt.js';
import { HEADER_BYTES, parseHeader } from './header.js';
import { pageCountOf, setRollbackMode } from './image.js';
import { type PageSource, readSnapshot } from './pages.js';
import { readObjects, SCHEMA_ROOT } from './schema.js';
import type { DatabaseHeader, SchemaObject, WalIndex } from './shapes.js';
import { roomFor } from './temporary-folder.js';
import { treePages } from './tree-pages.js';

export interface PartialCopyRequest {
  /** To be written: in a folder of our own. */
  readonly target: string;
  readonly header: DatabaseHeader;
  /** Only if somebody holds DMS, as for `scanWal`. */
  readonly index: WalIndex | null;
  /** Of the database as it is now. */
  readonly fileBytes: Bytes;
  /** Which tables, by name; their indexes come with them. */
  isWanted(table: string): boolean;
}

/** The bytes that were written. `path` is a real path, to which this process has no connection. Throws nothing. */
export function copyTables(path: string, request: PartialCopyRequest): Known<Bytes> {
  const { header, index } = request;
  try {
    return readSnapshot(path, header.pageBytes, index ? 'wal-index' : 'checksums', (pages) => {
      return writeTables(pages, request);
    });
  } catch (error) {
    return unknown(`a private copy could not be written: ${error instanceof Error ? error.message : error}`);
  }
}

function writeTables(
  pages: PageSource,
  { target, header: { pageBytes }, fileBytes, isWanted }: PartialCopyRequest,
): Bytes {
  const parse = parseHeader(pages.read(1).subarray(0, HEADER_BYTES));
  if (parse.kind !== 'header') throw new Corrupt('page 1 is not a database header');
  const usableBytes = pageBytes - parse.header.reservedBytes;
  const fd = openSync(target, 'w', 0o600);
  try {
    ftruncateSync(fd, pageCountOf(pages, fileBytes, pageBytes) * pageBytes);
    const visited = new Set<number>();
    for (const root of rootsOf(readObjects(pages, pageBytes), isWanted)) {
      for (const { number, bytes } of treePages(pages, root, usableBytes, visited)) {
        refuseWithoutRoom(visited.size, pageBytes, dirname(target));
        writeSync(
          fd,
          number === 1 ? setRollbackMode(Buffer.from(bytes)) : bytes,
          0,
          pageBytes,
          (number - 1) * pageBytes,
        );
      }
    }
    return visited.size * pageBytes;
  } finally {
    closeSync(fd);
  }
}

/** To remember more takes too much memory: 8 GiB in pages of 4 KiB. */
const MOST_PAGES = 2 ** 21;
/** Asked again and again: nobody knows before how much it will be. */
const PAGES_BETWEEN = 4096;

function refuseWithoutRoom(written: number, pageBytes: Bytes, folder: string): void {
  if (written > MOST_PAGES) throw new Corrupt(`the tables have more than ${formatCount(MOST_PAGES)} pages`);
  if (written % PAGES_BETWEEN !== 1) return;
  const room = roomFor((written + PAGES_BETWEEN) * pageBytes, folder);
  if (!room.known) throw new Corrupt(room.reason);
}

function rootsOf(objects: readonly SchemaObject[], isWanted: (table: string) => boolean): number[] {
  const wanted = objects.filter(({ rootPage, tableName }) => rootPage > 0 && isWanted(tableName));
  return [SCHEMA_ROOT, ...wanted.map(({ rootPage }) => rootPage)];
}
