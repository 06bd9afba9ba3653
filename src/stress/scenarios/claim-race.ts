import { type Scenario, scenarioLoad } from './scenario.js';

const ID = 'claim-race';
/** The work of a job, outside of any transaction. */
const WORK = { kind: 'closed', thinkMs: 4 } as const;

export const claimRace: Scenario = {
  id: ID,
  title: 'Workers select a job, then update it: locked far sooner than the timeout, jobs left running',
  hypothesis:
    '4 workers select the next job, and 2 ms later, in a deferred transaction that reads again, set it to running; another such transaction sets it to done. busy_timeout is 30 s and each transaction holds the lock for 2 ms. Expected: errors that come at once, jobs that stay running because they could not be marked done, and jobs that two workers claim.',
  cure: 'One statement claims: UPDATE … WHERE id = (SELECT …) RETURNING id, after BEGIN IMMEDIATE, which does wait for the lock.',
  incident:
    'a podcast transcriber with 4 worker threads: several "database is locked" a second at timeout=30, "6/4 running"',
  asFound: {
    load: scenarioLoad(ID, 'claim-race', { pace: WORK }),
    expect: ['errors.instant>0', 'failure_rate>1%', 'errors.timed-out<=0'],
    breaks: ['claimed-once', 'none-orphaned'],
  },
  asCured: {
    load: scenarioLoad(ID, 'atomic-claim', { begin: 'immediate', pace: WORK }),
    expect: ['errors<=0', 'failure_rate<1%', 'wait.max<30s'],
    breaks: [],
  },
};
