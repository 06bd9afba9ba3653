/** A preset on the tables that were found: SQL texts without roles in them. */
import { quoteIdentifier } from '../sqlite/identifiers.js';
import type { Milliseconds } from '../units.js';
import { writeNow } from './clock.js';
import type { FoundQueue } from './detect.js';
import { withoutMissing } from './missing.js';
import { type JobRows, rolesIn, type Sql } from './preset.js';
import type { Table } from './tables.js';

/** A queue with everything that is needed to write SQL about it. */
export interface BoundQueue extends FoundQueue {
  tableOf(role: string): Table;
  /** Whether every role in the text was found: optional tables may be missing. */
  canUse(sql: Sql): boolean;
  /** Replaces `{role}` and `{now:…}`. */
  text(sql: Sql, nowMs: Milliseconds): string;
}

export function bindQueue(queue: FoundQueue): BoundQueue {
  const tableOf = (role: string) => {
    const table = queue.tables[role];
    if (!table) throw new Error(`${queue.preset.id}: there is no table for ${role}`);
    return table;
  };
  return {
    ...queue,
    preset: withoutMissing(queue),
    tableOf,
    canUse: (sql) =>
      rolesIn(sql).every((role) => !(role in queue.preset.tables) || queue.tables[role] !== undefined),
    text: (sql, nowMs) =>
      sql
        .replace(/\{now:([^}]+)\}/g, (_, format: string) => writeNow(format, nowMs))
        .replace(/\{([a-z][A-Za-z]*)\}/g, (text, role: string) =>
          // a name or a value of the user's may look like that, too
          role in queue.preset.tables ? quoteIdentifier(tableOf(role).name) : text,
        ),
  };
}

/** `FROM …` of rows: the table under the name of its role, and what is joined to it. */
export function fromClause({ table, joins = '' }: JobRows): Sql {
  return `{${table}} AS ${table} ${joins}`.trim();
}

/** The columns that identify a row, as one JSON text: `12`, or `[3,"a"]`. Nothing but SQLite takes it apart again. */
export function packKey(table: Table, alias: string): string {
  const columns = table.key.map((column) => packed(`${alias}.${quoteIdentifier(column)}`));
  const [only, second] = columns;
  return second === undefined ? `json_array(${only})` : `json_array(${columns.join(', ')})`;
}

/** Rows whose packed key is in the JSON array that is bound to the one question mark. */
export function keyIn(table: Table, alias: string): string {
  const names = table.key.map((column) => `${alias}.${quoteIdentifier(column)}`);
  const values = table.key.map((_, index) => unpacked(`value`, `$[${index}]`));
  return `(${names.join(', ')}) IN (SELECT ${values.join(', ')} FROM json_each(?))`;
}

/**
 * A value that survives JSON: 64-bit integers and text do as they are, REALs with 17 digits (json.c,
 * jsonAppendSqlValue), and BLOBs as hexadecimal digits in an object. Only a BLOB is not less than the empty one
 * (sqlite.org/datatype3.html#sort_order). As long as the JSON text is only handled as bytes outside of SQLite, text that
 * is not UTF-8 survives, too.
 */
export function packed(sql: string): string {
  return `iif(${sql} >= x'', json_object('blob', hex(${sql})), ${sql})`;
}

/** The value that `packed` made, at a path of a JSON text. */
export function unpacked(json: string, path: string): string {
  const at = `${json}, '${path}'`;
  return `CASE json_type(${at}) WHEN 'object' THEN unhex(json_extract(${json}, '${path}.blob')) ELSE json_extract(${at}) END`;
}

/** The key as the values of a packed key that is bound to a question mark for each of its columns. */
function boundKey(table: Table): string {
  const part = (index: number) =>
    `(SELECT CASE type WHEN 'object' THEN unhex(json_extract(value, '$.blob')) ELSE value END FROM json_each(?) WHERE key = ${index})`;
  return table.key.map((_, index) => part(index)).join(', ');
}

/** A condition on the key, such as `>`; takes the packed key once for each column of it. */
export function compareKey(table: Table, alias: string, operator: '>' | '<='): string {
  return `(${keyColumns(table, alias)}) ${operator} (${boundKey(table)})`;
}

export function keyColumns(table: Table, alias: string, order: '' | ' DESC' = ''): string {
  return table.key.map((column) => `${alias}.${quoteIdentifier(column)}${order}`).join(', ');
}
