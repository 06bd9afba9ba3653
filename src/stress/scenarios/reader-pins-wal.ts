import type { ActorPlan, RunPlan } from '../plan.js';
import { type Scenario, scenarioLoad } from './scenario.js';

const ID = 'reader-pins-wal';
const end = { kind: 'transactions', perWriter: 3000 } as const;

/** Begins a read and never ends it. */
function endless(plan: RunPlan): RunPlan {
  const change = (actor: ActorPlan): ActorPlan =>
    actor.program.kind === 'reads' ? { ...actor, program: { ...actor.program, forMs: null } } : actor;
  return { ...plan, actors: plan.actors.map(change) };
}

export const readerPinsWal: Scenario = {
  id: ID,
  title: 'A reader that does not end keeps the WAL from being checkpointed',
  hypothesis:
    'One writer commits 3,000 rows, one frame or more each, while a reader stays in its transaction. The automatic checkpoint begins at 1,000 pages (4 MiB) and can move nothing. Expected: a WAL of more than 10 MiB.',
  cure: 'Nobody reads for so long (here: nobody at all): the WAL is used again from its beginning.',
  incident: null,
  asFound: {
    load: scenarioLoad(ID, 'insert', { writers: 1, readers: 1, begin: 'immediate', holdMs: 0, end }),
    cast: endless,
    expect: ['wal_peak>10MiB', 'failure_rate<=0%'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', { writers: 1, begin: 'immediate', holdMs: 0, end }),
    expect: ['wal_peak<8MiB', 'failure_rate<=0%'],
    breaks: [],
  },
};
