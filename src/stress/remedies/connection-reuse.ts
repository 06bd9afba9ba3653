import type { ActorPlan } from '../plan.js';
import { connecting, inRecipe, type Remedy, withActors } from './remedy.js';

const persistent = { kind: 'persistent' } as const;

/** No opening, no reading of the schema, no checkpoint by the last one that closes. */
export const connectionReuse: Remedy = {
  id: 'connection-reuse',
  title: 'one connection for each worker, kept open',
  parameter: null,
  expected: 'The scraper: part of the module that ended its errors.',
  how: inRecipe('its connections stay open (in PHP as long as the request does)'),
  change: (played) =>
    withActors(played, kept, 'connections stay open already', {
      connection: played.load.connection.kind === 'per-operation' ? persistent : played.load.connection,
    }),
};

function kept(actor: ActorPlan): ActorPlan {
  return actor.connection.mode.kind === 'per-operation'
    ? connecting(() => ({ mode: persistent }))(actor)
    : actor;
}
