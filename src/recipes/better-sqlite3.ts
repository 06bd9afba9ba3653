import { ALWAYS_RETURNING } from './jobs.js';
import type { Recipe } from './recipe.js';

export const betterSqlite3: Recipe = {
  id: 'better-sqlite3',
  title: 'better-sqlite3',
  names: ['node', 'nodejs', 'javascript', 'typescript'],
  language: 'typescript',
  file: 'better-sqlite3.ts',
  saveAs: 'db.ts',
  holdsFrom: 'better-sqlite3 8',
  below:
    'Nothing in the recipe is newer than version 5. What matters more is the SQLite inside: from 12.8 on it is 3.51.3, the first without the WAL-reset bug (dblock explain wal-reset-bug). Without TypeScript, strip the types, or let Node.js 22.18 do it.',
  steps: [
    'Open one connection a process or worker with open(), and close it at the end: in finally, and on SIGTERM.',
    'Put every transaction that writes, with the SELECT that it depends on, into await write(db, work).',
    'The driver is synchronous: while it waits for the lock, the thread serves nobody. Where that matters, write in a worker thread.',
    'Where many small writes come, give them to one Writer: with batch 10, ten share a commit.',
    'Show stats on a health endpoint.',
  ],
  naive:
    'db.transaction(fn)() sends a plain BEGIN: the UPDATE after a SELECT fails at once, whatever the timeout.',
  detect: { ecosystem: 'npm', packages: ['better-sqlite3'] },
  proof: { kind: 'tested', versions: 'better-sqlite3 12.11, SQLite 3.53.2, Node.js 20', note: '' },
  sources: [
    'https://github.com/WiseLibs/better-sqlite3/blob/master/docs/api.md#transactionfunction---function',
    'https://github.com/WiseLibs/better-sqlite3/blob/master/docs/performance.md',
    'https://github.com/WiseLibs/better-sqlite3/blob/master/docs/compilation.md#bundled-configuration',
    'https://www.sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions',
  ],
  jobs: {
    file: 'better-sqlite3-jobs.ts',
    saveAs: 'jobs.ts',
    below: ALWAYS_RETURNING,
    proof: { kind: 'tested', versions: 'better-sqlite3 12.11, SQLite 3.53.2, Node.js 20', note: '' },
  },
};
