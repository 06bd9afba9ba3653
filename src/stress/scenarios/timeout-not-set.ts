import { type Scenario, scenarioLoad } from './scenario.js';

const ID = 'timeout-not-set';

export const timeoutNotSet: Scenario = {
  id: ID,
  title: 'A connection without busy_timeout fails whenever somebody else writes',
  hypothesis:
    '4 writers with BEGIN IMMEDIATE hold the lock for 2 ms each, and have no busy timeout. Expected: failures at once, although everything else is right.',
  cure: 'PRAGMA busy_timeout, as the first statement of each connection.',
  incident:
    'an assistant with a task queue: the web server and its workers share a database at busy_timeout = 0',
  asFound: {
    load: scenarioLoad(ID, 'insert', { begin: 'immediate', busyTimeoutMs: 0 }),
    expect: ['errors.instant>0', 'errors.timed-out<=0', 'failure_rate>1%'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', { begin: 'immediate' }),
    expect: ['errors<=0', 'wait.max>1ms', 'failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s'],
    breaks: [],
  },
  page: {
    names: ['busy timeout 0', 'no busy timeout'],
    symptoms:
      '"database is locked" at once, at any statement, BEGIN IMMEDIATE and single writes included, from one program or one place in it, while others that use the same database only wait a little.',
    log: [
      'SqliteError: database is locked',
      '    at file:///srv/app/to0.mjs:5:60',
      "  code: 'SQLITE_BUSY'",
      'Error: stepping, database is locked (5)',
    ],
    mechanism:
      'The busy timeout belongs to a connection and is stored nowhere. A connection that does not set it uses the default of its driver: 5 s in Python’s sqlite3 and in better-sqlite3, 0 in node:sqlite, in the sqlite3 shell and in the C library. At 0 SQLite tries once and returns. A setting that never arrives looks the same: a timeout that a pool or a framework takes for something else, or that is set after the first statement, which is the one that fails.',
    certainty:
      'Ran with better-sqlite3 12.11 (timeout: 0) and the sqlite3 shell 3.40.1, against a transaction that held the write lock. Nobody can see the timeout of another connection from outside: ask the connection itself (PRAGMA busy_timeout), or declare it in dblock.config.json.',
    now: {
      text: 'In the program that fails, print PRAGMA busy_timeout on the very connection that fails.',
      commands: ['dblock locks app.db'],
    },
    later:
      'PRAGMA busy_timeout = 5000, or the option of the driver, as the first statement of each connection, in the one place where all connections are opened. Retries on top are for what no timeout can help.',
    related: ['busy-timeout-missing', 'SQLITE_BUSY', 'open-close-churn', 'scraper-fan-in', 'mixed-journal'],
    sources: [
      'https://www.sqlite.org/c3ref/busy_timeout.html',
      'https://www.sqlite.org/pragma.html#pragma_busy_timeout',
      'https://docs.python.org/3/library/sqlite3.html#sqlite3.connect',
      'main.c: sqlite3_busy_timeout, sqlite3InvokeBusyHandler',
    ],
  },
};
