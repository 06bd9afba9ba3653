/** The tables of a database and their columns, as SQLite itself lists them. */
import { quoteIdentifier } from '../sqlite/identifiers.js';
import type { RowConnection } from '../sqlite/row-connection.js';

export interface Column {
  readonly name: string;
  /** A generated column can be read, and not written. */
  readonly generated: boolean;
  readonly notNull: boolean;
}

export interface Table {
  readonly name: string;
  readonly kind: 'table' | 'view' | 'virtual';
  readonly columns: readonly Column[];
  /** Identifies a row: the primary key, if none of its columns can be NULL, else the rowid. */
  readonly key: readonly string[];
  /** What shows that a row is still the same where VACUUM may have changed its rowid (sqlite.org/lang_vacuum.html). */
  readonly witness: readonly string[];
}

const ROWID_NAMES = ['rowid', '_rowid_', 'oid'];

/** SQLite's own and shadow tables are left out. */
export function listTables(connection: RowConnection): Table[] {
  const rows = connection.rows(
    `SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main' AND type <> 'shadow' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
  );
  return rows.map(([name, type, withoutRowid]) =>
    describeTable(connection, String(name), String(type), withoutRowid === 1),
  );
}

/** sqlite.org/pragma.html#pragma_table_xinfo: hidden is 1 for those of virtual tables, 2 and 3 for generated ones. */
function describeTable(connection: RowConnection, name: string, type: string, withoutRowid: boolean): Table {
  const rows = connection.rows(`PRAGMA table_xinfo(${quoteIdentifier(name)})`);
  const columns = rows.map(([, column, , notNull, , , hidden]) => ({
    name: String(column),
    generated: hidden === 2 || hidden === 3,
    notNull: notNull === 1,
  }));
  const primary = rows
    .filter(([, , , , , position]) => Number(position) > 0)
    .sort((a, b) => Number(a[5]) - Number(b[5]))
    .map(([, column, declared]) => ({ name: String(column), type: String(declared) }));
  const taken = new Set(columns.map((column) => column.name.toLowerCase()));
  const rowid = withoutRowid ? null : (ROWID_NAMES.find((candidate) => !taken.has(candidate)) ?? null);
  const [only, second] = primary;
  const isAlias = only !== undefined && second === undefined && /^integer$/i.test(only.type);
  const named = primary.map((column) => column.name);
  // SQLite lets a primary key be NULL that is neither the rowid nor declared NOT NULL (lang_createtable.html).
  const isSure = withoutRowid || isAlias || named.every((one) => isNotNull(columns, one));
  const base = { name, kind: kindOf(type), columns };
  if (named.length > 0 && (isSure || rowid === null)) return { ...base, key: named, witness: [] };
  const written = columns.filter(({ generated }) => !generated).map((column) => column.name);
  return { ...base, key: rowid === null ? [] : [rowid], witness: named.length > 0 ? named : written };
}

function isNotNull(columns: readonly Column[], name: string): boolean {
  return columns.some((column) => column.name === name && column.notNull);
}

function kindOf(type: string): Table['kind'] {
  return type === 'view' || type === 'virtual' ? type : 'table';
}

/** SQLite compares names without regard to the case of ASCII letters. */
export function findColumn({ columns }: Table, name: string): Column | undefined {
  return columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
}
