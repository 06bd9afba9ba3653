import type { ActorPlan, RunPlan } from '../plan.js';
import { type Scenario, scenarioLoad } from './scenario.js';

const ID = 'long-scan';

/** The first writer scans: 250 rows, and so long inside its transaction. */
function scanning(holdMs: number, batch: number): (plan: RunPlan) => RunPlan {
  const scanner = (actor: ActorPlan): ActorPlan => {
    if (actor.program.kind !== 'transactions' || actor.index > 0) return actor;
    return { ...actor, name: 'scanner', program: { ...actor.program, holdMs, batch } };
  };
  return (plan) => ({ ...plan, actors: plan.actors.map(scanner) });
}

export const longScan: Scenario = {
  id: ID,
  title: 'One transaction lasts longer than the others can wait',
  hypothesis:
    'A library scan writes 250 rows in a transaction of 1.2 s, again and again; 8 workers write single rows with a timeout of 400 ms (a hundredth or so of the minutes and the 60 s of the incident). Expected: writes time out, each after its whole timeout.',
  cure: 'The scan commits every 10 rows and works outside of its transactions.',
  incident:
    'a music library: a scan that holds one transaction for minutes beside more than eight workers, 60 s timeout',
  asFound: {
    load: scenarioLoad(ID, 'insert', {
      writers: 9,
      begin: 'immediate',
      busyTimeoutMs: 400,
      holdMs: 0,
      ...pauses(),
    }),
    cast: scanning(1200, 250),
    expect: ['errors.timed-out>0', 'errors.instant<=0', 'wait.max>=399ms'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', {
      writers: 9,
      begin: 'immediate',
      busyTimeoutMs: 10_000,
      holdMs: 0,
      ...pauses(),
    }),
    cast: scanning(0, 10),
    expect: ['failure_rate<=0%'],
    breaks: [],
  },
  page: {
    names: ['long write transaction', 'import in one transaction'],
    symptoms:
      'While an import, a scan or a migration runs, everybody else fails, each after exactly its busy timeout; before and after it nothing ever does. Reads go on in WAL mode. A longer timeout makes the errors rarer and everything slower.',
    log: [
      'sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database is locked',
      '[SQL: INSERT INTO plays VALUES(?,?)]',
      "[parameters: (1, 'now')]",
      '(Background on this error at: https://sqlalche.me/e/14/e3q8)',
    ],
    mechanism:
      'A transaction holds the write lock from its first write to its COMMIT. A scan that writes a row, reads the next file, writes again, and commits at the end holds it for minutes, though it uses it for milliseconds. The others do wait, as they should, for their whole timeout, and then fail. A session that several tasks share makes it worse: its transaction is the sum of theirs, and ends when the last of them commits.',
    certainty:
      'Ran with SQLAlchemy 1.4.46 on Python 3.11, SQLite 3.40.1: with a timeout of 2 s the error came after 2,004 ms. The wait may be up to a few milliseconds longer than the timeout, because SQLite counts only its sleeps.',
    now: {
      text: 'While it happens, see which process holds WRITE and since when. Ended by a signal it loses nothing that was committed: SQLite rolls its transaction back.',
      commands: ['dblock locks app.db', 'dblock doctor app.db'],
    },
    later:
      'Read and prepare outside of the transaction; commit every few rows, or every few milliseconds of lock, with a pause of some milliseconds between two transactions: those who wait look for the lock up to 100 ms apart, and need the gap to see. A session for each job, none that is shared. Remember how far the scan came, so that it can go on after a crash in the middle.',
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
      'https://docs.sqlalchemy.org/en/20/dialects/sqlite.html',
      'main.c: sqliteDefaultBusyCallback',
    ],
  },
};

function pauses() {
  return { pace: { kind: 'closed', thinkMs: 10 }, end: { kind: 'duration', durationMs: 3000 } } as const;
}
