import type { CodeText } from './code.js';

export const locked: CodeText = {
  name: 'SQLITE_LOCKED',
  title: 'A conflict inside one connection',
  summary: 'A statement of the same connection is not finished',
  meaning:
    'No other process has a part in this. A statement of the same connection is still running, or a transaction of it is open, and what you ask for cannot be done meanwhile. Waiting does not help, and SQLite does not wait: the busy timeout is not used.',
  otherTexts: [],
  situations: [
    {
      situation: 'DROP TABLE or DROP INDEX while a SELECT of the same connection has unread rows',
      soon: 'at once',
      why: 'Also when the SELECT reads another table.',
    },
    {
      situation: 'PRAGMA wal_checkpoint inside a transaction, or while a SELECT has unread rows',
      soon: 'at once',
      why: 'A checkpoint must not run within a transaction of its own connection.',
    },
    {
      situation: 'Backup API: the source is being written to through the connection that is backed up',
      soon: 'at once',
      why: 'As documented for sqlite3_backup_step; not seen.',
    },
  ],
  certainty:
    'Certain that the cause is in the same connection, or in one that shares its cache (262). Seen with SQLite 3.40.1 and 3.53.2. Nothing of it can be seen from outside: dblock reports no lock.',
  now: {
    text: 'Read the cursors and iterators of this connection to their end, or close them; COMMIT or ROLLBACK; then repeat the statement. Neither waiting nor ending other processes helps.',
    commands: [],
  },
  later:
    'Fetch all rows before you change the schema (fetchall() in Python, .all() instead of .iterate() in better-sqlite3). Run checkpoints on a connection of their own, outside any transaction.',
  related: ['database table is locked', 'SQLITE_LOCKED_SHAREDCACHE', 'SQLITE_LOCKED_VTAB', 'CKPT'],
  sources: [
    'https://www.sqlite.org/rescode.html#locked',
    'https://www.sqlite.org/c3ref/backup_finish.html',
    'vdbe.c: OP_Destroy',
    'btree.c: sqlite3BtreeCheckpoint',
  ],
};

export const lockedSharedCache: CodeText = {
  name: 'SQLITE_LOCKED_SHAREDCACHE',
  title: 'Another connection of this process, with the same shared cache, holds the table',
  summary: 'A connection that shares the cache holds the table',
  meaning:
    'Connections of one process that are opened with cache=shared share one cache and lock single tables in it. One of them has written to the table, or reads it while you want to write, and its transaction is not over. The busy timeout is not used for these locks.',
  otherTexts: ['database table is locked: NAME', 'database schema is locked: NAME'],
  situations: [
    {
      situation: 'Reading a table to which another connection of the cache has written, before it commits',
      soon: 'at once',
      why: 'The text names the table: "database table is locked: jobs".',
    },
    {
      situation: 'Writing while another connection of the cache has a write transaction',
      soon: 'at once',
      why: '',
    },
    {
      situation: 'Preparing a statement while another connection of the cache changes the schema',
      soon: 'at once',
      why: 'The text is "database schema is locked: main".',
    },
  ],
  certainty:
    'Certain that cache=shared is in use. Seen with SQLite 3.40.1. Builds without shared cache, such as that of better-sqlite3, cannot give it. These locks are in the memory of the process: nothing of them can be seen from outside.',
  now: {
    text: 'ROLLBACK and repeat the transaction once the other connection has ended its own. In the code, look for cache=shared in the name or the options of the connection.',
    commands: ['grep -rniE "cache ?= ?shared" .'],
  },
  later:
    'Open connections without a shared cache and use WAL mode, where a reader does not wait for the writer. SQLite itself discourages shared cache. For a shared database in memory, use one connection, or a file.',
  related: ['database table is locked', 'SQLITE_LOCKED', 'SQLITE_BUSY'],
  sources: [
    'https://www.sqlite.org/rescode.html#locked_sharedcache',
    'https://www.sqlite.org/sharedcache.html',
    'btree.c: querySharedCacheTableLock, btreeBeginTrans',
    'vdbe.c: OP_TableLock',
    'prepare.c: sqlite3Prepare',
  ],
};

export const lockedVtab: CodeText = {
  name: 'SQLITE_LOCKED_VTAB',
  title: 'A virtual table is being read while it is to be changed',
  summary: 'An R-Tree or other virtual table is read while it is written',
  meaning:
    'The code is for virtual tables. R-Tree gives it when an unfinished SELECT reads the same R-Tree: a change could move the nodes that it reads. The conflict is inside one connection, and the busy timeout is not used.',
  otherTexts: [],
  situations: [
    {
      situation: 'INSERT, UPDATE or DELETE on an R-Tree while a SELECT on it has unread rows',
      soon: 'at once',
      why: 'Extensions may give the code for reasons of their own.',
    },
  ],
  certainty: 'Seen with the R-Tree of SQLite 3.40.1. For other extensions their own documentation decides.',
  now: {
    text: 'Read the SELECT on the virtual table to its end, or close it, and repeat the change.',
    commands: [],
  },
  later: 'Collect the rows first, change them afterwards.',
  related: ['database table is locked', 'SQLITE_LOCKED'],
  sources: ['https://www.sqlite.org/rescode.html#locked_vtab', 'rtree.c: rtreeUpdate'],
};
