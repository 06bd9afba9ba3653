import type { ActorPlan } from '../plan.js';
import { inRecipe, type Remedy, withActors } from './remedy.js';

/**
 * UPDATE jobs SET status = 'running' WHERE id = (SELECT id … LIMIT 1) RETURNING id: nobody can come between the choice of a job and
 * its claim. Nothing else of the worker changes: how it marks a job done is another transaction.
 */
export const atomicClaim: Remedy = {
  id: 'atomic-claim',
  title: 'a job is chosen and claimed by one statement: UPDATE … WHERE id = (SELECT …) RETURNING',
  parameter: null,
  expected: 'The podcast transcriber: proposed.',
  how: inRecipe('its claim is that statement', 'jobs'),
  change: (played) =>
    withActors(played, claiming, 'no job is claimed in two steps (workload claim, scenario claim-race)'),
};

/** Of workloads that claim in two steps: those that do it in one, on the same table. */
const ATOMIC: ReadonlyMap<string, string> = new Map([
  ['claim', 'claim-atomically'],
  ['claim-race', 'atomic-claim'],
]);

function claiming(actor: ActorPlan): ActorPlan {
  const { program } = actor;
  if (!('workload' in program)) return actor;
  const workload = ATOMIC.get(program.workload);
  return workload === undefined ? actor : { ...actor, program: { ...program, workload } };
}
