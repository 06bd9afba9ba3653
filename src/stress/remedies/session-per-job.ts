import type { ActorPlan } from '../plan.js';
import { connecting, inRecipe, type Remedy, withActors } from './remedy.js';

const persistent = { kind: 'persistent' } as const;

/** Nobody else commits, or rolls back, what a worker has not finished. */
export const sessionPerJob: Remedy = {
  id: 'session-per-job',
  title: 'a connection and a transaction of its own for each worker, instead of a session that they share',
  parameter: null,
  expected: 'The music library: applied with its other cures; failures under 1 %.',
  how: inRecipe('each call of its write function is a transaction of its own'),
  change: (played) =>
    withActors(played, alone, 'no session is shared (--connection shared)', {
      connection: played.load.connection.kind === 'shared' ? persistent : played.load.connection,
    }),
};

/** In the plan of what is played, sharers are members of the session already. */
function alone(actor: ActorPlan): ActorPlan {
  return actor.connection.mode.kind === 'shared' ? connecting(() => ({ mode: persistent }))(actor) : actor;
}
