import type { ActorPlan, RunPlan } from '../plan.js';
import { pragmasOf, type Scenario, scenarioLoad } from './scenario.js';

const ID = 'commit-behind-readers';

function reading(forMs: number): (plan: RunPlan) => RunPlan {
  const change = (actor: ActorPlan): ActorPlan =>
    actor.program.kind === 'reads' ? { ...actor, program: { ...actor.program, forMs } } : actor;
  return (plan) => ({ ...plan, actors: plan.actors.map(change) });
}

export const commitBehindReaders: Scenario = {
  id: ID,
  title: 'In rollback mode COMMIT waits for every reader, and may give up',
  hypothesis:
    'One writer in journal mode DELETE with a timeout of 200 ms; 2 readers stay in their transactions for 1 s. Expected: commits that time out, because a commit needs the database to itself.',
  cure: 'WAL: readers and the writer are not in each other’s way.',
  incident:
    'an assistant with a task queue: a database in DELETE mode whose connections are held for up to 300 s',
  asFound: {
    load: scenarioLoad(ID, 'insert', {
      ...{ writers: 1, readers: 2, begin: 'immediate', busyTimeoutMs: 200, holdMs: 0 },
      ...{ pragmas: pragmasOf('delete'), end: { kind: 'duration', durationMs: 3000 } },
    }),
    cast: reading(1000),
    expect: ['errors.timed-out>0', 'failure_rate>1%'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', {
      ...{ writers: 1, readers: 2, begin: 'immediate', busyTimeoutMs: 200, holdMs: 0 },
      pace: { kind: 'closed', thinkMs: 5 },
    }),
    cast: reading(1000),
    expect: ['errors<=0'],
    breaks: [],
  },
};
