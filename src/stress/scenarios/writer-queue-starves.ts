import { type Scenario, scenarioLoad } from './scenario.js';

const ID = 'writer-queue-starves';

export const writerQueueStarves: Scenario = {
  id: ID,
  title: 'SQLite has no queue: who has just written writes again, and others wait',
  hypothesis:
    '8 writers hold the lock for 2 ms each and begin again at once. SQLite does not hand the lock over: who waits looks again after 1, 2, 5, … 100 ms. Expected: few have most of the commits (fairness below 0.7).',
  cure: 'One process writes, and takes what the others send in the order in which it comes.',
  incident: null,
  asFound: {
    load: scenarioLoad(ID, 'insert', { writers: 8, begin: 'immediate' }),
    expect: ['fairness<0.7', 'errors<=0'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', { writers: 8, begin: 'immediate', writerQueue: true }),
    expect: ['fairness>0.75', 'errors<=0', 'failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s'],
    breaks: [],
  },
  page: {
    names: ['unfair', 'no fairness'],
    symptoms:
      'Of several equal workers one or two do nearly everything; the others wait, and now and then one of them fails after its whole timeout, though each transaction takes milliseconds. The sum looks healthy.',
    log: [
      'worker 7: 1301 jobs, longest wait 5.023 s, 1 failed',
      'worker 1: 2400 jobs, longest wait 2.833 s, 0 failed',
      'worker 3: 1 jobs, longest wait 5.028 s, 1 failed',
      'worker 4: 1 jobs, longest wait 5.029 s, 1 failed',
      'worker 5: 1 jobs, longest wait 5.007 s, 1 failed',
      'worker 8: 1 jobs, longest wait 5.009 s, 1 failed',
      'worker 2: 1 jobs, longest wait 5.022 s, 1 failed',
      'worker 6: 1 jobs, longest wait 5.007 s, 1 failed',
    ],
    mechanism:
      'SQLite keeps no queue of those who wait. Who finds the lock taken sleeps 1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50 and then 100 ms each, and looks again. Who has just committed asks again after microseconds and finds it free. The longer somebody has waited, the more rarely he looks: those who are behind fall further behind, until their timeout is over.',
    certainty:
      'Ran for 8 s with eight processes of Python 3.11, SQLite 3.40.1, timeout 5 s, that hold the lock for 2 ms and begin again at once: the lines above are all of its output. How unfair it gets depends on the machine and on the pauses between two transactions of one writer.',
    now: {
      text: 'Measure it rather than guess: the load of your own application, with the fairness and the longest wait of each writer.',
      commands: ['dblock stress app.db --writers 8'],
    },
    later:
      'Let one process or thread write, and hand it the work in the order in which it comes; or commit several small writes together. A pause after each commit that is as long as the transaction gives the others their chance. A longer timeout only moves the failure.',
    related: ['SQLITE_BUSY', 'WRITE', 'batch-herd', 'long-scan'],
    sources: [
      'https://www.sqlite.org/c3ref/busy_timeout.html',
      'https://www.sqlite.org/c3ref/busy_handler.html',
      'main.c: sqliteDefaultBusyCallback',
    ],
  },
};
