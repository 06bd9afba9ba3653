import type { MessageText } from './message.js';

export const databaseTableIsLocked: MessageText = {
  message: 'database table is locked',
  title: 'A conflict inside your own process, not with another one',
  names: ['locked table', 'table is locked'],
  phrases: ['LockedException'],
  meaning:
    'The conflict is inside one connection, or between connections of one process that share a cache. No other process has a part in it, and SQLite never waits: it comes at once, whatever the busy timeout is.',
  decisions: [
    {
      failed: 'At DROP TABLE, DROP INDEX or PRAGMA wal_checkpoint',
      so: 'A cursor of the same connection has unread rows, or a transaction of it is open (6).',
      cure: 'Read or close the cursor, end the transaction, repeat.',
    },
    {
      failed: 'With the name of a table in the text: "database table is locked: jobs"',
      so: 'cache=shared is in use, and another connection of the process uses that table (262).',
      cure: 'Open connections without a shared cache.',
    },
    {
      failed: 'At a write to an R-Tree or another virtual table',
      so: 'A SELECT on it has unread rows (518).',
      cure: 'Read it to its end first.',
    },
  ],
  certainty: 'Each was seen with SQLite 3.40.1. From outside none of it can be seen.',
  now: {
    text: 'Read the open cursors of the connection to their end, or close them; COMMIT or ROLLBACK; then repeat. Look for a shared cache.',
    commands: ['grep -rniE "cache ?= ?shared" .'],
  },
  later:
    'Fetch all rows before you change the schema. Run checkpoints on a connection of their own. Do not use cache=shared.',
  related: ['SQLITE_LOCKED', 'SQLITE_LOCKED_SHAREDCACHE', 'SQLITE_LOCKED_VTAB', 'database is locked'],
  sources: ['https://www.sqlite.org/rescode.html#locked', 'https://www.sqlite.org/sharedcache.html'],
};

export const readonlyDatabase: MessageText = {
  message: 'attempt to write a readonly database',
  title: 'Permissions, a read-only connection, or files that were moved: not a lock',
  names: ['readonly database', 'read-only database'],
  phrases: ['ReadOnlyException'],
  meaning:
    'SQLite could not write something that it needed to write: even a read may need that, in WAL mode or after a crash. It is no lock: it comes at once, and trying again does not help.',
  decisions: [
    {
      failed: 'Only writes fail, reads work',
      so: 'The connection is read-only, or the user may not write the database, its -wal or its -shm (8), or not the folder (1544).',
      cure: 'ls -ln app.db*; ls -lnd . and compare with the user of the application.',
    },
    {
      failed: 'Reads fail too',
      so: 'In WAL mode: no -wal, and the folder is not writable (1544), or -shm needs to be written (264, 1288). In rollback mode: a hot journal (776).',
      cure: 'As the user of the application, open it once with write permission.',
    },
    {
      failed: 'Suddenly, in a process that could write before',
      so: 'The file was moved, replaced or deleted under it (1032).',
      cure: 'dblock doctor app.db --only split-brain, before you restart it.',
    },
  ],
  certainty:
    'Each was seen with SQLite 3.40.1 on Linux, but for 520, which the source of 3.53.2 no longer gives.',
  now: {
    text: 'Compare owners and modes of all files and of the folder. Do not delete -wal, -shm or -journal: they are part of the database.',
    commands: [
      'ls -ln app.db*; ls -lnd .',
      'dblock doctor app.db --only sidecar-permissions,hot-journal,split-brain',
    ],
  },
  later:
    'Run maintenance as the user of the application (sudo -u). Keep the database in a folder of its own.',
  related: ['sidecar-permissions', 'hot-journal', 'split-brain'],
  sources: [
    'https://www.sqlite.org/rescode.html#readonly',
    'https://www.sqlite.org/wal.html#read_only_databases',
  ],
};

export const diskIoError: MessageText = {
  message: 'disk I/O error',
  title: 'A system call failed; which one, only the extended code says',
  names: ['SQLITE_IOERR', 'IOERR', '10'],
  phrases: [],
  meaning:
    'The operating system refused something. Of the more than thirty extended codes these have to do with locks or the WAL; the others are about reading, writing and syncing.',
  decisions: [
    {
      failed: 'At the first access to a WAL database',
      so: '-shm could not be made: the disk is full (4874), or the file system cannot share memory (5386) or not truncate (4618).',
      cure: 'df -h . and findmnt -T app.db',
    },
    {
      failed: 'At COMMIT, in rollback mode',
      so: 'The journal was deleted by somebody else (5898): locks were probably lost.',
      cure: 'Stop the writers, save the files, and check the copy.',
    },
    {
      failed: 'At any lock',
      so: 'The file system cannot lock, or lost its server (3850).',
      cure: 'Move the database to a local disk.',
    },
  ],
  certainty:
    '4874 and 5898 were seen with SQLite 3.40.1; the others were read in the source of 3.53.2. The kernel log often says more than the error.',
  now: {
    text: 'Get the extended code. See what the kernel says, whether there is room, and on which file system the database is. A transaction may have been rolled back by itself.',
    commands: ['dmesg | tail', 'df -h . && df -i .', 'findmnt -T app.db'],
  },
  later: 'Keep the database on a local disk with room to spare. Log extended codes.',
  related: ['SQLITE_FULL', 'low-disk-space', 'network-filesystem', 'lost-locks'],
  sources: ['https://www.sqlite.org/rescode.html#ioerr', 'https://www.sqlite.org/rescode.html'],
};
