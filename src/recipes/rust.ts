import { ALWAYS_RETURNING } from './jobs.js';
import type { Recipe } from './recipe.js';

export const rustRusqlite: Recipe = {
  id: 'rust-rusqlite',
  title: 'Rust with rusqlite',
  names: ['rust', 'rusqlite'],
  language: 'rust',
  file: 'rust-rusqlite.rs',
  saveAs: 'src/db.rs',
  holdsFrom: 'rusqlite 0.28',
  below:
    'transaction_with_behavior and busy_timeout are older than that. From 0.33 on, set_transaction_behavior(Immediate) does the same for every transaction(); the recipe does not need it.',
  steps: [
    'Open one connection a thread with open(), and keep it: the last one that closes makes SQLite checkpoint and delete the WAL.',
    'Put every transaction that writes, with the SELECT that it depends on, into write().',
    'Where many threads write, or many small writes come, give them to one Writer.',
    'Show LockStats::snapshot() on a health endpoint.',
  ],
  naive:
    'conn.transaction() sends BEGIN DEFERRED: the UPDATE after a SELECT fails at once, whatever the timeout.',
  detect: { ecosystem: 'crates', packages: ['rusqlite'] },
  proof: {
    kind: 'by-hand',
    versions: 'rusqlite 0.28, SQLite 3.40.1, Rust 1.95',
    note: 'Its test is in the suite, and runs where Debian’s librust-rusqlite-dev is installed.',
  },
  sources: [
    'https://docs.rs/rusqlite/latest/rusqlite/struct.Connection.html#method.transaction_with_behavior',
    'https://docs.rs/rusqlite/latest/rusqlite/struct.Connection.html#method.busy_timeout',
    'https://docs.rs/rusqlite/latest/rusqlite/enum.TransactionBehavior.html',
  ],
  jobs: {
    file: 'rust-rusqlite-jobs.rs',
    saveAs: 'src/jobs.rs',
    below: ALWAYS_RETURNING,
    proof: {
      kind: 'by-hand',
      versions: 'rusqlite 0.28, SQLite 3.40.1, Rust 1.95',
      note: 'Its test is in the suite, and runs where Debian’s librust-rusqlite-dev is installed.',
    },
  },
};

export const rustSqlx: Recipe = {
  id: 'rust-sqlx',
  title: 'Rust with sqlx',
  names: ['rust', 'sqlx'],
  language: 'rust',
  file: 'rust-sqlx.rs',
  saveAs: 'src/db.rs',
  holdsFrom: 'sqlx 0.8.4',
  below:
    'Before 0.8.4 there is no begin_with: acquire a connection, execute BEGIN IMMEDIATE and COMMIT on it, and close it instead of giving it back when anything goes wrong.',
  steps: [
    'Open one Db a process, and await db.close() at the end.',
    'Read with db.read. Put every transaction that writes, with the SELECT that it depends on, into db.write(work): tasks queue there for one connection, so that is the single writer.',
    'Where many small writes come, give them to one Writer: with batch 10, ten share a commit.',
    'Show db.stats() on a health endpoint.',
  ],
  naive: 'pool.begin() sends a plain BEGIN: the UPDATE after a SELECT fails at once, whatever the timeout.',
  detect: { ecosystem: 'crates', packages: ['sqlx'] },
  proof: {
    kind: 'not-run',
    note: 'It was compiled against stand-ins that have the signatures of sqlx and Tokio, not against these.',
  },
  sources: [
    'https://docs.rs/sqlx/latest/sqlx/struct.Pool.html#method.begin_with',
    'https://docs.rs/sqlx/latest/sqlx/sqlite/struct.SqliteConnectOptions.html',
    'https://github.com/launchbadge/sqlx/pull/3614',
    'sqlx-sqlite, src/options/mod.rs: the order of pragmas; src/error.rs: code() is the extended code',
  ],
  jobs: {
    file: 'rust-sqlx-jobs.rs',
    saveAs: 'src/jobs.rs',
    below: ALWAYS_RETURNING,
    proof: {
      kind: 'not-run',
      note: 'Its statements are those of rust-rusqlite. It was compiled against stand-ins that have the signatures of sqlx.',
    },
  },
};
