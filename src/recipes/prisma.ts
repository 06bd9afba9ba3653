import { ALWAYS_RETURNING } from './jobs.js';
import type { Recipe } from './recipe.js';

export const prisma: Recipe = {
  id: 'prisma',
  title: 'Prisma with its adapter for better-sqlite3',
  names: ['node', '@prisma/client', 'prisma-client'],
  language: 'typescript',
  file: 'prisma.ts',
  saveAs: 'src/db.ts',
  holdsFrom: 'Prisma 7',
  below:
    'Prisma 6.16 to 6.19 take the adapter, too: engineType = "client" in the generator. Prisma’s Rust engine, up to version 6 without an adapter, sends BEGIN IMMEDIATE by itself and takes socket_timeout and connection_limit=1 in the URL; WAL is set once, by PRAGMA journal_mode=WAL in a migration or by $queryRaw.',
  steps: [
    'Open one Db a process, and close it at the end.',
    'Read with db.read. Put every transaction that writes, with the query that it depends on, into db.write(work), and use only its tx there.',
    'Do not use prisma.$transaction([...]) or writes on db.read beside it: on one connection, they would become a part of an open transaction.',
    'Where many small writes come, give them to one Writer: with batch 10, ten share a commit.',
    'Show stats on a health endpoint.',
  ],
  naive:
    'The adapter sends a plain BEGIN: in $transaction, the UPDATE after a findFirst fails at once, whatever the timeout.',
  detect: { ecosystem: 'npm', packages: ['@prisma/client'] },
  proof: {
    kind: 'not-run',
    note: 'Only its adapter was run once, by hand, without Prisma Client (@prisma/adapter-better-sqlite3 7.10): it takes the write lock at once, waits for the busy timeout, and can begin again after it failed.',
  },
  sources: [
    'https://www.prisma.io/docs/orm/overview/databases/sqlite',
    'https://github.com/prisma/orm/issues/25587',
    'https://github.com/prisma/orm/issues/29933',
    '@prisma/adapter-better-sqlite3 7.10, dist/index.mjs: startTransaction, mapDriverError',
  ],
  jobs: {
    file: 'prisma-jobs.ts',
    saveAs: 'src/jobs.ts',
    below: ALWAYS_RETURNING,
    proof: {
      kind: 'not-run',
      note: 'Its statements are those of better-sqlite3, which are tested. Its types were checked against a stand-in of Prisma Client.',
    },
  },
};
