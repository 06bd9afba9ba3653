import { ALWAYS_RETURNING } from './jobs.js';
import type { Recipe } from './recipe.js';

export const drizzle: Recipe = {
  id: 'drizzle',
  title: 'Drizzle on better-sqlite3',
  names: ['node', 'drizzle-orm'],
  language: 'typescript',
  file: 'drizzle.ts',
  saveAs: 'db.ts',
  holdsFrom: 'drizzle-orm 0.36',
  below:
    'behavior: "immediate" is as old as the SQLite driver. Before 0.36 the database has no $client: keep the better-sqlite3 connection yourself. On libSQL, D1 or Bun the driver is another one, and so are its timeout and its errors.',
  steps: [
    'Open one connection a process or worker with open(), and close it at the end: in finally, and on SIGTERM.',
    'Put every transaction that writes, with the SELECT that it depends on, into await write(db, work), and run each query there with .run(), .get() or .all().',
    'The driver is synchronous: while it waits for the lock, the thread serves nobody. Where that matters, write in a worker thread.',
    'Where many small writes come, give them to one Writer: with batch 10, ten share a commit.',
    'Show stats on a health endpoint.',
  ],
  naive:
    'db.transaction(fn) sends a plain BEGIN: the UPDATE after a SELECT fails at once, whatever the timeout.',
  detect: { ecosystem: 'npm', packages: ['drizzle-orm', 'better-sqlite3'] },
  proof: { kind: 'tested', versions: 'drizzle-orm 0.45.4, better-sqlite3 12.11, Node.js 20', note: '' },
  sources: [
    'https://orm.drizzle.team/docs/transactions',
    'https://orm.drizzle.team/docs/connect-better-sqlite3',
    'drizzle-orm/better-sqlite3/session.js: BetterSQLiteSession.transaction',
  ],
  jobs: {
    file: 'drizzle-jobs.ts',
    saveAs: 'jobs.ts',
    below: ALWAYS_RETURNING,
    proof: { kind: 'tested', versions: 'drizzle-orm 0.45.4, better-sqlite3 12.11, Node.js 20', note: '' },
  },
};
