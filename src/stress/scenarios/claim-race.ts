import type { ActorPlan, RunPlan } from '../plan.js';
import { type Scenario, scenarioLoad, withActor } from './scenario.js';

const ID = 'claim-race';
/** A thirtieth of the incident's. */
const BUSY_TIMEOUT_MS = 1000;
/** Longer than the timeout: that is when errors come one timeout later. */
const FEED_MS = 1400;
const FEED_EVERY_MS = 800;
const load = {
  busyTimeoutMs: BUSY_TIMEOUT_MS,
  isolation: 'thread',
  // the work of a job, outside of any transaction
  pace: { kind: 'closed', thinkMs: 20 },
  end: { kind: 'duration', durationMs: 7000 },
} as const;

/** The feed discovery: beside the workers, and with its own kind of transaction. */
function discovering(discovery: Partial<ActorPlan>, holdMs: number, batch: number) {
  return (plan: RunPlan): RunPlan =>
    withActor(plan, 'discovery', (worker) => {
      if (worker.program.kind !== 'transactions') return worker;
      const { program } = worker;
      const facts = { ...program.facts, part: 'discovery', pauses: true };
      return { ...worker, ...discovery, program: { ...program, holdMs, batch, facts } };
    });
}

export const claimRace: Scenario = {
  id: ID,
  title: 'Workers select a job, then update it: locked far sooner than the timeout, jobs left running',
  hypothesis:
    '4 workers, threads of one process, with a new connection for each step and a busy timeout of 1 s (a thirtieth of the 30 s in the incident), select the next job, and 2 ms later, in a deferred transaction that reads again, set it to running; after 20 ms of work another such transaction sets it to done, or, if that fails, one without a read sets it to failed. Each holds the lock for 2 ms. The feed discovery pauses the workers, and adds 50 jobs in one transaction that lasts 1.4 s, because it fetches the feed meanwhile. Expected: errors that come at once; errors that come one timeout later, for workers that had a job in hand; jobs that stay running, more of them than there are workers; and jobs that two workers claim.',
  cure: 'One statement claims (UPDATE … WHERE id = (SELECT …) RETURNING id), every transaction begins with BEGIN IMMEDIATE, which does wait for the lock, up to the busy timeout, and is tried again after that; and the feed is fetched before the transaction begins.',
  incident:
    'a podcast transcriber with 4 worker threads: several "database is locked" a second at timeout=30, "6/4 running"',
  asFound: {
    load: scenarioLoad(ID, 'claim-race', { ...load, connection: { kind: 'per-operation' } }),
    cast: discovering({ startAfterMs: 500, pace: { kind: 'closed', thinkMs: FEED_EVERY_MS } }, FEED_MS, 50),
    expect: ['errors.instant>0', 'errors.timed-out>0', 'failure_rate>1%'],
    breaks: ['claimed-once', 'done-once', 'none-orphaned', 'running-at-once'],
  },
  asCured: {
    load: scenarioLoad(ID, 'atomic-claim', {
      ...{ ...load, begin: 'immediate' },
      // at a thirtieth of its timeout who is unlucky does not have the lock in time, once in some thousand times
      retry: { kind: 'backoff', baseMs: 50, capMs: 2000, jitterMs: 50, tries: 10 },
    }),
    cast: discovering(
      { startAfterMs: 500, pace: { kind: 'closed', thinkMs: FEED_EVERY_MS + FEED_MS } },
      0,
      50,
    ),
    expect: ['errors.instant<=0', 'failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s'],
    breaks: [],
  },
  page: {
    names: ['6/4 running', 'claimed twice'],
    phrases: ["generator didn't stop after throw()"],
    symptoms:
      'Several "database is locked" a second at timeout=30, each within a few milliseconds. Jobs stay running although nobody works on them, until more are running than there are workers ("6/4 running"). Now and then a job is done twice. The more workers, the more of it.',
    log: [
      '05:27:55.606 worker-1: job 58 not completed: database is locked (0.000 s)',
      '05:27:55.606 worker-1: job 58 not marked failed: database is locked (0.000 s)',
      '05:27:55.606 worker-4: job 59 not claimed: database is locked (0.000 s)',
      '05:27:55.608 worker-1: job 59 not claimed: database is locked (0.000 s)',
      "RuntimeError: generator didn't stop after throw()",
    ],
    mechanism:
      'A worker reads which job is next and then writes that the job is its own. At that write SQLite would have to make a writer of a reader, and there it never waits: if somebody else holds the write lock, it fails at once with SQLITE_BUSY, because each could wait for the other; if somebody has committed since the read, it fails at once with SQLITE_BUSY_SNAPSHOT, because what was read is old. The statements that mark a job as completed, or as failed, run in the same way and meet the same error: the job stays running. And where the SELECT and the UPDATE are not one transaction, nothing lies between them: two workers read the same job, and both claim it. Without any transaction there are no errors, but the double claims stay.',
    certainty:
      'Ran with 4 threads of Python 3.11, SQLite 3.40.1, a timeout of 30 s and 60 jobs: all errors came after less than 1 ms, 27 to 45 jobs stayed running, and 60 jobs were claimed 100 to 116 times. That BEGIN IMMEDIATE "fails at once and ignores busy_timeout" is not so: against a lock that was never freed it failed after 3,007 ms at a timeout of 3 s. Errors that come exactly one timeout after another are a different thing: there SQLite waited, and somebody held the write lock all that time.',
    now: {
      text: 'Find the jobs that nobody works on, and put them back: that is safe beside live workers. (dblock doctor sees them in queues that it knows, or that dblock.config.json declares.) Then log how long a failed statement took, which tells the two kinds of error apart.',
      commands: ['dblock requeue-orphans app.db', 'dblock doctor app.db'],
    },
    later:
      'Claim in one statement: UPDATE … WHERE id = (SELECT id … LIMIT 1) RETURNING *; or begin with BEGIN IMMEDIATE, then SELECT, then UPDATE. Mark the end of a job in the same way, and try that again until it is written. Do the work outside of transactions. All of this is what dblock recipe STACK --part jobs prints. Retry by calling a function again: a context manager made of a generator cannot run its body twice, and fails with "generator didn\'t stop after throw()".',
    related: [
      'SQLITE_BUSY',
      'SQLITE_BUSY_SNAPSHOT',
      'upgrade-from-read',
      'stale-snapshot',
      'orphaned-jobs',
      'more-running-than-workers',
      'deferred-upgrade',
      'queue-claim-scan',
    ],
    sources: [
      'https://www.sqlite.org/lang_transaction.html',
      'https://www.sqlite.org/lang_returning.html',
      'https://docs.python.org/3/library/contextlib.html#contextlib.contextmanager',
      'btree.c: btreeBeginTrans',
      'wal.c: sqlite3WalBeginWriteTransaction',
    ],
  },
};
