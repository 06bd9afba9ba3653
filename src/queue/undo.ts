/**
 * Puts back what a journal says, transaction by transaction from the last one, each job only if all its rows are still
 * as dblock left them. A transaction that never committed left nothing, so there is nothing of it to put back.
 */
import { readFileSync } from 'node:fs';
import { SqliteFailure } from '../sqlite/failure.js';
import type { Row, RowConnection } from '../sqlite/row-connection.js';
import { JOURNAL_SCHEMA } from './journal.js';
import { findColumn, type Table } from './tables.js';
import { type JournalledChange, loadSql, restoreSql, stateSql } from './undo-sql.js';

export interface JournalFile {
  readonly path: string;
  /** Which database it is about. */
  readonly database: string;
  /** ISO 8601 in UTC: journals sort by it. */
  readonly startedAt: string;
  /** A line for each transaction, as bytes; without those that were given up. */
  readonly transactions: readonly Buffer[];
  /** The last line is not whole. */
  readonly torn: boolean;
}

/** Why a file is no journal: a sentence. */
export class JournalProblem extends Error {
  override readonly name = 'JournalProblem';
}

const NEWLINE = 0x0a;

/** @throws JournalProblem, and what `node:fs` throws */
export function readJournal(path: string): JournalFile {
  const bytes = readFileSync(path);
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  const [first, ...rest] = lines;
  return { path, ...headerIn(first), transactions: keptOf(rest), torn: start < bytes.length };
}

const DROPPED = '{"dropped":';

/** A line that was dropped tells of rows as somebody else had made them: it must not be undone (journal.ts). */
function keptOf(lines: readonly Buffer[]): Buffer[] {
  const isMark = (line: Buffer) => line.subarray(0, DROPPED.length).toString() === DROPPED;
  const dropped = new Set(lines.filter(isMark).flatMap(numbersIn));
  return lines.filter((line) => !isMark(line)).filter((_, number) => !dropped.has(number));
}

function numbersIn(mark: Buffer): readonly unknown[] {
  const said: unknown = parse(mark.toString());
  if (typeof said !== 'object' || said === null || !('dropped' in said)) return [];
  return Array.isArray(said.dropped) ? said.dropped : [];
}

function headerIn(line: Buffer | undefined): Pick<JournalFile, 'database' | 'startedAt'> {
  const header: unknown = parse(line?.toString() ?? '');
  if (typeof header === 'object' && header !== null && 'journal' in header && 'database' in header) {
    const { journal, database } = header;
    const startedAt = 'startedAt' in header ? header.startedAt : null;
    if (journal === JOURNAL_SCHEMA && typeof database === 'string' && typeof startedAt === 'string') {
      return { database, startedAt };
    }
  }
  throw new JournalProblem(`it does not begin as a journal of requeue-orphans does (${JOURNAL_SCHEMA})`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export interface UndoCounts {
  restored: number;
  already: number;
  changedSince: number;
}

/** The names of all tables that a journal is about, in lower case. */
export function tablesIn(connection: RowConnection, { transactions }: JournalFile): Set<string> {
  const sql = `SELECT DISTINCT lower(value ->> '$.table') FROM json_each(CAST(? AS TEXT), '$.changes')`;
  return new Set(transactions.flatMap((line) => connection.rows(sql, line).map(([name]) => String(name))));
}

/** The changes of one line. @throws JournalProblem if the tables are no longer what they were */
export function changesOf(
  connection: RowConnection,
  line: Buffer,
  tables: readonly Table[],
): JournalledChange[] {
  const sql = `SELECT key, value ->> '$.table', value ->> '$.operation', value -> '$.key', value -> '$.columns', value ->> '$.setColumns', json_type(value, '$.all'), value -> '$.varying' FROM json_each(CAST(? AS TEXT), '$.changes')`;
  return connection
    .rows(sql, line)
    .map(([index, name, operation, key, columns, setColumns, all, varying]) => {
      const table = tables.find((candidate) => candidate.name === String(name));
      if (!table) throw new JournalProblem(`the table ${String(name)} is no longer there`);
      const names = namesIn(columns);
      const lost = names.find((column) => !findColumn(table, column));
      if (lost !== undefined) throw new JournalProblem(`${table.name} no longer has the column ${lost}`);
      return {
        ...{ index: Number(index), operation: String(operation), table, columns: names },
        ...{ key: namesIn(key), setColumns: Number(setColumns), constant: all !== null },
        varying: namesIn(varying).map(Number),
      };
    });
}

function namesIn(json: unknown): string[] {
  const names: unknown = parse(String(json));
  return Array.isArray(names) ? names.map(String) : [];
}

/** Sorts the jobs of one transaction: which are as dblock left them, which as they were before, which neither. */
export function sortJobs(
  connection: RowConnection,
  line: Buffer,
  changes: readonly JournalledChange[],
): SortedJobs {
  const jobs = new Set<string>();
  const touched = new Set<string>();
  const notBefore = new Set<string>();
  for (const change of changes) {
    for (const [job, asLeft, asBefore] of loadAndCompare(connection, change, line)) {
      jobs.add(String(job));
      if (asLeft !== 1) touched.add(String(job));
      if (asBefore !== 1) notBefore.add(String(job));
    }
  }
  const already = [...jobs].filter((job) => touched.has(job) && !notBefore.has(job));
  return {
    restorable: [...jobs].filter((job) => !touched.has(job)),
    already,
    changedSince: [...jobs].filter((job) => touched.has(job) && notBefore.has(job)),
  };
}

export interface SortedJobs {
  readonly restorable: readonly string[];
  readonly already: readonly string[];
  readonly changedSince: readonly string[];
}

function loadAndCompare(connection: RowConnection, change: JournalledChange, line: Buffer): Row[] {
  load(connection, change, line);
  return connection.rows(stateSql(change), ...(change.constant ? [line] : []));
}

function load(connection: RowConnection, change: JournalledChange, line: Buffer): void {
  const { clear, fill } = loadSql(change);
  for (const sql of clear) connection.run(sql);
  for (const sql of fill) connection.run(sql, line);
}

/** Restores the jobs whose keys are in `restorable`, steps in reverse. Inside the caller's transaction. */
export function restoreJobs(
  connection: RowConnection,
  line: Buffer,
  changes: readonly JournalledChange[],
  restorable: readonly string[],
): void {
  const jobs = `[${restorable.map((job) => JSON.stringify(job)).join(',')}]`;
  for (const change of [...changes].reverse()) {
    load(connection, change, line);
    connection.run(restoreSql(change), jobs);
  }
}

/** Undoes one line inside a transaction of its own. Throws `SqliteFailure` after a rollback. */
export function undoTransaction(
  connection: RowConnection,
  line: Buffer,
  tables: readonly Table[],
  apply: boolean,
): UndoCounts {
  connection.run(apply ? 'BEGIN IMMEDIATE' : 'BEGIN');
  try {
    const changes = changesOf(connection, line, tables);
    const sorted = sortJobs(connection, line, changes);
    const { restorable, already, changedSince } = sorted;
    const refused = apply ? restoreOrRefuse(connection, line, changes, restorable) : 0;
    connection.run('COMMIT');
    return {
      restored: restorable.length - refused,
      already: already.length,
      changedSince: changedSince.length + refused,
    };
  } catch (error) {
    if (connection.isInTransaction()) connection.run('ROLLBACK');
    throw error;
  }
}

/** All at once, or one by one where a constraint stands against it: its unique key was queued again, say. */
function restoreOrRefuse(
  connection: RowConnection,
  line: Buffer,
  changes: readonly JournalledChange[],
  jobs: readonly string[],
): number {
  if (jobs.length === 0) return 0;
  connection.run('SAVEPOINT restoring');
  try {
    restoreJobs(connection, line, changes, jobs);
    connection.run('RELEASE restoring');
    return 0;
  } catch (error) {
    if (!(error instanceof SqliteFailure) || !error.code.startsWith('SQLITE_CONSTRAINT')) throw error;
    connection.run('ROLLBACK TO restoring');
    connection.run('RELEASE restoring');
    if (jobs.length === 1) return 1;
    const half = Math.ceil(jobs.length / 2);
    const parts = [jobs.slice(0, half), jobs.slice(half)];
    return parts.reduce((sum, part) => sum + restoreOrRefuse(connection, line, changes, part), 0);
  }
}
