import type { ActorPlan, RunPlan } from '../plan.js';
import { type Scenario, scenarioLoad } from './scenario.js';

const ID = 'long-scan';

/** The first writer scans: 250 rows, and so long inside its transaction. */
function scanning(holdMs: number, batch: number): (plan: RunPlan) => RunPlan {
  const scanner = (actor: ActorPlan): ActorPlan => {
    if (actor.program.kind !== 'transactions' || actor.index > 0) return actor;
    return { ...actor, name: 'scanner', program: { ...actor.program, holdMs, batch } };
  };
  return (plan) => ({ ...plan, actors: plan.actors.map(scanner) });
}

export const longScan: Scenario = {
  id: ID,
  title: 'One transaction lasts longer than the others can wait',
  hypothesis:
    'A library scan writes 250 rows in a transaction of 1.2 s, again and again; 8 workers write single rows with a timeout of 400 ms (a hundredth or so of the minutes and the 60 s of the incident). Expected: writes time out, each after its whole timeout.',
  cure: 'The scan commits every 10 rows and works outside of its transactions.',
  incident:
    'a music library: a scan that holds one transaction for minutes beside more than eight workers, 60 s timeout',
  asFound: {
    load: scenarioLoad(ID, 'insert', {
      writers: 9,
      begin: 'immediate',
      busyTimeoutMs: 400,
      holdMs: 0,
      ...pauses(),
    }),
    cast: scanning(1200, 250),
    expect: ['errors.timed-out>0', 'errors.instant<=0', 'wait.max>=399ms'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', {
      writers: 9,
      begin: 'immediate',
      busyTimeoutMs: 10_000,
      holdMs: 0,
      ...pauses(),
    }),
    cast: scanning(0, 10),
    expect: ['failure_rate<=0%'],
    breaks: [],
  },
};

function pauses() {
  return { pace: { kind: 'closed', thinkMs: 10 }, end: { kind: 'duration', durationMs: 3000 } } as const;
}
