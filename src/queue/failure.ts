/** Why it stopped, in words: completes "it stopped early: ". */
import type { SqliteFailure } from '../sqlite/failure.js';
import { JournalFailure } from './journal.js';

export function describeStop(failure: SqliteFailure): string {
  const { code, message } = failure;
  if (failure instanceof JournalFailure) {
    return `the journal ${failure.path} could not be written (${code}), and nothing is changed that could not be undone`;
  }
  const known = Object.entries(TEXTS).find(([prefix]) => code === prefix || code.startsWith(`${prefix}_`));
  return known ? `${known[1]} (${code})` : `SQLite refused: ${message} (${code})`;
}

const TEXTS: Readonly<Record<string, string>> = {
  SQLITE_BUSY: 'others kept the database locked until the wait was over; --wait takes longer',
  SQLITE_LOCKED: 'others kept the database locked until the wait was over; --wait takes longer',
  SQLITE_FULL: 'the disk is full; the transaction that met it was rolled back',
  SQLITE_IOERR: 'the system failed to read or write a file of the database; run dblock doctor',
  SQLITE_SCHEMA: 'the schema of the database was changed meanwhile; run it again',
  SQLITE_READONLY: 'SQLite may not write the database, its -wal or -shm, or their folder',
  SQLITE_CANTOPEN: 'SQLite could not open the database, or make the files beside it',
  SQLITE_CORRUPT: 'SQLite finds the database malformed; run dblock doctor --deep',
  SQLITE_NOTADB: 'SQLite does not accept the file as a database: it may be encrypted',
};
