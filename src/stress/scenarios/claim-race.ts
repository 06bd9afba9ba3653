import type { ActorPlan, RunPlan } from '../plan.js';
import { type Scenario, scenarioLoad, withActor } from './scenario.js';

const ID = 'claim-race';
/** A thirtieth of the incident's. */
const BUSY_TIMEOUT_MS = 1000;
/** Longer than the timeout: that is when errors come one timeout later. */
const FEED_MS = 1400;
const FEED_EVERY_MS = 800;
const load = {
  busyTimeoutMs: BUSY_TIMEOUT_MS,
  isolation: 'thread',
  // the work of a job, outside of any transaction
  pace: { kind: 'closed', thinkMs: 20 },
  end: { kind: 'duration', durationMs: 7000 },
} as const;

/** The feed discovery: beside the workers, and with its own kind of transaction. */
function discovering(discovery: Partial<ActorPlan>, holdMs: number, batch: number) {
  return (plan: RunPlan): RunPlan =>
    withActor(plan, 'discovery', (worker) => {
      if (worker.program.kind !== 'transactions') return worker;
      const { program } = worker;
      const facts = { ...program.facts, part: 'discovery', pauses: true };
      return { ...worker, ...discovery, program: { ...program, holdMs, batch, facts } };
    });
}

export const claimRace: Scenario = {
  id: ID,
  title: 'Workers select a job, then update it: locked far sooner than the timeout, jobs left running',
  hypothesis:
    '4 workers, threads of one process, with a new connection for each step and a busy timeout of 1 s (a thirtieth of the 30 s in the incident), select the next job, and 2 ms later, in a deferred transaction that reads again, set it to running; after 20 ms of work another such transaction sets it to done, or, if that fails, one without a read sets it to failed. Each holds the lock for 2 ms. The feed discovery pauses the workers, and adds 50 jobs in one transaction that lasts 1.4 s, because it fetches the feed meanwhile. Expected: errors that come at once; errors that come one timeout later, for workers that had a job in hand; jobs that stay running, more of them than there are workers; and jobs that two workers claim.',
  cure: 'One statement claims (UPDATE … WHERE id = (SELECT …) RETURNING id), every transaction begins with BEGIN IMMEDIATE, which does wait for the lock, and the feed is fetched before the transaction begins.',
  incident:
    'a podcast transcriber with 4 worker threads: several "database is locked" a second at timeout=30, "6/4 running"',
  asFound: {
    load: scenarioLoad(ID, 'claim-race', { ...load, connection: { kind: 'per-operation' } }),
    cast: discovering({ startAfterMs: 500, pace: { kind: 'closed', thinkMs: FEED_EVERY_MS } }, FEED_MS, 50),
    expect: ['errors.instant>0', 'errors.timed-out>0', 'failure_rate>1%'],
    breaks: ['claimed-once', 'done-once', 'none-orphaned', 'running-at-once'],
  },
  asCured: {
    load: scenarioLoad(ID, 'atomic-claim', { ...load, begin: 'immediate' }),
    cast: discovering(
      { startAfterMs: 500, pace: { kind: 'closed', thinkMs: FEED_EVERY_MS + FEED_MS } },
      0,
      50,
    ),
    expect: ['errors<=0', 'failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s'],
    breaks: [],
  },
};
