/**
 * The statements of an undo. A line of the journal is handed to SQLite as bytes, and taken apart there into two
 * temporary tables, which are no part of the database: rows as they were, and rows as dblock left them.
 */
import { quoteIdentifier, quoteLiteral } from '../sqlite/identifiers.js';
import { packKey, unpacked } from './bind.js';
import type { Table } from './tables.js';

/** One step of a transaction, as journalled; rows stay in the bytes of its line. */
export interface JournalledChange {
  readonly index: number;
  readonly operation: string;
  readonly table: Table;
  readonly key: readonly string[];
  readonly columns: readonly string[];
  readonly setColumns: number;
  /** What the set columns have afterwards is said once for all rows, but for these: they are in `after`, in this order. */
  readonly constant: boolean;
  readonly varying: readonly number[];
}

const BEFORE = 'temp.dblock_before';
const AFTER = 'temp.dblock_after';

/** To be run once; in memory, so that nothing is written anywhere. */
export const PREPARE_UNDO: readonly string[] = [
  'PRAGMA temp_store = MEMORY',
  ...[BEFORE, AFTER].map(
    (table) => `CREATE TABLE ${table} (row_key TEXT PRIMARY KEY, job TEXT, record TEXT) WITHOUT ROWID`,
  ),
];

const LATER = 'temp.dblock_later';
const ROW_KEY = `CASE json_type(value, '$[1]') WHEN 'null' THEN value -> '$[0]' ELSE value -> '$[1]' END`;

/** Which rows later journals tell of: `fill` takes the number of the journal, and a line of it twice. */
export const TOUCHED_LATER = {
  create: `CREATE TABLE ${LATER} (name TEXT, row_key TEXT, journal INTEGER, PRIMARY KEY (name, row_key)) WITHOUT ROWID`,
  count: `SELECT json_array_length(CAST(? AS TEXT), '$.changes')`,
  fill: (change: number, rows: 'before' | 'after') =>
    `INSERT OR IGNORE INTO ${LATER} (journal, name, row_key) SELECT ?, json_extract(CAST(? AS TEXT), '$.changes[${change}].table'), ${ROW_KEY} FROM json_each(CAST(? AS TEXT), '$.changes[${change}].${rows}')`,
} as const;

/** The later journal of a row that is loaded and whose job is among those given, twice. */
export function touchedSql({ table }: JournalledChange): string {
  const name = quoteLiteral(table.name);
  const among = (rows: string) =>
    `SELECT l.journal FROM ${rows} AS r JOIN ${LATER} AS l ON l.name = ${name} AND l.row_key = r.row_key WHERE r.job IN (SELECT value FROM json_each(?))`;
  return `${among(BEFORE)} UNION ALL ${among(AFTER)} LIMIT 1`;
}

/** Puts the rows of one change there; those that are filled take the line. */
export function loadSql({ index }: JournalledChange): { readonly clear: string[]; readonly fill: string[] } {
  const fill = (table: string, which: string) =>
    `INSERT INTO ${table} (row_key, job, record) SELECT ${ROW_KEY}, value -> '$[0]', value FROM json_each(CAST(? AS TEXT), '$.changes[${index}].${which}')`;
  return {
    clear: [BEFORE, AFTER].map((table) => `DELETE FROM ${table}`),
    fill: [fill(BEFORE, 'before'), fill(AFTER, 'after')],
  };
}

/** `[job, as dblock left it, as it was before]` of each row; keys as JSON text. Takes the line if `constant`. */
export function stateSql(change: JournalledChange): string {
  const { operation, table, columns } = change;
  const isNow = (valueAt: (index: number) => string) =>
    `(${found(change)} AND ${columns.map((column, i) => `t.${quoteIdentifier(column)} IS ${valueAt(i)}`).join(' AND ')})`;
  const isGone = `NOT ${found(change)}`;
  const current = (alias: string) =>
    `LEFT JOIN main.${quoteIdentifier(table.name)} AS t ON ${sameKey(change, alias)}`;
  if (operation === 'insert') {
    // What was there before the step is listed under `before`, and was not inserted.
    return `SELECT a.job, ${isNow((i) => recorded('a', i))}, ${isGone} FROM ${AFTER} AS a ${current('a')} WHERE a.row_key NOT IN (SELECT row_key FROM ${BEFORE})`;
  }
  const asBefore = isNow((i) => recorded('b', i));
  if (operation === 'delete') {
    return `SELECT b.job, ${isGone}, ${asBefore} FROM ${BEFORE} AS b ${current('b')}`;
  }
  const all = change.constant
    ? `CROSS JOIN (SELECT json_extract(CAST(? AS TEXT), '$.changes[${change.index}].all') AS "all") AS c`
    : '';
  return `SELECT b.job, ${isNow((i) => leftValue(change, i))}, ${asBefore} FROM ${BEFORE} AS b ${all} LEFT JOIN ${AFTER} AS a ON a.row_key = b.row_key ${current('b')}`;
}

/** Of a left join: whether there is such a row. */
function found({ key }: JournalledChange): string {
  return `t.${quoteIdentifier(key[0] ?? 'rowid')} IS NOT NULL`;
}

/** What dblock left in a column. */
function leftValue({ constant, setColumns, varying }: JournalledChange, index: number): string {
  if (!constant) return recorded('a', index);
  if (index >= setColumns) return recorded('b', index);
  const position = varying.indexOf(index);
  return position < 0 ? unpacked('c."all"', `$[${index}]`) : recorded('a', position);
}

function recorded(alias: string, index: number): string {
  return unpacked(`${alias}.record`, `$[2][${index}]`);
}

function sameKey({ key }: JournalledChange, record: string): string {
  const pairs = key.map(
    (column, i) => `t.${quoteIdentifier(column)} = ${unpacked(`${record}.row_key`, `$[${i}]`)}`,
  );
  return pairs.join(' AND ');
}

/** Takes the JSON array of the jobs. */
export function restoreSql(change: JournalledChange): string {
  const { table, operation, setColumns } = change;
  const name = `main.${quoteIdentifier(table.name)}`;
  const chosen = `job IN (SELECT value FROM json_each(?))`;
  const columns = change.columns.map(quoteIdentifier);
  const key = change.key.map(quoteIdentifier).join(', ');
  const keys = change.key.map((_, i) => unpacked('row_key', `$[${i}]`)).join(', ');
  if (operation === 'insert') {
    return `DELETE FROM ${name} WHERE (${key}) IN (SELECT ${keys} FROM ${AFTER} WHERE ${chosen} AND row_key NOT IN (SELECT row_key FROM ${BEFORE}))`;
  }
  const value = (index: number) => unpacked('record', `$[2][${index}]`);
  if (operation === 'delete') {
    return `INSERT INTO ${name} (${columns.join(', ')}) SELECT ${columns.map((_, i) => value(i)).join(', ')} FROM ${BEFORE} WHERE ${chosen}`;
  }
  const set = columns.slice(0, setColumns);
  const own = `SELECT ${set.map((_, i) => value(i)).join(', ')} FROM ${BEFORE} WHERE row_key = ${packKey(table, 't')}`;
  return `UPDATE ${name} AS t SET (${set.join(', ')}) = (${own}) WHERE (${key}) IN (SELECT ${keys} FROM ${BEFORE} WHERE ${chosen})`;
}
