import { type Scenario, scenarioLoad } from './scenario.js';

const ID = 'timeout-not-set';

export const timeoutNotSet: Scenario = {
  id: ID,
  title: 'A connection without busy_timeout fails whenever somebody else writes',
  hypothesis:
    '4 writers with BEGIN IMMEDIATE hold the lock for 2 ms each, and have no busy timeout. Expected: failures at once, although everything else is right.',
  cure: 'PRAGMA busy_timeout, as the first statement of each connection.',
  incident:
    'an assistant with a task queue: the web server and its workers share a database at busy_timeout = 0',
  asFound: {
    load: scenarioLoad(ID, 'insert', { begin: 'immediate', busyTimeoutMs: 0 }),
    expect: ['errors.instant>0', 'errors.timed-out<=0', 'failure_rate>1%'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', { begin: 'immediate' }),
    expect: ['errors<=0', 'wait.max>1ms'],
    breaks: [],
  },
};
