import type { CodeText } from './code.js';

const NOT_A_LOCK = 'It is no lock: waiting or trying again does not help.';

export const readonly: CodeText = {
  name: 'SQLITE_READONLY',
  title: 'This connection may not write',
  summary: 'A write on a connection that may only read, or whose user may not write the files',
  meaning: `The connection was opened read-only, or its user may not write the database or the files beside it. ${NOT_A_LOCK}`,
  otherTexts: [],
  situations: [
    {
      situation: 'The database file is not writable for this user',
      soon: 'at once',
      why: 'SQLite then opens it read-only without a word, and only the first write fails.',
    },
    {
      situation: 'The database is in WAL mode, and -wal or -shm exist but are not writable for this user',
      soon: 'at once',
      why: 'Reads work, writes fail. Often the files belong to root, after a command run with sudo.',
    },
    {
      situation: 'mode=ro, readonly: true, or PRAGMA query_only=1',
      soon: 'at once',
      why: '',
    },
  ],
  certainty:
    'Seen with SQLite 3.40.1 on Linux. The code does not say which file it is about: sidecar-permissions compares all of them.',
  now: {
    text: 'Compare the owners and modes of the files, and of their folder, with the user of the application. Do not delete -wal or -shm to get rid of them: they may hold committed changes.',
    commands: ['ls -ln app.db*', 'dblock doctor app.db --only sidecar-permissions'],
  },
  later: 'Run maintenance as the user of the application (sudo -u), so that no file comes to belong to root.',
  related: ['attempt to write a readonly database', 'sidecar-permissions', 'SQLITE_READONLY_DIRECTORY'],
  sources: [
    'https://www.sqlite.org/rescode.html#readonly',
    'https://www.sqlite.org/pragma.html#pragma_query_only',
    'os_unix.c: unixOpen',
    'wal.c: sqlite3WalBeginWriteTransaction',
  ],
};

export const readonlyRecovery: CodeText = {
  name: 'SQLITE_READONLY_RECOVERY',
  title: 'The WAL index must be rebuilt, and this connection may not write it',
  summary: 'The WAL index needs a recovery, and -shm is read-only for this user',
  meaning: `The index in -shm is not readable, for instance after a crash, and must be rebuilt from the WAL. This connection may read -shm but not write it. ${NOT_A_LOCK}`,
  otherTexts: [],
  situations: [
    {
      situation:
        'Reading while another process is attached, the index is damaged, and -shm is not writable here',
      soon: 'at once',
      why: 'If nobody is attached, a reader that may not write -shm builds an index of its own in memory instead.',
    },
  ],
  certainty: 'Seen with SQLite 3.40.1, by damaging the index of a live database.',
  now: {
    text: 'Let a process that may write the database open it and read once: that rebuilds the index. Run it as the user of the application.',
    commands: ["sudo -u APPUSER sqlite3 app.db 'PRAGMA user_version;'"],
  },
  later: 'Give the reader write permission on -shm, or let it read a copy (VACUUM INTO).',
  related: [
    'attempt to write a readonly database',
    'SQLITE_READONLY_CANTINIT',
    'sidecar-permissions',
    'RECOVER',
  ],
  sources: [
    'https://www.sqlite.org/rescode.html#readonly_recovery',
    'https://www.sqlite.org/wal.html#read_only_databases',
    'wal.c: walIndexReadHdr',
  ],
};

export const readonlyCantlock: CodeText = {
  name: 'SQLITE_READONLY_CANTLOCK',
  title: 'No read lock could be had, because -shm is read-only',
  summary: 'Documented for a read-only -shm; SQLite 3.53.2 does not give it',
  meaning: `Documented as: no read lock on a WAL database, because the -shm file is read-only. ${NOT_A_LOCK}`,
  otherTexts: [],
  situations: [
    {
      situation: 'Reading a WAL database whose -shm is not writable for this user',
      soon: 'never seen',
      why: 'In the source of SQLite 3.53.2 nothing gives this code. Such a reader gets its data, or 264 or 1288.',
    },
  ],
  certainty:
    'From the documentation, and from its absence in the source of 3.53.2. Which older versions gave it is not verified.',
  now: {
    text: 'Compare the owners and modes of app.db, -wal and -shm with the user of the application.',
    commands: ['ls -ln app.db*', 'dblock doctor app.db --only sidecar-permissions'],
  },
  later: 'Update SQLite, and give all users of the database write permission on -shm.',
  related: ['attempt to write a readonly database', 'SQLITE_READONLY_CANTINIT', 'sidecar-permissions'],
  sources: [
    'https://www.sqlite.org/rescode.html#readonly_cantlock',
    'https://www.sqlite.org/wal.html#read_only_databases',
  ],
};

export const readonlyRollback: CodeText = {
  name: 'SQLITE_READONLY_ROLLBACK',
  title: 'An interrupted transaction must be rolled back, and this connection may not write',
  summary: 'A hot journal waits to be rolled back, and the connection is read-only',
  meaning: `A program died in the middle of a transaction and left its journal. Until that is played back, the database may be half written, so a read-only connection must not read it. ${NOT_A_LOCK}`,
  otherTexts: [],
  situations: [
    {
      situation: 'Any read on a read-only connection while app.db-journal is hot',
      soon: 'at once',
      why: 'Reads fail too, since what they would find may be half a transaction.',
    },
  ],
  certainty: 'Seen with SQLite 3.40.1. hot-journal says whether the journal is really hot, or in use.',
  now: {
    text: 'Keep a copy of both files. Then open the database once with write permission, as the user of the application: the first read rolls the transaction back. Never delete the journal.',
    commands: [
      'dblock doctor app.db --only hot-journal',
      'mkdir saved && cp -p app.db app.db-journal saved/',
      "sudo -u APPUSER sqlite3 app.db 'PRAGMA user_version;'",
    ],
  },
  later: 'Find out what killed the writer. In WAL mode a crash leaves no such obligation to readers.',
  related: ['attempt to write a readonly database', 'hot-journal', 'EXCLUSIVE'],
  sources: [
    'https://www.sqlite.org/rescode.html#readonly_rollback',
    'https://www.sqlite.org/lockingv3.html#hot_journals',
    'pager.c: sqlite3PagerSharedLock, hasHotJournal',
  ],
};

export const readonlyDbmoved: CodeText = {
  name: 'SQLITE_READONLY_DBMOVED',
  title: 'The database file was moved, replaced or deleted while it was open',
  summary: 'The file under the open connection was renamed, replaced or deleted',
  meaning:
    'The connection has a file open that is no longer the one under its name. It refuses to write, because the journal would lie beside another database. In WAL mode there is no such error: writes go on, into a file that nobody else can see, and are lost.',
  otherTexts: [],
  situations: [
    {
      situation:
        'Rollback mode: the file was renamed, replaced (mv, a restore, a deployment) or deleted, then a write',
      soon: 'at once',
      why: 'Reads go on, from the old file.',
    },
    {
      situation: 'The same in WAL mode',
      soon: 'never seen',
      why: 'The write succeeds, into the old files.',
    },
  ],
  certainty:
    'Certain for the connection that got it. Seen with SQLite 3.40.1, as was the silence in WAL mode. split-brain finds processes in either state while they live.',
  now: {
    text: 'Do not restart the process yet if it may hold changes that the file under the name does not have: the old file lives only as long as it is open. See split-brain for how to rescue it.',
    commands: ['dblock doctor app.db --only split-brain', 'ls -l /proc/PID/fd'],
  },
  later:
    'Replace a database only while nobody has it open, or write into it: .restore in the sqlite3 shell, or the backup API.',
  related: ['attempt to write a readonly database', 'split-brain', 'hard-links'],
  sources: [
    'https://www.sqlite.org/rescode.html#readonly_dbmoved',
    'https://www.sqlite.org/howtocorrupt.html#_unlinking_or_renaming_a_database_file_while_in_use',
    'pager.c: databaseIsUnmoved',
  ],
};

export const readonlyCantinit: CodeText = {
  name: 'SQLITE_READONLY_CANTINIT',
  title: 'The WAL index cannot be used without writing it, and this connection may not',
  summary: 'No usable read mark, and -shm is read-only for this user',
  meaning: `To read a WAL database, a reader needs a read mark in -shm that fits. None does, and this connection may not write a new one. ${NOT_A_LOCK}`,
  otherTexts: [],
  situations: [
    {
      situation:
        'Reading while another process is attached, no read mark fits, and -shm is not writable here',
      soon: 'at once',
      why: '',
    },
  ],
  certainty:
    'The documentation says that it should not reach applications. It did with SQLite 3.40.1, when the marks of a live index were cleared by hand; how it comes about in real life is not verified.',
  now: {
    text: 'Compare the owners and modes of app.db, -wal and -shm with the user of the application.',
    commands: ['ls -ln app.db*', 'dblock doctor app.db --only sidecar-permissions'],
  },
  later: 'Give the reader write permission on -shm, or let it read a copy (VACUUM INTO).',
  related: [
    'attempt to write a readonly database',
    'SQLITE_READONLY_RECOVERY',
    'READ1-READ4',
    'sidecar-permissions',
  ],
  sources: [
    'https://www.sqlite.org/rescode.html#readonly_cantinit',
    'https://www.sqlite.org/wal.html#read_only_databases',
    'wal.c: walTryBeginRead',
    'os_unix.c: unixLockSharedMemory',
  ],
};

export const readonlyDirectory: CodeText = {
  name: 'SQLITE_READONLY_DIRECTORY',
  title: 'The folder of the database is not writable',
  summary: '-wal or -journal cannot be created in the folder',
  meaning: `SQLite needs a -wal or -journal file beside the database and may not create it in that folder. ${NOT_A_LOCK}`,
  otherTexts: [],
  situations: [
    {
      situation: 'Rollback mode: a write, in a folder where this user may not create files',
      soon: 'at once',
      why: 'Reads work.',
    },
    {
      situation: 'WAL mode with no -wal there: any read or write, in such a folder',
      soon: 'at once',
      why: 'Even a read needs -wal and -shm. With -wal but without -shm it is SQLITE_CANTOPEN.',
    },
  ],
  certainty: 'Certain. Seen with SQLite 3.40.1 on Linux.',
  now: {
    text: 'Give the user of the application write permission on the folder, or move the database into a folder of its own.',
    commands: ['ls -lnd .', 'dblock doctor app.db --only sidecar-permissions'],
  },
  later: 'Keep the database in a folder that exists for it and belongs to the user of the application.',
  related: ['attempt to write a readonly database', 'sidecar-permissions', 'SQLITE_CANTOPEN'],
  sources: ['https://www.sqlite.org/rescode.html#readonly_directory', 'os_unix.c: unixOpen'],
};
