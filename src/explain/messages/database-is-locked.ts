import type { MessageText } from './message.js';

export const databaseIsLocked: MessageText = {
  message: 'database is locked',
  title: 'One text for several errors: how long the statement took tells them apart',
  names: ['locked database', 'database locked'],
  phrases: [
    'The database file is locked',
    'BusyException',
    'SQLiteDatabaseLockedException',
    'the database failed to respond to a query within',
    'Timed out during query execution',
    'P1008',
    'database NAME is locked',
  ],
  meaning:
    'A statement needed a lock that another connection had. The same text stands for codes 5, 261 and 517, which need different cures. The busy timeout is asked in some of these cases and not in others, so take the time from the call of the statement to the error: on a clock of your own, or from the log.',
  decisions: [
    {
      failed:
        'At once, at a write in a transaction that has read before, or with a cursor that has unread rows',
      so: 'Another connection holds the write lock (5), or has committed since that read (517). SQLite never waits here.',
      cure: 'ROLLBACK, then run the whole transaction again, with BEGIN IMMEDIATE.',
    },
    {
      failed: 'At once, at BEGIN IMMEDIATE or at the first statement of a transaction',
      so: 'The busy timeout of this connection is 0: never set, set on another connection, or set after this statement.',
      cure: 'Set it on each connection, before any other statement.',
    },
    {
      failed: 'At once, at the statement after one that timed out',
      so: 'The spent waiting time of that one was still counted, because this one had to load the schema.',
      cure: 'Repeat it. What needs a cure is the one before.',
    },
    {
      failed: 'At once, at PRAGMA journal_mode',
      so: 'Leaving WAL mode while somebody else has the database open, or entering it while somebody else writes.',
      cure: 'Do it while nobody else has the database open.',
    },
    {
      failed: 'After about the busy timeout, at BEGIN IMMEDIATE or a write',
      so: 'SQLite waited. Somebody else held the write lock all that time.',
      cure: 'Run dblock locks while it happens: who is it, and what is it doing?',
    },
    {
      failed: 'After about the busy timeout, at COMMIT',
      so: 'Rollback mode: readers did not leave in time. The transaction is still open and keeps all others out.',
      cure: 'Repeat COMMIT, or ROLLBACK. Then end the long read, or switch to WAL mode.',
    },
    {
      failed: 'After about the busy timeout, at a SELECT',
      so: 'Rollback mode: somebody commits, or waits to. WAL mode: a recovery (261). Either: locking_mode=EXCLUSIVE.',
      cure: 'Run dblock locks: who holds PENDING, EXCLUSIVE or RECOVER?',
    },
    {
      failed: 'After several times the busy timeout',
      so: 'Several statements waited, each for its own timeout, or your code or driver tries again by itself.',
      cure: 'Time single statements. Retry whole transactions only, and not on top of a long timeout.',
    },
    {
      failed: 'After about 10 s, whatever the busy timeout is',
      so: 'Then the text is "locking protocol", another error: SQLITE_PROTOCOL (15).',
      cure: 'dblock explain 15',
    },
    {
      failed: 'At once, although the busy timeout is set, and it is less than 1,000 ms',
      so: 'Builds of SQLite around 3.40 without usleep() sleep whole seconds, so less than one is nothing. Rare.',
      cure: 'Set 1,000 ms or more.',
    },
    {
      failed: 'With a name in the text: "database NAME is locked"',
      so: 'DETACH inside a transaction that uses that database: code 1, and nobody else has a part in it.',
      cure: 'COMMIT or ROLLBACK, then DETACH.',
    },
  ],
  certainty:
    'The times were measured with real processes on Linux, with SQLite 3.40.1 and 3.53.2: BEGIN IMMEDIATE against a lock that was never freed, with a timeout of 3 s, failed after 3,007 ms; BEGIN, SELECT, UPDATE in the same place failed after less than 1 ms, with 3 s as with 30 s. So BEGIN IMMEDIATE does use the busy timeout. A wait may end up to 100 ms late, because SQLite looks again at intervals, and there is no queue: others may come first. That usleep() is missing in a build was read in the source only.',
  now: {
    text: 'Never delete the -wal, -shm or -journal file to "unlock" a database: that loses commits or corrupts it. If errors come after the timeout, look while it happens; if they come at once, look at the code.',
    commands: ['dblock locks app.db', 'dblock doctor app.db'],
  },
  later:
    'On each connection, before anything else: a busy timeout of 5 seconds or more. For each transaction that may write: BEGIN IMMEDIATE. No network call and no waiting inside a transaction. Cursors read to their end. WAL mode. Log the exact code and the time that the statement took: without both, the next incident starts here again.',
  related: [
    'SQLITE_BUSY',
    'SQLITE_BUSY_SNAPSHOT',
    'SQLITE_BUSY_RECOVERY',
    'SQLITE_PROTOCOL',
    'database table is locked',
    'WRITE',
    'PENDING',
    'write-lock-held',
    'commit-waits-for-readers',
    'exclusive-locking',
    'busy-timeout-missing',
    'deferred-upgrade',
    'connection-churn',
    'dotfile-lock',
    'upgrade-from-read',
    'timeout-not-set',
    'long-transaction',
    'claim-race',
  ],
  sources: [
    'https://www.sqlite.org/rescode.html#busy',
    'https://www.sqlite.org/lang_transaction.html',
    'https://www.sqlite.org/c3ref/busy_timeout.html',
    'https://www.sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode',
    'main.c: sqliteDefaultBusyCallback, sqlite3InvokeBusyHandler',
    'btree.c: btreeBeginTrans',
    'prepare.c: sqlite3LockAndPrepare',
  ],
};
