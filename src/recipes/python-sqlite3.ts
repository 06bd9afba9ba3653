import { EITHER_WAY } from './jobs.js';
import type { Recipe } from './recipe.js';

export const pythonSqlite3: Recipe = {
  id: 'python-sqlite3',
  title: "Python's sqlite3 module",
  names: ['python', 'sqlite3', 'pysqlite'],
  language: 'python',
  file: 'python-sqlite3.py',
  saveAs: 'db.py',
  holdsFrom: 'Python 3.8',
  below:
    'Before Python 3.11 errors carry no code, so the recipe goes by their text. Before 3.12 there is no parameter autocommit: it sets isolation_level=None, which does the same.',
  steps: [
    'Open one connection a thread with connect(), under contextlib.closing, and keep it: the last one that closes makes SQLite checkpoint and delete the WAL.',
    'Put every transaction that writes, with the SELECT that it depends on, into write(db, work).',
    'Where many threads write, or many small writes come, give them to one Writer.',
    'Show stats.snapshot() on a health endpoint.',
  ],
  naive:
    'A cursor with unread rows keeps its read transaction, and the UPDATE after it fails at once, whatever the timeout. With all rows read there is no error: no transaction protects the SELECT, and several workers claim one job.',
  detect: null,
  proof: { kind: 'tested', versions: 'Python 3.11, SQLite 3.40.1', note: '' },
  sources: [
    'https://docs.python.org/3/library/sqlite3.html#sqlite3-controlling-transactions',
    'https://docs.python.org/3/library/sqlite3.html#sqlite3.Error.sqlite_errorcode',
    'https://www.sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions',
    'https://www.sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode',
  ],
  jobs: {
    file: 'python-sqlite3-jobs.py',
    saveAs: 'jobs.py',
    below: EITHER_WAY,
    proof: { kind: 'tested', versions: 'Python 3.11, SQLite 3.40.1', note: '' },
  },
};
