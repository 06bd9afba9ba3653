/** The statements of an undo. A line of the journal is handed to SQLite as bytes, and taken apart there. */
import { quoteIdentifier } from '../sqlite/identifiers.js';
import { unpacked } from './bind.js';
import type { Table } from './tables.js';

/** One step of a transaction, as journalled; rows stay in the bytes of its line. */
export interface JournalledChange {
  readonly index: number;
  readonly operation: string;
  readonly table: Table;
  readonly key: readonly string[];
  readonly columns: readonly string[];
  readonly setColumns: number;
  readonly constant: boolean;
}

/** `[job, as dblock left it, as it was before]` of each row; keys as JSON text. */
export function stateSql(change: JournalledChange): string {
  const { operation, table } = change;
  const name = quoteIdentifier(table.name);
  if (operation === 'insert') {
    // What was there before the step is listed under `before`, and was not inserted.
    const same = change.columns.map((column, i) => `t.${quoteIdentifier(column)} IS ${recorded('a', i)}`);
    return `SELECT a.job, ${found(change)} AND (${same.join(' AND ')}), NOT ${found(change)} FROM (${listed(change, 'after')}) AS a LEFT JOIN ${name} AS t ON ${sameKey(change, 't', 'a')} WHERE a.rowKey NOT IN (SELECT rowKey FROM (${listed(change, 'before')}))`;
  }
  const before = change.columns.map((column, i) => `t.${quoteIdentifier(column)} IS ${recorded('b', i)}`);
  const joined = `LEFT JOIN ${name} AS t ON ${sameKey(change, 't', 'b')}`;
  const wasSame = `${found(change)} AND (${before.join(' AND ')})`;
  if (operation === 'delete') {
    return `SELECT b.job, NOT ${found(change)}, ${wasSame} FROM (${listed(change, 'before')}) AS b ${joined}`;
  }
  const after = change.columns.map((column, i) => `t.${quoteIdentifier(column)} IS ${leftValue(change, i)}`);
  const left = change.constant
    ? `CROSS JOIN (SELECT json_extract(CAST(? AS TEXT), '$.changes[${change.index}].all') AS "all") AS a`
    : `JOIN (${listed(change, 'after')}) AS a ON a.rowKey = b.rowKey`;
  return `SELECT b.job, ${found(change)} AND (${after.join(' AND ')}), ${wasSame} FROM (${listed(change, 'before')}) AS b ${left} ${joined}`;
}

/** Of a left join: whether there is such a row. */
function found({ key }: JournalledChange): string {
  return `(t.${quoteIdentifier(key[0] ?? 'rowid')} IS NOT NULL)`;
}

/** What dblock left in a column: of a constant change, the set columns are the same in all rows and the others as before. */
function leftValue({ constant, setColumns }: JournalledChange, index: number): string {
  if (!constant) return recorded('a', index);
  return index < setColumns ? unpacked('a."all"', `$[${index}]`) : recorded('b', index);
}

/** The rows of `before` or `after`: the job, the key of the row, and the record. Takes the line. */
function listed({ index }: JournalledChange, which: 'before' | 'after'): string {
  return `SELECT value AS record, value -> '$[0]' AS job, CASE json_type(value, '$[1]') WHEN 'null' THEN value -> '$[0]' ELSE value -> '$[1]' END AS rowKey FROM json_each(CAST(? AS TEXT), '$.changes[${index}].${which}')`;
}

function recorded(alias: string, index: number): string {
  return unpacked(`${alias}.record`, `$[2][${index}]`);
}

function sameKey({ key }: JournalledChange, table: string, record: string): string {
  const names = key.map((column) => `${table}.${quoteIdentifier(column)}`);
  const values = key.map((_, i) => unpacked(`${record}.rowKey`, `$[${i}]`));
  return names.map((name, i) => `${name} = ${values[i]}`).join(' AND ');
}

/** Takes the line and the JSON array of the jobs; for an insert the line once more. */
export function restoreSql(change: JournalledChange): string {
  const name = quoteIdentifier(change.table.name);
  const chosen = `job IN (SELECT value FROM json_each(?))`;
  const columns = change.columns.map(quoteIdentifier);
  const key = change.key.map(quoteIdentifier).join(', ');
  const keys = change.key.map((_, i) => unpacked('rowKey', `$[${i}]`)).join(', ');
  const before = `(${listed(change, 'before')})`;
  if (change.operation === 'insert') {
    return `DELETE FROM ${name} WHERE (${key}) IN (SELECT ${keys} FROM (${listed(change, 'after')}) WHERE ${chosen} AND rowKey NOT IN (SELECT rowKey FROM ${before}))`;
  }
  if (change.operation === 'delete') {
    const values = columns.map((_, i) => unpacked('record', `$[2][${i}]`));
    return `INSERT INTO ${name} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM ${before} WHERE ${chosen}`;
  }
  const set = columns
    .slice(0, change.setColumns)
    .map((column, i) => `${column} = ${unpacked('b.record', `$[2][${i}]`)}`);
  return `UPDATE ${name} AS t SET ${set.join(', ')} FROM (SELECT * FROM ${before} WHERE ${chosen}) AS b WHERE ${sameKey(change, 't', 'b')}`;
}
