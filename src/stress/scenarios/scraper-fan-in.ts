import type { RunPlan } from '../plan.js';
import { pragmasOf, type Scenario, scenarioLoad, unset } from './scenario.js';

const ID = 'scraper-fan-in';
const end = { kind: 'transactions', perWriter: 20 } as const;
/** The page is fetched. */
const pace = { kind: 'closed', thinkMs: 20 } as const;

function settingNothing(plan: RunPlan): RunPlan {
  return {
    ...plan,
    actors: plan.actors.map((actor) => ({ ...actor, connection: unset(actor.connection) })),
  };
}

export const scraperFanIn: Scenario = {
  id: ID,
  title: 'Ten writers, a connection for each write, no timeout, no retry',
  hypothesis:
    '10 processes (or threads: --isolation thread) write 20 rows each, 20 ms apart, opening and closing a connection for every one, in rollback mode and without a busy timeout; each transaction lasts 2 ms. Expected: of the 200 rows some are missing, because writes fail at once whenever somebody else writes; each is either there or was refused.',
  cure: 'WAL, a timeout of 30 s, a connection that is kept, BEGIN IMMEDIATE, and five retries from 100 ms, doubling: all 200 rows are there.',
  incident: 'a web scraper: for i in 1..5; … & done; wait',
  threadsToo: true,
  asFound: {
    load: scenarioLoad(ID, 'insert', {
      ...{ writers: 10, busyTimeoutMs: 0, end, pace, connection: { kind: 'per-operation' } },
      pragmas: pragmasOf('delete'),
    }),
    cast: settingNothing,
    expect: ['errors.instant>0', 'failure_rate>1%', 'committed<200', 'transactions>=200'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', {
      ...{ writers: 10, begin: 'immediate', end, pace },
      retry: { kind: 'backoff', baseMs: 100, capMs: 1600, jitterMs: 0, tries: 5 },
    }),
    expect: ['committed>=200', 'failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s'],
    breaks: [],
  },
  page: {
    names: ['missing rows', 'parallel script'],
    symptoms:
      'Rows are missing. The same script, started several times side by side, prints "database is locked" for some of its writes, at once, and goes on without that row or ends. The more of them run, the more is missing; run alone it never fails.',
    log: [
      '$ for i in 1 2 3 4 5; do ./save.sh $i & done; wait    # 6 INSERTs each',
      'Error: in prepare, database is locked (5)',
      'Error: in prepare, database is locked (5)',
      'Error: stepping, database is locked (5)',
      '…',
      "$ sqlite3 s.db 'SELECT count(*) FROM pages'",
      '7',
    ],
    mechanism:
      'Without a busy timeout SQLite does not wait at all. In rollback mode, which a new database has, a writer takes the whole database for itself to commit, and needs all readers gone for that: so a write fails if anybody else reads or writes at that moment, and a mere read fails while somebody commits. Each new connection reads the schema before its first statement, so even preparing one fails. The row is lost because the program does not look at the error, or ends at it.',
    certainty:
      'Ran with the sqlite3 shell 3.40.1: of 30 rows that five loops inserted side by side, 4 to 8 arrived. Its timeout is 0 unless .timeout sets it; that of Python’s sqlite3 and of better-sqlite3 is 5 s unless it is changed, that of node:sqlite and of the C library is 0.',
    now: {
      text: 'Count what arrived, and write the rest again with fewer processes at once.',
      commands: ['dblock doctor app.db', 'dblock fix app.db'],
    },
    later:
      'One module that opens the connection, and nothing else does: the busy timeout first, then WAL mode, and one connection for each process or thread that is kept. BEGIN IMMEDIATE for each write, and the whole transaction again after a lock error, a few times with pauses that differ. An error that is left at the end must be seen: exit with a code, and count the rows.',
    related: [
      'SQLITE_BUSY',
      'busy-timeout-missing',
      'rollback-journal',
      'connection-churn',
      'timeout-not-set',
      'open-close-churn',
      'commit-behind-readers',
    ],
    sources: [
      'https://www.sqlite.org/lockingv3.html',
      'https://www.sqlite.org/c3ref/busy_timeout.html',
      'https://www.sqlite.org/cli.html',
      'os_unix.c: unixLock',
      'pager.c: pager_wait_on_lock',
    ],
  },
};
