import { ALWAYS_RETURNING } from './jobs.js';
import type { Recipe } from './recipe.js';

export const nodeSqlite: Recipe = {
  id: 'node-sqlite',
  title: 'node:sqlite',
  names: ['node', 'nodejs', 'node:sqlite', 'DatabaseSync'],
  language: 'typescript',
  file: 'node-sqlite.ts',
  saveAs: 'db.ts',
  holdsFrom: 'Node.js 22.16',
  below:
    'From 22.5 to 22.15 there is neither the option timeout nor isTransaction: send PRAGMA busy_timeout = 5000 as the first statement, and remember yourself whether a transaction is open. Before 22.13 node:sqlite needs --experimental-sqlite.',
  steps: [
    'Open one connection a process or worker with open(), and close it at the end: in finally, and on SIGTERM.',
    'Put every transaction that writes, with the SELECT that it depends on, into await write(db, work).',
    'The driver is synchronous: while it waits for the lock, the thread serves nobody. Where that matters, write in a worker thread.',
    'Where many small writes come, give them to one Writer: with batch 10, ten share a commit.',
    'Show stats on a health endpoint.',
  ],
  naive:
    'The busy timeout is 0, so every meeting of two writers is an error at once; and after a plain BEGIN the UPDATE after a SELECT would be one, whatever the timeout.',
  detect: null,
  proof: {
    kind: 'by-hand',
    versions: 'Node.js 24.9',
    note: 'Its test is in the suite, and runs where Node.js is 22.16 or newer.',
  },
  sources: [
    'https://nodejs.org/api/sqlite.html#new-databasesyncpath-options',
    'https://nodejs.org/api/sqlite.html#databaseistransaction',
    'https://www.sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions',
  ],
  jobs: {
    file: 'node-sqlite-jobs.ts',
    saveAs: 'jobs.ts',
    below: ALWAYS_RETURNING,
    proof: {
      kind: 'by-hand',
      versions: 'Node.js 24.21',
      note: 'Its test is in the suite, and runs where Node.js is 22.16 or newer.',
    },
  },
};
