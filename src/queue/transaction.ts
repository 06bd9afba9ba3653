/** One transaction: take the write lock, see whether anything moved, record, change, journal, commit. */
import { SqliteFailure } from '../sqlite/failure.js';
import { quoteLiteral } from '../sqlite/identifiers.js';
import type { RowConnection } from '../sqlite/row-connection.js';
import type { Milliseconds } from '../units.js';
import type { BoundQueue } from './bind.js';
import type { JournalWriter } from './journal.js';
import type { JobRows, Step } from './preset.js';
import type { Job } from './read.js';
import { type RecordedStep, readRecord, recordedStep } from './record.js';
import { stepSql } from './transition.js';

export interface Change {
  readonly queue: BoundQueue;
  readonly rows: JobRows;
  readonly steps: readonly Step[];
  readonly nowMs: Milliseconds;
}

/** What the jobs looked like, as a text to compare: all that made them orphans. */
export interface Observation {
  readonly jobs: readonly Job[];
  /** PRAGMA data_version before they were read: as long as it stays, nobody else has committed anything. */
  readonly dataVersion: number;
  readonly schemaVersion: number;
}

export type TransactionResult =
  | { readonly kind: 'committed'; readonly holdMs: Milliseconds }
  /** These keys are not what they were; nothing was changed. */
  | { readonly kind: 'moved'; readonly holdMs: Milliseconds; readonly keys: ReadonlySet<string> }
  /** Somebody else has the write lock, or a reader keeps COMMIT waiting; nothing was changed. */
  | { readonly kind: 'busy'; readonly holdMs: Milliseconds }
  /** A constraint of the table; nothing was changed. */
  | { readonly kind: 'constraint'; readonly holdMs: Milliseconds; readonly reason: string };

export interface TransactionTools {
  readonly connection: RowConnection;
  readonly journal: JournalWriter;
  /** The statement that reads one page of jobs, without WHERE. */
  readonly reread: (keys: string) => Job[];
  /** Whether the facts that made these jobs orphans still hold, now that nobody can claim one. */
  stillHolds(jobs: readonly Job[]): boolean;
}

/** Throws `SqliteFailure` for all but lock errors and constraints, after a rollback. */
export function runTransaction(
  change: Change,
  observed: Observation,
  tools: TransactionTools,
): TransactionResult {
  const { connection } = tools;
  if (!begin(connection)) return { kind: 'busy', holdMs: 0 };
  const startedMs = performance.now();
  const held = () => performance.now() - startedMs;
  try {
    refuseNewSchema(connection, observed.schemaVersion);
    const keys = keysOf(observed.jobs);
    if (dataVersion(connection) !== observed.dataVersion) {
      const moved = movedKeys(observed.jobs, tools.reread(keys));
      if (moved.size > 0 || !tools.stillHolds(observed.jobs)) {
        rollback(connection);
        return { kind: 'moved', holdMs: held(), keys: moved };
      }
    }
    const line = makeChange(connection, change, keys);
    tools.journal.append(line);
    if (!commit(connection)) {
      rollback(connection);
      return { kind: 'busy', holdMs: held() };
    }
    return { kind: 'committed', holdMs: held() };
  } catch (error) {
    rollback(connection);
    if (error instanceof SqliteFailure && error.code.startsWith('SQLITE_CONSTRAINT')) {
      return { kind: 'constraint', holdMs: held(), reason: error.message };
    }
    if (error instanceof SqliteFailure && isBusy(error)) return { kind: 'busy', holdMs: held() };
    throw error;
  }
}

export function isBusy({ code }: SqliteFailure): boolean {
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED');
}

function begin(connection: RowConnection): boolean {
  try {
    connection.run('BEGIN IMMEDIATE');
    return true;
  } catch (error) {
    if (error instanceof SqliteFailure && isBusy(error)) return false;
    throw error;
  }
}

/** In rollback mode readers may keep it waiting (sqlite.org/lockingv3.html#writing): then the transaction is still open. */
function commit(connection: RowConnection): boolean {
  try {
    connection.run('COMMIT');
    return true;
  } catch (error) {
    if (error instanceof SqliteFailure && isBusy(error)) return false;
    throw error;
  }
}

function rollback(connection: RowConnection): void {
  // SQLite has rolled back by itself after some errors (sqlite.org/lang_transaction.html).
  if (connection.isInTransaction()) connection.run('ROLLBACK');
}

export function dataVersion(connection: RowConnection): number {
  return numberOf(connection, 'PRAGMA data_version');
}

export function schemaVersion(connection: RowConnection): number {
  return numberOf(connection, 'PRAGMA schema_version');
}

function numberOf(connection: RowConnection, sql: string): number {
  return Number(connection.rows(sql)[0]?.[0]);
}

function refuseNewSchema(connection: RowConnection, expected: number): void {
  if (schemaVersion(connection) === expected) return;
  throw new SqliteFailure('SQLITE_SCHEMA', 'the schema of the database was changed meanwhile');
}

export function keysOf(jobs: readonly Job[]): string {
  return `[${jobs.map(({ key }) => key).join(',')}]`;
}

/** Keys of jobs that are gone, or differ in anything that was observed. */
function movedKeys(before: readonly Job[], now: readonly Job[]): Set<string> {
  const seen = new Map(now.map((job) => [job.key, job.observed]));
  return new Set(before.filter((job) => seen.get(job.key) !== job.observed).map(({ key }) => key));
}

/** Changes the rows; returns the line of the journal. */
function makeChange(connection: RowConnection, change: Change, keys: string): (string | Buffer)[] {
  const { queue, rows, steps, nowMs } = change;
  const parts: (string | Buffer)[] = [`{"preset":${JSON.stringify(queue.preset.id)},"changes":[`];
  steps.forEach((step, index) => {
    const table = queue.tableOf(
      'update' in step ? step.update : 'insert' in step ? step.insert : step.delete,
    );
    const recorded = recordedStep(queue, rows, step, {
      nowMs,
      hasTriggers: hasTriggers(connection, table.name),
    });
    parts.push(index === 0 ? '' : ',', ...runRecorded(connection, change, recorded, keys));
  });
  parts.push(']}');
  return parts;
}

function hasTriggers(connection: RowConnection, table: string): boolean {
  const sql = `SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND lower(tbl_name) = lower(${quoteLiteral(table)})`;
  return Number(connection.rows(sql)[0]?.[0]) > 0;
}

function runRecorded(
  connection: RowConnection,
  { queue, rows, nowMs }: Change,
  { step, operation, table, columns, setColumns, select, constant }: RecordedStep,
  keys: string,
): (string | Buffer)[] {
  const head = { table: table.name, operation, key: table.key, columns, setColumns };
  // For an insert: the rows that were there already, which the step leaves alone.
  const before = readRecord(connection, select, keys);
  connection.run(queue.text(stepSql(queue, rows, step), nowMs), keys);
  const opening = `${JSON.stringify(head).slice(0, -1)},"before":`;
  if (constant !== null) return [opening, before, `,"all":${String(connection.rows(constant)[0]?.[0])}}`];
  const after = operation === 'delete' ? '[]' : readRecord(connection, select, keys);
  return [opening, before, ',"after":', after, '}'];
}
