import { pragmasOf, type Scenario, scenarioLoad } from './scenario.js';

const ID = 'scraper-fan-in';
const end = { kind: 'transactions', perWriter: 20 } as const;

export const scraperFanIn: Scenario = {
  id: ID,
  title: 'Ten writers, a connection for each write, no timeout, no retry',
  hypothesis:
    '10 processes write 20 rows each, opening and closing a connection for every one, in rollback mode and without a busy timeout; each transaction lasts 2 ms. Expected: rows are missing, because writes fail at once whenever somebody else writes.',
  cure: 'WAL, a timeout of 30 s, a connection that is kept, BEGIN IMMEDIATE, and five retries from 100 ms, doubling: all 200 rows are there.',
  incident: 'a web scraper: for i in 1..5; … & done; wait',
  asFound: {
    load: scenarioLoad(ID, 'insert', {
      ...{ writers: 10, busyTimeoutMs: 0, end, connection: { kind: 'per-operation' } },
      pragmas: { ...pragmasOf('delete'), journalMode: null },
    }),
    expect: ['errors.instant>0', 'failure_rate>1%'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', {
      ...{ writers: 10, begin: 'immediate', end },
      retry: { kind: 'backoff', baseMs: 100, capMs: 1600, jitterMs: 0, tries: 5 },
    }),
    expect: ['failure_rate<=0%'],
    breaks: [],
  },
};
