import type { ActorPlan, RunPlan } from '../plan.js';
import { pragmasOf, type Scenario, scenarioLoad } from './scenario.js';

const ID = 'batch-herd';
const load = {
  writers: 17,
  batch: 5,
  end: { kind: 'transactions', perWriter: 5 },
  retry: { kind: 'backoff', baseMs: 100, capMs: 1600, jitterMs: 0, tries: 10 },
} as const;
/** Inside of each transaction: content is generated. */
const WORK_MS = 20;
/** Until the next batch of a topic. */
const PAUSE_MS = 400;

/** Every second one has its connections from a helper that opens a new one each time. */
function withTwoHelpers({ actors, ...plan }: RunPlan): RunPlan {
  const opening = ({ connection, ...actor }: ActorPlan): ActorPlan => ({
    ...actor,
    connection: actor.index % 2 === 1 ? { ...connection, mode: { kind: 'per-operation' } } : connection,
  });
  return { ...plan, actors: actors.map(opening) };
}

export const batchHerd: Scenario = {
  id: ID,
  title: 'Seventeen writers keep their transactions open while they work',
  hypothesis:
    '17 writers write 5 batches of 5 rows each, 0.4 s apart. Each begins a deferred transaction, reads how far its topic is, writes a row, generates content for 20 ms, writes the other rows, and commits; every second one opens a connection for each batch. The busy timeout is 30 s, and after a lock error the batch is tried again, up to 10 times, after 0.1 s, doubling (here to 1.6 s at most). Expected: a transaction that has read does not wait for the lock, whatever the timeout: it fails at once, and sleeps for 0.1 s and more. The batches arrive, after about one retry each: far more than 0.1 s on average for 20 ms of lock.',
  cure: 'The content is generated before the transaction begins, and BEGIN IMMEDIATE asks for the lock, which waits for it instead of failing; one kind of connection, kept open, with synchronous=NORMAL.',
  incident: 'a topic pipeline: 17 topics, batches of 5, transactions held open while content is generated',
  // 50 to 150 ms a write, with 0 to 1 retries
  wanted: ['total.avg<150ms'],
  asFound: {
    load: scenarioLoad(ID, 'read-then-insert', {
      ...{ ...load, holdMs: WORK_MS, pace: { kind: 'closed', thinkMs: PAUSE_MS } },
      pragmas: pragmasOf('wal', 'full'),
    }),
    cast: withTwoHelpers,
    expect: [
      'errors.instant>0',
      'errors.timed-out<=0',
      'retry_rate>20%',
      'total.avg>100ms',
      'hold.p50>=20ms',
    ],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'read-then-insert', {
      ...{ ...load, holdMs: 0, begin: 'immediate', pace: { kind: 'closed', thinkMs: PAUSE_MS + WORK_MS } },
      pragmas: pragmasOf('wal', 'normal'),
    }),
    expect: [
      'errors<=0',
      'failure_rate<1%',
      'wait.avg<50ms',
      'wait.max<5s',
      'hold.p50<20ms',
      'committed>=85',
    ],
    breaks: [],
  },
  page: {
    names: ['transaction around slow work', 'thundering herd'],
    symptoms:
      'Nothing fails at first: everything gets slow together, and slower with each writer. A write that takes 1 ms alone waits for seconds, mostly at its first statement. Where the queue becomes longer than the timeout, "database is locked" comes exactly one timeout later, and retries with a backoff make it last longer still. Where the transactions read before they write, the errors come at once instead, and only the backoff is long: 1 to 3 retries and some 100 ms for each write.',
    log: [
      '05:34:34.400 topic-14: batch 1: waited 8.242 s, wrote for 0.101 s',
      '05:34:35.003 topic-16: batch 1: waited 8.842 s, wrote for 0.103 s',
      '05:34:35.609 topic-17: batch 1: waited 9.450 s, wrote for 0.101 s',
    ],
    mechanism:
      'There is one write lock for the whole database, and a transaction has it from its first write to its COMMIT. Whatever else is done in between (text that is generated, a page that is fetched, a file that is read) counts as well: 17 writers with 5 transactions of 100 ms each need 8.5 s of lock, one after the other. Who waits looks again after 1, 2, 5, 10 … 100 ms, and there is no queue, so some wait for nearly all of it. WAL mode does not help here: it keeps readers and the writer apart, not two writers. A transaction that has read before it writes does not even wait: it fails at once, whatever the timeout. A retry adds pauses, and no capacity: while all sleep, nobody uses the lock. The rate of the transactions times the time that each holds the lock must stay well below 1.',
    certainty:
      'Ran with 17 threads of Python 3.11 and SQLite 3.40.1, 5 transactions each with 100 ms of other work inside: 0.9 s of waiting on average, 9.5 s at most, and no error at a timeout of 30 s; at a timeout of 5 s writers failed. Where each reads first, as dblock stress plays it, nobody waits, and about half of all tries fail at once. How much moving the work out gains depends on how long it is: dblock stress measures it.',
    now: {
      text: 'See who holds the lock, and for how long. A stack dump of that process says which call it is in.',
      commands: ['dblock locks app.db', 'dblock doctor app.db'],
    },
    later:
      'Do the slow work first and keep its results; then BEGIN IMMEDIATE, all writes, COMMIT. All rows of a batch in one transaction, but only rows. Where many write at once, let one writer take them from a queue and commit several together. One kind of connection for the whole program: a second helper that opens its own has its own settings.',
    related: [
      'WRITE',
      'write-lock-held',
      'SQLITE_BUSY',
      'long-scan',
      'writer-queue-starves',
      'synchronous-full-in-wal',
    ],
    sources: [
      'https://www.sqlite.org/isolation.html',
      'https://www.sqlite.org/wal.html#concurrency',
      'https://www.sqlite.org/c3ref/busy_timeout.html',
      'main.c: sqliteDefaultBusyCallback',
    ],
  },
};
