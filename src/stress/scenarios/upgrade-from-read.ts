import { type Scenario, scenarioLoad } from './scenario.js';

const ID = 'upgrade-from-read';

export const upgradeFromRead: Scenario = {
  id: ID,
  title: 'BEGIN, SELECT, UPDATE: SQLITE_BUSY at once, whatever the timeout',
  hypothesis:
    '4 writers run BEGIN, SELECT, UPDATE, COMMIT with 2 ms of work after the write, at busy_timeout 30 s. Expected: more than 1 % of the transactions fail, and none of them has waited 30 s.',
  cure: 'BEGIN IMMEDIATE takes the write lock before the read, where SQLite waits for it.',
  incident: null,
  asFound: {
    load: scenarioLoad(ID, 'read-modify-write', {}),
    expect: ['errors.instant>0', 'errors.timed-out<=0', 'failure_rate>1%'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'read-modify-write', { begin: 'immediate' }),
    expect: ['errors<=0', 'wait.max>1ms', 'failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s'],
    breaks: [],
  },
  page: {
    names: ['read then write', 'read modify write', 'deferred transaction'],
    symptoms:
      '"database is locked" within a millisecond, at an UPDATE, INSERT or DELETE in a transaction that began with a SELECT. The busy timeout is set and makes no difference: 5 s or 30 s, the error comes at once.',
    log: [
      '  File "/srv/app/transfer.py", line 6, in <module>',
      "    db.execute('UPDATE accounts SET balance = ? WHERE id = 1', left)",
      'sqlite3.OperationalError: database is locked',
      'PDOException: SQLSTATE[HY000]: General error: 5 database is locked',
    ],
    mechanism:
      'BEGIN alone takes no lock. The SELECT makes the transaction a reader; the write must make it a writer while it stays a reader. If another connection holds the write lock then, SQLite does not call the busy handler: the other one may be waiting in turn for this reader to leave, and once it commits, this snapshot is too old to write anyway. It returns SQLITE_BUSY at once. The same happens to a write while another cursor of the connection still has unread rows, in SAVEPOINT, and in Python 3.12 with autocommit=False, where a transaction is always open.',
    certainty:
      'Ran with Python 3.11, SQLite 3.40.1: 0.03 ms at a timeout of 30 s, with the code SQLITE_BUSY; with PHP 8.2 and its timeout of 60 s, 0.1 ms. BEGIN IMMEDIATE in the same place waited, and went on 42 ms after a lock of 5 s was freed. In its old default mode Python begins a transaction only before INSERT, UPDATE and DELETE, so a SELECT that was fetched to its end, and then an UPDATE, do wait.',
    now: {
      text: 'ROLLBACK, then run the whole transaction again: repeating the statement alone may meet SQLITE_BUSY_SNAPSHOT. A longer timeout changes nothing.',
      commands: ['dblock locks app.db', 'dblock explain "database is locked"'],
    },
    later:
      'Begin every transaction that may write with BEGIN IMMEDIATE: db.transaction(fn).immediate() in better-sqlite3, isolation_level="IMMEDIATE" in Python, transaction_mode in Django 5.1 and in newer Laravel. dblock recipe has it for each stack. Read cursors to their end before the next write.',
    related: ['SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT', 'deferred-upgrade', 'stale-snapshot', 'claim-race'],
    sources: [
      'https://www.sqlite.org/lang_transaction.html',
      'https://www.sqlite.org/rescode.html#busy',
      'https://docs.python.org/3/library/sqlite3.html',
      'btree.c: btreeBeginTrans',
      'wal.c: sqlite3WalBeginWriteTransaction',
    ],
  },
};
