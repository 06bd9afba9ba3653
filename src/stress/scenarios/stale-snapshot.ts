import { type Scenario, scenarioLoad } from './scenario.js';

const ID = 'stale-snapshot';

export const staleSnapshot: Scenario = {
  id: ID,
  title: 'Somebody commits between the read and the write: SQLITE_BUSY_SNAPSHOT',
  hypothesis:
    '4 writers begin, read a row of their own, think for 3 ms, and write it. Nobody holds the lock for long, and the rows are different ones. Expected: SQLITE_BUSY_SNAPSHOT, at once, for each transaction that had read before another one committed: waiting would not help it.',
  cure: 'BEGIN IMMEDIATE: what a transaction has read stays the newest state until it commits.',
  incident: null,
  asFound: {
    load: scenarioLoad(ID, 'slow-read', { holdMs: 0 }),
    expect: ['errors.snapshot>0', 'errors.timed-out<=0', 'failure_rate>1%'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'slow-read', { begin: 'immediate', holdMs: 0 }),
    expect: ['errors<=0', 'failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s'],
    breaks: [],
  },
  page: {
    names: ['snapshot conflict'],
    symptoms:
      '"database is locked" within a millisecond, although nobody holds a lock for long, and even where the writers change different rows. The exact code, if the driver gives it, is SQLITE_BUSY_SNAPSHOT (517). Repeating the statement fails again, every time, until the transaction is rolled back.',
    log: [
      'SqliteError: database is locked',
      '    at file:///srv/app/snap.mjs:12:68',
      '    at sqliteTransaction (…/better-sqlite3/lib/methods/transaction.js:65:24)',
      "  code: 'SQLITE_BUSY_SNAPSHOT'",
    ],
    mechanism:
      'In WAL mode a transaction sees the database as it was at its first read. If another connection commits after that, this transaction may read on, but it can no longer write: its changes would be made to a state that is no longer the newest. SQLite takes the write lock, sees that the WAL has grown since the read, gives the lock back and returns SQLITE_BUSY_SNAPSHOT. It looks at the whole database, not at rows or tables, so unrelated writes collide too. No waiting makes an old snapshot new: the busy timeout is not asked.',
    certainty:
      'Ran with better-sqlite3 12.11, SQLite 3.53.2, and its default timeout of 5 s: the error came after 0.1 ms. In Python 3.11, SQLite 3.40.1, the statement failed a second time with the same code. In rollback mode there is no such code: there the other one cannot commit while this one reads.',
    now: {
      text: 'ROLLBACK, then run the whole transaction again from its first read: what it read has changed.',
      commands: ['dblock explain SQLITE_BUSY_SNAPSHOT'],
    },
    later:
      'BEGIN IMMEDIATE for every transaction that may write: what it has read stays the newest state until it commits. In better-sqlite3 that is db.transaction(fn).immediate(). Where the reading takes long, read outside of the transaction and check in it, in the WHERE clause of the UPDATE, that nothing has changed.',
    related: ['SQLITE_BUSY_SNAPSHOT', 'SQLITE_BUSY', 'deferred-upgrade', 'upgrade-from-read', 'claim-race'],
    sources: [
      'https://www.sqlite.org/rescode.html#busy_snapshot',
      'https://www.sqlite.org/isolation.html',
      'wal.c: sqlite3WalBeginWriteTransaction',
    ],
  },
};
