import type { ActorPlan, RunPlan } from '../plan.js';
import { pragmasOf, type Scenario, scenarioLoad, withActor } from './scenario.js';

const ID = 'long-scan';
/** A hundredth or so of the 60 s of the incident, and of its minutes. */
const BUSY_TIMEOUT_MS = 400;
const SCAN_MS = 1200;
const SCAN_EVERY_MS = 300;
/** What a worker asks of other services about its row. */
const WORK_MS = 20;
const SHARERS = 4;
const load = {
  writers: 8,
  begin: 'immediate',
  pace: { kind: 'closed', thinkMs: 10 },
  end: { kind: 'duration', durationMs: 4000 },
} as const;

/** Beside the workers, of whom the first share a session. */
function scanning(scanner: Partial<ActorPlan>, holdMs: number, batch: number, sharers: number) {
  return (plan: RunPlan): RunPlan =>
    withActor(
      { ...plan, actors: plan.actors.map((actor) => sharing(actor, sharers)) },
      'scanner',
      (worker) => {
        if (worker.program.kind !== 'transactions') return worker;
        const connection = { ...worker.connection, mode: { kind: 'persistent' } } as const;
        return {
          ...worker,
          ...scanner,
          connection,
          program: { ...worker.program, holdMs, batch, beforeMs: 0 },
        };
      },
    );
}

function sharing(actor: ActorPlan, sharers: number): ActorPlan {
  if (actor.role !== 'writer' || actor.index >= sharers) return actor;
  return { ...actor, connection: { ...actor.connection, mode: { kind: 'shared' } } };
}

export const longScan: Scenario = {
  id: ID,
  title: 'A scan holds the lock longer than others can wait, and a session that tasks share loses their rows',
  hypothesis:
    'A library scan writes 250 rows in a transaction of 1.2 s, every 1.5 s. 8 workers add a row, ask other services about it for 20 ms, and commit; 4 of them are tasks that share one session: each commit writes what all 4 have added, and one that fails rolls back what all 4 have added. The timeout is 400 ms (a hundredth or so of the minutes and the 60 s of the incident). Expected: writes time out, each after its whole timeout, and none before; and rows are missing whose commit had succeeded, because another task’s had failed in between.',
  cure: 'The scan commits every 10 rows, 10 ms apart; each worker has a session of its own; scan and workers do their other work before their transactions begin; synchronous=NORMAL.',
  incident:
    'a music library: a scan that holds one transaction for minutes beside more than eight workers, several of them with one session, 60 s timeout',
  asFound: {
    load: scenarioLoad(ID, 'insert', {
      ...{ ...load, busyTimeoutMs: BUSY_TIMEOUT_MS, holdMs: WORK_MS },
      pragmas: pragmasOf('wal', 'full'),
    }),
    cast: scanning({ pace: { kind: 'closed', thinkMs: SCAN_EVERY_MS } }, SCAN_MS, 250, SHARERS),
    expect: ['errors.timed-out>0', 'errors.instant<=0', 'failure_rate>1%', 'wait.max>=399ms'],
    breaks: ['rows-present'],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', {
      ...{ ...load, busyTimeoutMs: BUSY_TIMEOUT_MS, holdMs: 0 },
      pace: { kind: 'closed', thinkMs: load.pace.thinkMs + WORK_MS },
      pragmas: pragmasOf('wal', 'normal'),
    }),
    // 25 chunks for each 250 rows: the 1.5 s of a scan, and the pauses
    cast: scanning({ pace: { kind: 'closed', thinkMs: (SCAN_MS + SCAN_EVERY_MS) / 25 } }, 0, 10, 0),
    expect: ['errors<=0', 'failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s'],
    breaks: [],
  },
  page: {
    names: ['long write transaction', 'import in one transaction'],
    symptoms:
      'While an import, a scan or a migration runs, everybody else fails, each after exactly its busy timeout; before and after it nothing ever does. Reads go on in WAL mode. A longer timeout makes the errors rarer and everything slower. Of tasks that share a session more rows are missing than there were errors: their commit() had returned.',
    log: [
      'sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database is locked',
      '[SQL: INSERT INTO plays VALUES(?,?)]',
      "[parameters: (1, 'now')]",
      '(Background on this error at: https://sqlalche.me/e/14/e3q8)',
    ],
    mechanism:
      'A transaction holds the write lock from its first write to its COMMIT. A scan that writes a row, reads the next file, writes again, and commits at the end holds it for minutes, though it uses it for milliseconds. The others do wait, as they should, for their whole timeout, and then fail. A session that several tasks share makes it worse. What each of them adds waits in it until any of them commits: that writes it all, finished or not. Where the lock does not come in time, the one who asked gets the error, and its rollback() discards what all have added; the others commit an empty transaction, which succeeds.',
    certainty:
      'Ran with SQLAlchemy 1.4.46 on Python 3.11, SQLite 3.40.1: with a timeout of 2 s the error came after 2,004 ms. 4 tasks with one AsyncSession (add, 20 ms, commit one at a time, rollback on an error), for 5 s beside a scan as above: with 8 lock errors, 24 of 79 acknowledged rows were not there (SQLAlchemy 1.4.46), 24 of 88 (2.1.1); with a session each, none was missing. Without taking turns SQLAlchemy often, but not always, notices the concurrent use (InvalidRequestError, IllegalStateChangeError), and loses rows as well. The wait may be up to a few milliseconds longer than the timeout, because SQLite counts only its sleeps.',
    now: {
      text: 'While it happens, see which process holds WRITE and since when. Ended by a signal it loses nothing that was committed: SQLite rolls its transaction back.',
      commands: ['dblock locks app.db', 'dblock doctor app.db'],
    },
    later:
      'Read and prepare outside of the transaction; commit every few rows, or every few milliseconds of lock, with a pause of some milliseconds between two transactions: those who wait look for the lock up to 100 ms apart, and need the gap to see. A session for each job, none that is shared by tasks or threads: SQLAlchemy’s documentation forbids that, and its rollback() is everybody’s. Remember how far the scan came, so that it can go on after a crash in the middle.',
    related: [
      'write-lock-held',
      'WRITE',
      'SQLITE_BUSY',
      'batch-herd',
      'long-transaction',
      'writer-queue-starves',
      'stopped-lock-holder',
    ],
    sources: [
      'https://www.sqlite.org/lang_transaction.html',
      'https://www.sqlite.org/wal.html#concurrency',
      'https://docs.sqlalchemy.org/en/20/orm/session_basics.html#is-the-session-thread-safe-is-asyncsession-safe-to-share-in-concurrent-tasks',
      'https://docs.sqlalchemy.org/en/20/dialects/sqlite.html',
      'main.c: sqliteDefaultBusyCallback',
    ],
  },
};
