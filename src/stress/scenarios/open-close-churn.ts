import { type Scenario, scenarioLoad } from './scenario.js';

const ID = 'open-close-churn';

export const openCloseChurn: Scenario = {
  id: ID,
  title: 'A connection for each operation, and journal_mode=WAL at each open',
  hypothesis:
    '6 writers open a connection, set journal_mode=WAL, insert a row and close, without a timeout. The last one to close takes the database to itself, checkpoints, and deletes the WAL. Expected: failures already at the opening.',
  cure: 'Each process keeps its connection, and sets a timeout first.',
  incident: 'a podcast transcriber and a topic pipeline: a new connection for each operation',
  asFound: {
    load: scenarioLoad(ID, 'insert', {
      writers: 6,
      busyTimeoutMs: 0,
      holdMs: 0,
      connection: { kind: 'per-operation' },
    }),
    expect: ['errors.instant>0', 'failure_rate>1%'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', {
      writers: 6,
      begin: 'immediate',
      holdMs: 0,
      end: { kind: 'transactions', perWriter: 200 },
    }),
    expect: ['errors<=0'],
    breaks: [],
  },
};
