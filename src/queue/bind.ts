/** A preset on the tables that were found: SQL texts without roles in them. */
import { quoteIdentifier } from '../sqlite/identifiers.js';
import type { Milliseconds } from '../units.js';
import { writeNow } from './clock.js';
import type { FoundQueue } from './detect.js';
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
    tableOf,
    canUse: (sql) => rolesIn(sql).every((role) => queue.tables[role] !== undefined),
    text: (sql, nowMs) =>
      sql
        .replace(/\{now:([^}]+)\}/g, (_, format: string) => writeNow(format, nowMs))
        .replace(/\{([a-z][A-Za-z]*)\}/g, (_, role: string) => quoteIdentifier(tableOf(role).name)),
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
 * A value that survives JSON: 64-bit integers and text do as they are, REALs with 17 digits, and BLOBs as hexadecimal
 * digits in an object. As long as the JSON text is only handled as bytes outside of SQLite, text that is not UTF-8
 * survives, too.
 */
export function packed(sql: string): string {
  return `CASE typeof(${sql}) WHEN 'real' THEN json(CASE abs(${sql}) WHEN 9e999 THEN iif(${sql} > 0, '9e999', '-9e999') ELSE printf('%!.17g', ${sql}) END) WHEN 'blob' THEN json_object('blob', hex(${sql})) ELSE ${sql} END`;
}

/** The value that `packed` made, at a path of a JSON text. */
export function unpacked(json: string, path: string): string {
  const at = `${json}, '${path}'`;
  return `CASE json_type(${at}) WHEN 'object' THEN unhex(json_extract(${json}, '${path}.blob')) ELSE json_extract(${at}) END`;
}
