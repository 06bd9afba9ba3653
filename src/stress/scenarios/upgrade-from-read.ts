import { type Scenario, scenarioLoad } from './scenario.js';

const ID = 'upgrade-from-read';

export const upgradeFromRead: Scenario = {
  id: ID,
  title: 'BEGIN, SELECT, UPDATE: SQLITE_BUSY at once, whatever the timeout',
  hypothesis:
    '4 writers run BEGIN, SELECT, UPDATE, COMMIT with 2 ms of work after the write, at busy_timeout 30 s. Expected: more than 1 % of the transactions fail, and none of them has waited 30 s.',
  cure: 'BEGIN IMMEDIATE takes the write lock before the read, where SQLite waits for it.',
  incident: null,
  asFound: {
    load: scenarioLoad(ID, 'read-modify-write', {}),
    expect: ['errors.instant>0', 'errors.timed-out<=0', 'failure_rate>1%'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'read-modify-write', { begin: 'immediate' }),
    expect: ['errors<=0', 'wait.max>1ms'],
    breaks: [],
  },
};
