/** What a transaction changes, as JSON text made by SQLite: for the journal, and to see whether anything moved. */
import { quoteIdentifier } from '../sqlite/identifiers.js';
import type { RowConnection } from '../sqlite/row-connection.js';
import type { Milliseconds } from '../units.js';
import { type BoundQueue, fromClause, keyIn, packed, packKey } from './bind.js';
import type { JobRows, Sql, Step } from './preset.js';
import { findColumn, type Table } from './tables.js';

/** One step of a transition, and how to record the rows that it changes. */
export interface RecordedStep {
  readonly step: Step;
  readonly operation: 'update' | 'insert' | 'delete';
  readonly table: Table;
  /** Those that are set come first; then those by which a worker's change would show. */
  readonly columns: readonly string[];
  /** How many of the columns are set. */
  readonly setColumns: number;
  /** JSON array of `[key of the job, key of the row, [values]]`, as a BLOB; takes the keys of the jobs. */
  readonly select: Sql;
  /** JSON array of the values that every row has afterwards in the columns that are set; `null`: they must be read. */
  readonly constant: string | null;
}

/** @param hasTriggers of the table: then what is set is not what one finds afterwards */
export function recordedStep(
  queue: BoundQueue,
  rows: JobRows,
  step: Step,
  { nowMs, hasTriggers }: { readonly nowMs: Milliseconds; readonly hasTriggers: boolean },
): RecordedStep {
  const role = roleOf(step);
  const table = queue.tableOf(role);
  const set = 'update' in step ? namesIn(table, Object.keys(step.set)) : [];
  const columns = 'update' in step ? [...set, ...observedOnly(rows, step, table, set)] : writable(table);
  const values = 'update' in step ? Object.values(step.set).map((sql) => queue.text(sql, nowMs)) : [];
  const isConstant = 'update' in step && !step.matching && !hasTriggers && values.every(isLiteral);
  return {
    ...{ step, table, columns },
    operation: 'update' in step ? 'update' : 'insert' in step ? 'insert' : 'delete',
    setColumns: set.length,
    select: queue.text(selectRows(queue, rows, { step, role, table, columns }), nowMs),
    constant: isConstant ? `SELECT json_array(${values.map(packed).join(', ')})` : null,
  };
}

function roleOf(step: Step): string {
  if ('update' in step) return step.update;
  return 'insert' in step ? step.insert : step.delete;
}

const LITERAL = /^(?:NULL|-?\d+(?:\.\d+)?|'(?:[^']|'')*')$/i;

function isLiteral(sql: Sql): boolean {
  return LITERAL.test(sql);
}

function namesIn(table: Table, names: readonly string[]): string[] {
  return names.map((name) => findColumn(table, name)?.name ?? name);
}

function observedOnly(
  rows: JobRows,
  step: Extract<Step, { update: string }>,
  table: Table,
  set: readonly string[],
): string[] {
  return step.matching ? [] : namesIn(table, rows.observed).filter((name) => !set.includes(name));
}

function writable({ columns }: Table): string[] {
  return columns.filter(({ generated }) => !generated).map(({ name }) => name);
}

interface Selected {
  readonly step: Step;
  readonly role: string;
  readonly table: Table;
  readonly columns: readonly string[];
}

function selectRows(queue: BoundQueue, rows: JobRows, { step, role, table, columns }: Selected): Sql {
  const own = queue.tableOf(rows.table);
  const these = keyIn(own, rows.table);
  const alias = step.matching ? 'other' : rows.table;
  const values = columns.map((column) => packed(`${alias}.${quoteIdentifier(column)}`));
  // the key of the job's own row need not be said twice
  const rowKey = step.matching ? packKey(table, alias) : 'NULL';
  const record = `json_array(${packKey(own, rows.table)}, ${rowKey}, json_array(${values.join(', ')}))`;
  if (!step.matching) {
    return `SELECT CAST(json_group_array(${record}) AS BLOB) FROM {${role}} AS ${role} WHERE ${these}`;
  }
  const join = `JOIN {${role}} AS other ON other.${quoteIdentifier(step.matching.column)} = ${step.matching.is}`;
  return `SELECT CAST(json_group_array(${record}) AS BLOB) FROM ${fromClause(rows)} ${join} WHERE ${these}`;
}

/** The rows of a step now. */
export function readRecord(connection: RowConnection, sql: Sql, keys: string): Buffer {
  const [[bytes] = []] = connection.rows(sql, keys);
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from('[]');
}
