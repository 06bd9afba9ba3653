import { type Scenario, scenarioLoad } from './scenario.js';

const ID = 'batch-herd';
const end = { kind: 'transactions', perWriter: 5 } as const;

export const batchHerd: Scenario = {
  id: ID,
  title: 'Seventeen writers keep their transactions open while they work',
  hypothesis:
    '17 writers write 5 batches of 5 rows each, and do 20 ms of other work inside each transaction. Expected: with one lock for all, 85 transactions of 20 ms take at least 1.7 s, in which 16 of 17 wait: 20 ms on average is far exceeded.',
  cure: 'The work is done before the transaction begins, and BEGIN IMMEDIATE asks for the lock: it is held for the writes only.',
  incident: 'a topic pipeline: 17 topics, batches of 5, transactions held open while content is generated',
  asFound: {
    load: scenarioLoad(ID, 'insert', { writers: 17, batch: 5, holdMs: 20, end }),
    expect: ['wait.avg>20ms', 'wait.max>100ms', 'hold.p50>=20ms', 'failure_rate<=0%'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', {
      ...{ writers: 17, batch: 5, holdMs: 0, begin: 'immediate', end },
      pace: { kind: 'closed', thinkMs: 20 },
    }),
    expect: ['failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s', 'hold.p50<20ms', 'committed>=85'],
    breaks: [],
  },
  page: {
    names: ['transaction around slow work', 'thundering herd'],
    symptoms:
      'Nothing fails at first: everything gets slow together, and slower with each writer. A write that takes 1 ms alone waits for seconds, mostly at its first statement. Where the queue becomes longer than the timeout, "database is locked" comes exactly one timeout later, and retries with a backoff make it last longer still.',
    log: [
      '05:34:34.400 topic-14: batch 1: waited 8.242 s, wrote for 0.101 s',
      '05:34:35.003 topic-16: batch 1: waited 8.842 s, wrote for 0.103 s',
      '05:34:35.609 topic-17: batch 1: waited 9.450 s, wrote for 0.101 s',
    ],
    mechanism:
      'There is one write lock for the whole database, and a transaction has it from its first write to its COMMIT. Whatever else is done in between (text that is generated, a page that is fetched, a file that is read) counts as well: 17 writers with 5 transactions of 100 ms each need 8.5 s of lock, one after the other. Who waits looks again after 1, 2, 5, 10 … 100 ms, and there is no queue, so some wait for nearly all of it. WAL mode does not help here: it keeps readers and the writer apart, not two writers. Nor does a retry: it adds pauses, and no capacity. The rate of the transactions times the time that each holds the lock must stay well below 1.',
    certainty:
      'Ran with 17 threads of Python 3.11 and SQLite 3.40.1, 5 transactions each with 100 ms of other work inside: 0.9 s of waiting on average, 9.5 s at most, and no error at a timeout of 30 s; at a timeout of 5 s writers failed. How much moving the work out gains depends on how long it is: dblock stress measures it.',
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
