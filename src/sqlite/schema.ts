import type { Known } from '../known.js';
import { type Bytes, formatCount } from '../units.js';
import { readTableRows } from './btree.js';
import { Corrupt } from './corrupt.js';
import { HEADER_BYTES, parseHeader } from './header.js';
import { type PageSource, readSnapshot } from './pages.js';
import { parseRecord, type SqliteValue } from './record.js';
import type { DatabaseHeader, SchemaObject, WalIndex } from './shapes.js';

/** sqlite_schema is the table whose root is page 1. */
export const SCHEMA_ROOT = 1;
/** type, name, tbl_name, rootpage, sql; SQLite, too, passes over any others. */
const COLUMNS = 5;
const MOST_OBJECTS = 10_000;

/**
 * Reads sqlite_schema without a lock. `path` is a real path. Pass the index only if somebody holds DMS, as for
 * `scanWal`. Throws nothing: a schema that is corrupt, too large or changing is unknown.
 */
export function readSchema(
  path: string,
  header: DatabaseHeader,
  index: WalIndex | null,
): Known<SchemaObject[]> {
  const { pageBytes } = header;
  return readSnapshot(path, pageBytes, index ? 'wal-index' : 'checksums', (pages) =>
    readObjects(pages, pageBytes),
  );
}

/** Of one state of the database. Throws `Corrupt`. */
export function readObjects(pages: PageSource, pageBytesRead: Bytes): SchemaObject[] {
  const parse = parseHeader(pages.read(1).subarray(0, HEADER_BYTES));
  if (parse.kind !== 'header') throw new Corrupt(`page 1 is not a database header: ${parse.reason}`);
  const { pageBytes, reservedBytes, textEncoding } = parse.header;
  if (pageBytes !== pageBytesRead) {
    throw new Corrupt(`page 1 says that pages have ${pageBytes} bytes, and they have ${pageBytesRead}`);
  }
  const objects: SchemaObject[] = [];
  for (const row of readTableRows(pages, SCHEMA_ROOT, pageBytes - reservedBytes)) {
    objects.push(toObject(parseRecord(row, textEncoding, COLUMNS)));
    if (objects.length > MOST_OBJECTS) {
      throw new Corrupt(`the schema has more than ${formatCount(MOST_OBJECTS)} objects`);
    }
  }
  return objects;
}

function toObject([type, name, tableName, rootPage, sql]: SqliteValue[]): SchemaObject {
  return {
    type: toType(type),
    name: toText(name),
    tableName: toText(tableName),
    rootPage: toPage(rootPage),
    sql: sql == null ? null : toText(sql),
  };
}

function toType(value: SqliteValue | undefined): SchemaObject['type'] {
  if (value === 'table' || value === 'index' || value === 'view' || value === 'trigger') return value;
  throw new Corrupt('the schema has an object that is no table, index, view or trigger');
}

function toText(value: SqliteValue | undefined): string {
  if (typeof value === 'string') return value;
  throw new Corrupt('the schema has an object without a name');
}

/** 0 for views, triggers and virtual tables. */
function toPage(value: SqliteValue | undefined): number {
  if (value === null) return 0;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Corrupt('the schema has an object without a root page');
}
