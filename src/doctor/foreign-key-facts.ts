/** Foreign keys of a schema, and whether the children of a parent row can be searched for. */
import { quoteIdentifier } from '../sqlite/identifiers.js';
import type { EmptySchema, SqlRow } from '../sqlite/rebuild.js';
import { type Examined, provenIndex } from './proven-index.js';
import type { ForeignKey } from './shapes.js';

/** A foreign key as the child declares it. */
type Declared = Omit<ForeignKey, 'plan' | 'indexed' | 'createIndex'>;

/**
 * A key whose parent is not there, or has other columns, is left out: no row of it can be deleted. So is one without
 * an index in a table of which an index could not be rebuilt.
 */
export function foreignKeyFacts(examined: Examined, tables: readonly string[]): ForeignKey[] {
  const declared = tables.flatMap((table) => foreignKeysOf(examined.schema, table));
  return declared.flatMap((key) => {
    const found = examine(examined, key);
    return found && (found.indexed || !examined.doubtful.has(found.table)) ? found : [];
  });
}

function foreignKeysOf(schema: EmptySchema, table: string): Declared[] {
  const rows = schema.query(FOREIGN_KEYS, table);
  const ids = [...new Set(rows.map(([id]) => id))];
  const columnsOf = (key: unknown) => rows.filter(([id]) => id === key);
  return ids.map((id) => toDeclared(schema, table, columnsOf(id)));
}

const FOREIGN_KEYS =
  'SELECT id, "from", "to", "table", on_delete, on_update FROM pragma_foreign_key_list(?) ORDER BY id, seq';

function toDeclared(schema: EmptySchema, table: string, rows: readonly SqlRow[]): Declared {
  const [, , , parent, onDelete, onUpdate] = (rows[0] ?? []).map(String);
  const named = rows.flatMap(([, , to]) => (typeof to === 'string' ? [to] : []));
  return {
    table,
    columns: rows.map(([, from]) => String(from)),
    parent: parent ?? '',
    parentColumns: named.length > 0 ? named : primaryKeyOf(schema, parent ?? ''),
    onDelete: onDelete ?? '',
    onUpdate: onUpdate ?? '',
  };
}

/** What `REFERENCES parent` without columns means. */
function primaryKeyOf(schema: EmptySchema, table: string): string[] {
  const rows = schema.query('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk', table);
  return rows.map(([name]) => String(name));
}

function examine(examined: Examined, declared: Declared): ForeignKey | null {
  const { schema } = examined;
  const query = childrenQuery(declared);
  const plan = query === null ? null : childLines(schema, query);
  if (query === null || plan === null) return null;
  const indexed = isSearch(plan);
  const isProven = () => isSearch(childLines(schema, query) ?? []);
  const createIndex = indexed ? null : provenIndex(examined, declared.table, candidates(declared), isProven);
  return { ...declared, plan, indexed, createIndex };
}

/**
 * Finds the children of parent rows, one parent after the other. Compared with the parent's column, as SQLite does
 * when it enforces the key (fkey.c, fkScanChildren): an index of another collation, or on a column whose type has
 * another affinity, does not serve, which `WHERE column = ?` would not show.
 */
function childrenQuery({ table, columns, parent, parentColumns }: Declared): string | null {
  if (columns.length === 0 || columns.length !== parentColumns.length) return null;
  const terms = columns.map(
    (column, at) => `parent.${quoteIdentifier(parentColumns[at] ?? '')} = child.${quoteIdentifier(column)}`,
  );
  const tables = `${quoteIdentifier(parent)} AS parent CROSS JOIN ${quoteIdentifier(table)} AS child`;
  return `SELECT 1 FROM ${tables} WHERE ${terms.join(' AND ')}`;
}

/** What is done for each parent row. */
function childLines(schema: EmptySchema, query: string): string[] | null {
  return schema.plan(query)?.filter((line) => /^\w+ child\b/.test(line)) ?? null;
}

function isSearch(plan: readonly string[]): boolean {
  return plan.some((line) => line.startsWith('SEARCH '));
}

/** SQLite's own collations; one of the application's cannot be rebuilt here. */
const COLLATIONS = [null, 'NOCASE', 'RTRIM', 'BINARY'] as const;

function candidates({ columns }: Declared): string[][] {
  return COLLATIONS.map((collation) =>
    columns.map((column) => quoteIdentifier(column) + (collation === null ? '' : ` COLLATE ${collation}`)),
  );
}
