import { type Scenario, scenarioLoad } from './scenario.js';

const ID = 'open-close-churn';

export const openCloseChurn: Scenario = {
  id: ID,
  title: 'A connection for each operation, and journal_mode=WAL at each open',
  hypothesis:
    '6 writers open a connection, set journal_mode=WAL, insert a row and close, without a timeout. The last one to close takes the database to itself, checkpoints, and deletes the WAL. Expected: failures already at the opening, at PRAGMA journal_mode=WAL, where nothing is written yet.',
  cure: 'Each process keeps its connection, and sets a timeout first.',
  incident: 'a podcast transcriber and a topic pipeline: a new connection for each operation',
  asFound: {
    load: scenarioLoad(ID, 'insert', {
      writers: 6,
      busyTimeoutMs: 0,
      holdMs: 0,
      connection: { kind: 'per-operation' },
    }),
    expect: ['errors.opening>0', 'errors.timed-out<=0', 'failure_rate>1%'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', {
      writers: 6,
      holdMs: 0,
      end: { kind: 'transactions', perWriter: 200 },
    }),
    expect: ['errors<=0', 'failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s'],
    breaks: [],
  },
  page: {
    names: ['connection per operation', 'connection per request'],
    symptoms:
      '"database is locked" where nothing is written yet: at PRAGMA journal_mode=WAL, at the first SELECT after opening, even among readers. The -wal and -shm files appear and vanish all the time.',
    log: [
      '  File "/srv/app/churn.py", line 4, in save',
      "    db.execute('PRAGMA journal_mode=WAL')",
      'sqlite3.OperationalError: database is locked',
    ],
    mechanism:
      'The last connection to close a WAL database locks all of it, checkpoints, and deletes -wal and -shm. The next one to open makes them again, and while it builds the index it holds RECOVER and WRITE. Whoever comes at such a moment has to wait, even to read, and a connection that sets its timeout only later (after PRAGMA journal_mode=WAL, say) does not wait yet. A connection for each operation brings these moments about all the time, and reads the schema again each time.',
    certainty:
      'Ran with six processes that opened, set journal_mode=WAL, inserted and closed: at a timeout of 0, 1,183 operations worked and 53,580 failed at the PRAGMA, 29,124 at the INSERT and 11 with SQLITE_BUSY_RECOVERY; at a timeout of 5 s, 13,949 worked and none failed (SQLite 3.40.1). A single connection that stays open keeps the files; SQLite 3.40 still keeps others out for a moment at each close, 3.53 no longer does.',
    now: {
      text: 'Set the timeout before any other statement: that alone ends the errors. journal_mode=WAL is stored in the file and needs to be set once.',
      commands: ['dblock doctor app.db'],
    },
    later:
      'One connection for each process or thread that is opened once and kept; a pool that keeps at least one. The timeout first, then everything else.',
    related: [
      'connection-churn',
      'SQLITE_BUSY',
      'SQLITE_BUSY_RECOVERY',
      'timeout-not-set',
      'RECOVER',
      'leftover-wal',
    ],
    sources: [
      'https://www.sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode',
      'https://www.sqlite.org/c3ref/close.html',
      'wal.c: sqlite3WalClose, walIndexRecover',
      'os_unix.c: unixClose',
    ],
  },
};
