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
    expect: ['wait.avg>20ms', 'wait.max>100ms', 'failure_rate<=0%'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', {
      ...{ writers: 17, batch: 5, holdMs: 0, begin: 'immediate', end },
      pace: { kind: 'closed', thinkMs: 20 },
    }),
    expect: ['failure_rate<=0%', 'hold.p50<20ms'],
    breaks: [],
  },
};
