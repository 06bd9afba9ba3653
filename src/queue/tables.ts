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
  /** Identifies a row, also after a VACUUM: the primary key, else the rowid. */
  readonly key: readonly string[];
  /** The key is the rowid itself, or its alias: ranges of it are cheap. */
  readonly keyIsRowid: boolean;
  /** `null`: WITHOUT ROWID, or all names of the rowid are taken by columns. */
  readonly rowid: string | null;
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
  const isAlias = !withoutRowid && only !== undefined && second === undefined && /^integer$/i.test(only.type);
  const named = primary.map((column) => column.name);
  return {
    ...{ name, kind: kindOf(type), columns, rowid },
    key: named.length > 0 ? named : rowid === null ? [] : [rowid],
    keyIsRowid: isAlias || (named.length === 0 && rowid !== null),
  };
}

function kindOf(type: string): Table['kind'] {
  return type === 'view' || type === 'virtual' ? type : 'table';
}

/** SQLite compares names without regard to the case of ASCII letters. */
export function findColumn({ columns }: Table, name: string): Column | undefined {
  return columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
}
