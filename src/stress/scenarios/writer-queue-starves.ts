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
    expect: ['fairness>0.75', 'errors<=0'],
    breaks: [],
  },
};
