import type { CodeText } from './code.js';

const MEASURED =
  'The times were measured with real processes on Linux, with SQLite 3.40.1 from Python and 3.53.2 from better-sqlite3.';

export const busy: CodeText = {
  name: 'SQLITE_BUSY',
  title: 'Another connection holds a lock that this statement needs',
  summary: 'Somebody else holds the lock that a statement needs',
  meaning:
    'Somebody else has the lock. SQLite either waited for it as long as the busy timeout of this connection allows, or did not wait at all: which of the two it was says most about the cause, so look how long the statement took. Nothing is lost and nothing is broken. The statement changed nothing, and a transaction around it is still open.',
  otherTexts: [
    'cannot commit transaction - SQL statements in progress',
    'cannot open savepoint - SQL statements in progress',
    'cannot release savepoint - SQL statements in progress',
    'unable to close due to unfinalized statements or unfinished backups',
  ],
  situations: [
    {
      situation:
        'BEGIN IMMEDIATE, a single INSERT, UPDATE or DELETE, or BEGIN and then a write, while another connection keeps the write lock',
      soon: 'after the busy timeout',
      why: 'SQLite did wait; the other one held the lock for longer. Find out who, and what it was doing.',
    },
    {
      situation: 'BEGIN, SELECT, then a write, while another connection holds the write lock',
      soon: 'at once',
      why: 'A transaction that has read never waits for the write lock. The other one could be waiting for this read to end, and after its commit this snapshot would be too old to write.',
    },
    {
      situation:
        'A write while a SELECT of the same connection still has unread rows: the same, without any BEGIN',
      soon: 'at once',
      why: 'The open cursor keeps a read transaction open.',
    },
    {
      situation: 'COMMIT in rollback mode while others read',
      soon: 'after the busy timeout',
      why: 'The transaction stays open and keeps PENDING, so no new reader gets in: repeat COMMIT, or ROLLBACK.',
    },
    {
      situation: 'A read in rollback mode while another connection commits or waits to commit',
      soon: 'after the busy timeout',
      why: 'EXCLUSIVE or PENDING keeps new readers out.',
    },
    {
      situation: 'Any read or write while another connection runs with locking_mode=EXCLUSIVE',
      soon: 'after the busy timeout',
      why: 'It keeps its lock until it is closed.',
    },
    {
      situation:
        'Any statement that meets a lock, on a connection whose busy timeout is 0, was never set, or is set only later',
      soon: 'at once',
      why: 'The timeout belongs to one connection and is not stored in the database. The sqlite3 shell and node:sqlite start with 0.',
    },
    {
      situation: 'The next statement after one that timed out, if preparing it must load the schema',
      soon: 'at once',
      why: 'The spent waiting time survives until the next step or the end of the next prepare.',
    },
    {
      situation: 'PRAGMA journal_mode=DELETE on a WAL database while any other connection has it open',
      soon: 'at once',
      why: 'Leaving WAL never waits. Close the others first.',
    },
    {
      situation:
        'PRAGMA journal_mode=WAL on a rollback database while another connection is about to write (RESERVED)',
      soon: 'at once',
      why: 'If the others only read, or commit at that moment, it waits for them first. On a database that is in WAL mode already it changes nothing and does not contend with a writer.',
    },
    {
      situation: 'A network file system whose lock service does not answer or has no lock to give (ENOLCK)',
      soon: 'after the busy timeout',
      why: 'SQLite takes it for a busy lock, although nobody holds one. Read in the source; not seen.',
    },
    {
      situation: 'One of the other texts of this code',
      soon: 'at once',
      why: 'The conflict is inside the connection: a statement of it is not finished. No other process has a part in it.',
    },
  ],
  certainty: `${MEASURED} Code 5 alone does not say whether SQLite waited; only the time does. Drivers that show primary codes only say 5 for 261 and 517 too. dblock sees from outside who holds a lock, never who waits for one.`,
  now: {
    text: 'If it came at once, inside a transaction: ROLLBACK, then run the whole transaction again, beginning with BEGIN IMMEDIATE. If it came after the busy timeout: see who holds the lock while it happens. Never delete the -wal, -shm or -journal file to "unlock" a database: that loses commits or corrupts it.',
    commands: ['dblock locks app.db', 'dblock doctor app.db'],
  },
  later:
    'Begin every transaction that may write with BEGIN IMMEDIATE: then the wait is at its beginning, and the busy timeout counts. Set the busy timeout on each connection, before any other statement, to 5 seconds or more. Keep transactions short: no network call, no waiting, no user between BEGIN and COMMIT. Read cursors to their end. Use WAL mode, so that readers and the writer do not wait for each other.',
  related: [
    'database is locked',
    'SQLITE_BUSY_SNAPSHOT',
    'WRITE',
    'RESERVED',
    'PENDING',
    'write-lock-held',
    'commit-waits-for-readers',
    'exclusive-locking',
    'busy-timeout-missing',
    'deferred-upgrade',
    'connection-churn',
    'upgrade-from-read',
    'timeout-not-set',
    'long-transaction',
  ],
  sources: [
    'https://www.sqlite.org/rescode.html#busy',
    'https://www.sqlite.org/lang_transaction.html',
    'https://www.sqlite.org/c3ref/busy_timeout.html',
    'main.c: sqliteDefaultBusyCallback, sqlite3InvokeBusyHandler',
    'btree.c: btreeBeginTrans',
    'os_unix.c: sqliteErrorFromPosixError',
  ],
};

export const busySnapshot: CodeText = {
  name: 'SQLITE_BUSY_SNAPSHOT',
  title: 'The transaction has read an old state, and somebody has committed since',
  summary: 'A transaction that has read wants to write, and another connection has committed since',
  meaning:
    'In WAL mode a transaction sees the database as it was at its first read. It now wants to write, but another connection has committed meanwhile. What it read is out of date, so SQLite refuses the write. The busy timeout has no part in it: no waiting makes an old snapshot new. Nothing is lost; the transaction is still open, and it can still read.',
  otherTexts: [],
  situations: [
    {
      situation: 'BEGIN, SELECT, another connection commits, then a write',
      soon: 'at once',
      why: 'Any commit counts, also one to other tables.',
    },
    {
      situation: 'A SELECT with unread rows, another connection commits, then a write on the same connection',
      soon: 'at once',
      why: 'The open cursor holds the old snapshot, without any BEGIN.',
    },
    {
      situation: 'Python 3.12 and later with autocommit=False',
      soon: 'at once',
      why: 'The next transaction is opened as soon as the last one ends, and a SELECT starts its snapshot.',
    },
    {
      situation: 'better-sqlite3: db.transaction(fn) when fn reads first and writes later',
      soon: 'at once',
      why: 'It begins DEFERRED unless it is called as .immediate().',
    },
  ],
  certainty:
    'Certain: this code has one cause (sqlite3WalBeginWriteTransaction in wal.c), and it was reproduced with SQLite 3.40.1 and 3.53.2. It leaves no trace in the files, so dblock cannot see from outside that it happened. Drivers that show primary codes only say 5.',
  now: {
    text: 'End the transaction with ROLLBACK, then run all of it again, reads included. To repeat the failed statement alone can never succeed.',
    commands: ['ROLLBACK;', 'BEGIN IMMEDIATE;'],
  },
  later:
    "Begin with BEGIN IMMEDIATE every transaction that may write. It waits for the write lock first, with the busy timeout, and reads the newest state after that. In Python's legacy transaction control: isolation_level='IMMEDIATE'; in better-sqlite3: db.transaction(fn).immediate(). A longer busy timeout does not help. A loop that repeats only the statement does not help either.",
  related: [
    'database is locked',
    'SQLITE_BUSY',
    'WRITE',
    'READ1-READ4',
    'deferred-upgrade',
    'stale-snapshot',
    'claim-race',
  ],
  sources: [
    'https://www.sqlite.org/rescode.html#busy_snapshot',
    'https://www.sqlite.org/isolation.html',
    'https://www.sqlite.org/lang_transaction.html',
    'wal.c: sqlite3WalBeginWriteTransaction',
    'btree.c: btreeBeginTrans',
  ],
};

export const busyRecovery: CodeText = {
  name: 'SQLITE_BUSY_RECOVERY',
  title: 'Another connection is rebuilding the WAL index',
  summary: 'Another connection rebuilds the WAL index after a crash or a restart',
  meaning:
    'The first connection to a WAL database after a crash reads the whole WAL and rebuilds the index in the -shm file. Until it has finished, nobody else can read or write. SQLite waits for that with the busy timeout. Nothing is lost: committed transactions are what the recovery brings back.',
  otherTexts: [],
  situations: [
    {
      situation: 'Opening or reading while another process recovers a large WAL',
      soon: 'after the busy timeout',
      why: 'Measured: 2,005 ms with a timeout of 2 s.',
    },
    {
      situation: 'The same with a busy timeout of 0',
      soon: 'at once',
      why: 'Also seen where several processes open and close the database all the time: then it is rare, and soon over.',
    },
    {
      situation: 'The recovering process is stopped, or hangs on the disk',
      soon: 'after the busy timeout',
      why: 'And again each time, until that process goes on or ends.',
    },
  ],
  certainty: `Certain that the recovery lock was held at that moment. ${MEASURED} Drivers that show primary codes only say 5.`,
  now: {
    text: 'Let it finish. If it does not, see who holds RECOVER and whether that process is stopped (state T) or waits for the disk (D); if it must be ended, the next process starts the recovery again.',
    commands: ['dblock locks app.db', 'dblock doctor app.db --only stopped-lock-holder,leftover-wal'],
  },
  later:
    'Set the busy timeout before any other statement. Keep one connection open for as long as the application runs, so that the index need not be rebuilt. Keep the WAL small: a recovery reads all of it.',
  related: [
    'database is locked',
    'RECOVER',
    'DMS',
    'stopped-lock-holder',
    'leftover-wal',
    'connection-churn',
    'open-close-churn',
  ],
  sources: [
    'https://www.sqlite.org/rescode.html#busy_recovery',
    'https://www.sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode',
    'https://www.sqlite.org/walformat.html#recovery',
    'wal.c: walTryBeginRead, walIndexRecover',
  ],
};

export const busyTimeout: CodeText = {
  name: 'SQLITE_BUSY_TIMEOUT',
  title: 'A blocking lock request ran out of time',
  summary: 'Inside builds with blocking locks; applications get 5',
  meaning:
    'Only builds with SQLITE_ENABLE_SETLK_TIMEOUT use it, between the file layer and the rest. SQLite turns it into SQLITE_BUSY (5) before it returns, so a log should never show it.',
  otherTexts: [],
  situations: [
    {
      situation: 'A build with blocking locks waited for a lock of the WAL index and did not get it',
      soon: 'never seen',
      why: 'The application gets 5, after the busy timeout.',
    },
  ],
  certainty:
    'Read in the source of SQLite 3.53.2; not seen in any log. How builds of vendors with blocking locks of their own behave (Apple) is not verified.',
  now: {
    text: 'Treat it as SQLITE_BUSY that came after the busy timeout: see who holds the lock.',
    commands: ['dblock locks app.db'],
  },
  later: 'The same as for SQLITE_BUSY.',
  related: ['SQLITE_BUSY'],
  sources: [
    'https://www.sqlite.org/rescode.html#busy_timeout',
    'https://www.sqlite.org/compile.html',
    'wal.c: walBusyLock, sqlite3WalCheckpoint',
    'btree.c: btreeBeginTrans',
  ],
};
