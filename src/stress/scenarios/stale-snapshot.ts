import { type Scenario, scenarioLoad } from './scenario.js';

const ID = 'stale-snapshot';

export const staleSnapshot: Scenario = {
  id: ID,
  title: 'Somebody commits between the read and the write: SQLITE_BUSY_SNAPSHOT',
  hypothesis:
    '4 writers begin, read a row of their own, think for 3 ms, and write it. Nobody holds the lock for long, and the rows are different ones. Expected: a transaction that has read before another one committed cannot write any more, and waiting would not help it.',
  cure: 'BEGIN IMMEDIATE: what a transaction has read stays the newest state until it commits.',
  incident: null,
  asFound: {
    load: scenarioLoad(ID, 'slow-read', { holdMs: 0 }),
    expect: ['errors.instant>0', 'errors.timed-out<=0', 'failure_rate>1%'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'slow-read', { begin: 'immediate', holdMs: 0 }),
    expect: ['errors<=0'],
    breaks: [],
  },
};
