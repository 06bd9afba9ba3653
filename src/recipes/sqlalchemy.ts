import { EITHER_WAY } from './jobs.js';
import type { Recipe } from './recipe.js';

const SOURCES = [
  'https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#enabling-non-legacy-sqlite-transactional-modes-with-the-sqlite3-or-aiosqlite-driver',
  'https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#foreign-key-support',
  'https://docs.python.org/3/library/sqlite3.html#sqlite3.Connection.autocommit',
  'https://www.sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode',
];

const BELOW =
  'SQLAlchemy 1.4 opens a connection each time unless it is given a pool: the recipe gives it one. SQLAlchemy 1.3 has no Session as a context manager and no execution options for an engine’s sessions that reach the begin event alike: update it. From Python 3.12 on sqlite3 has an autocommit parameter: False begins deferred, True makes commit() do nothing, so the recipe asks for neither.';

export const sqlalchemy: Recipe = {
  id: 'sqlalchemy',
  title: 'SQLAlchemy',
  names: ['python', 'sqlmodel', 'flask-sqlalchemy'],
  language: 'python',
  file: 'sqlalchemy.py',
  saveAs: 'db.py',
  holdsFrom: 'SQLAlchemy 1.4',
  below: BELOW,
  steps: [
    'Make one engine a process with open_engine(), after a fork, and dispose of it at the end.',
    'Read with Session(engine). Put every transaction that writes, with the SELECT that it depends on, into write(engine, work).',
    'Use a session in one thread and for one job; do not keep it open during HTTP requests.',
    'Where many threads write, or many small writes come, give them to one Writer.',
    'Show stats.snapshot() on a health endpoint.',
  ],
  naive:
    'SQLAlchemy logs BEGIN and sqlite3 sends none before a SELECT: several workers claim one job without an error.',
  detect: { ecosystem: 'pypi', packages: ['sqlalchemy'] },
  proof: {
    kind: 'tested',
    versions: 'SQLAlchemy 1.4.46, Python 3.11, SQLite 3.40.1',
    note: 'The same test also passed, by hand, with SQLAlchemy 2.1.1.',
  },
  sources: SOURCES,
  jobs: {
    file: 'sqlalchemy-jobs.py',
    saveAs: 'jobs.py',
    below: EITHER_WAY,
    proof: { kind: 'tested', versions: 'SQLAlchemy 1.4.46, Python 3.11, SQLite 3.40.1', note: '' },
  },
};

export const sqlalchemyAsync: Recipe = {
  id: 'sqlalchemy-async',
  title: 'SQLAlchemy with asyncio',
  names: ['python', 'aiosqlite', 'fastapi'],
  language: 'python',
  file: 'sqlalchemy-async.py',
  saveAs: 'db.py',
  holdsFrom: 'SQLAlchemy 1.4.30',
  below: BELOW,
  steps: [
    'Make one engine a process with open_engine(), and await engine.dispose() at the end.',
    'Read with AsyncSession(engine). Put every transaction that writes, with the SELECT that it depends on, into await write(engine, work).',
    'Share no session between tasks, and await nothing but SQL inside work: the write lock is held meanwhile.',
    'Where many tasks write, or many small writes come, give them to one Writer.',
    'Show stats.snapshot() on a health endpoint.',
  ],
  naive:
    'SQLAlchemy logs BEGIN and sqlite3 sends none before a SELECT: several workers claim one job without an error.',
  detect: { ecosystem: 'pypi', packages: ['sqlalchemy', 'aiosqlite'] },
  proof: {
    kind: 'tested',
    versions: 'SQLAlchemy 1.4.46, aiosqlite 0.17, Python 3.11, SQLite 3.40.1',
    note: 'The same test also passed, by hand, with SQLAlchemy 2.1.1 and aiosqlite 0.22.',
  },
  sources: SOURCES,
  jobs: {
    file: 'sqlalchemy-async-jobs.py',
    saveAs: 'jobs.py',
    below: EITHER_WAY,
    proof: {
      kind: 'tested',
      versions: 'SQLAlchemy 1.4.46, aiosqlite 0.17, Python 3.11, SQLite 3.40.1',
      note: '',
    },
  },
};
