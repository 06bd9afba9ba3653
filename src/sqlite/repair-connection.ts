/** The one connection of `dblock fix`. Only in a process that never opens the database as a file. */
import type { Database } from 'better-sqlite3';
import type { Milliseconds } from '../units.js';
import { loadDriver } from './driver.js';
import { attempt, SqliteFailure, sqliteFailure } from './failure.js';

export interface RepairConnection {
  /** Runs statements, each in a transaction of its own if it needs one. Throws SqliteFailure, as all of these. */
  run(statements: readonly string[], busyTimeoutMs: Milliseconds): void;
  /** Runs statements in one transaction, which is rolled back if one fails. */
  write(statements: readonly string[], busyTimeoutMs: Milliseconds): void;
  /** Tries once to change the journal mode, and returns the one that it is in then. */
  journalMode(mode: 'wal' | 'delete', busyTimeoutMs: Milliseconds): string;
  /** Copies the database by SQLite's backup API, in one step: a writer cannot make it start again. */
  backUp(target: string): Promise<void>;
  close(): void;
}

/**
 * Attaches with a first read: recovers the WAL and rolls a hot journal back. Commits are on the disk when a call
 * returns, whatever the journal mode (PRAGMA synchronous).
 */
export async function openForRepair(path: string, busyTimeoutMs: Milliseconds): Promise<RepairConnection> {
  const Sqlite = await loadDriver();
  const timeout = Math.round(busyTimeoutMs);
  const database = attempt(() => new Sqlite(path, { fileMustExist: true, timeout }));
  attempt(() => database.pragma('user_version'));
  attempt(() => database.pragma('synchronous = FULL'));
  return {
    run: (statements, ms) => attempt(() => runEach(patient(database, ms), statements)),
    write: (statements, ms) => attempt(() => runTogether(patient(database, ms), statements)),
    journalMode: (mode, ms) =>
      attempt(() => String(patient(database, ms).pragma(`journal_mode = ${mode}`, { simple: true }))),
    backUp: (target) => backUp(database, target),
    close: () => {
      attempt(() => database.close());
    },
  };
}

function patient(database: Database, busyTimeoutMs: Milliseconds): Database {
  database.pragma(`busy_timeout = ${Math.round(busyTimeoutMs)}`);
  return database;
}

function runEach(database: Database, statements: readonly string[]): void {
  for (const sql of statements) {
    const statement = database.prepare(sql);
    // A pragma does its work row by row: incremental_vacuum would stop after the first.
    if (statement.reader) statement.all();
    else statement.run();
  }
}

function runTogether(database: Database, statements: readonly string[]): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    runEach(database, statements);
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** More pages than a database can have: the whole of it in one step. */
const ALL_PAGES = 0x7fffffff;

/**
 * In a read transaction of ours: to begin it waits as long as the busy timeout says, and then nobody is in the way.
 * By itself better-sqlite3 takes a source that is locked at the start for one without pages, and reports success.
 */
async function backUp(database: Database, target: string): Promise<void> {
  try {
    database.exec('BEGIN');
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    const { totalPages } = await database.backup(target, { progress: () => ALL_PAGES });
    if (totalPages === 0) throw new SqliteFailure('SQLITE_BUSY', 'the backup copied no page');
  } catch (error) {
    throw error instanceof SqliteFailure ? error : sqliteFailure(error);
  } finally {
    if (database.inTransaction) database.exec('COMMIT');
  }
}
