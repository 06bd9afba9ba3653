import type { ActorPlan } from '../plan.js';
import { inapplicable, inRecipe, type Remedy, rehearse, withActors } from './remedy.js';
import { withRows } from './rows.js';

/** More rows a transaction: the lock is taken, and the disk asked, less often. Rows and the work for them stay the same. */
export const batch: Remedy = {
  id: 'batch',
  title: 'several rows in each transaction, with the work for all of them',
  parameter: { name: 'rows', usual: 25, least: 2, most: 10_000 },
  expected: 'The topic pipeline: 50–70 %, elsewhere "80 %+", fewer conflicts.',
  how: inRecipe('its Writer takes several jobs into each transaction: batch is its parameter'),
  change(played, rows) {
    const { load } = played;
    if (load.work.kind === 'scripts')
      return inapplicable('a transaction of a script writes what the script says');
    const change = (actor: ActorPlan) => (couldHave(rows, actor) ? withRows(actor, rows) : actor);
    const all = rehearse(played).actors;
    const otherwise = all.some(isWorker)
      ? 'a worker has one job at a time'
      : `transactions write ${rows} rows already`;
    return withActors(played, change, otherwise);
  },
};

function couldHave(rows: number, actor: ActorPlan): boolean {
  return 'batch' in actor.program && actor.program.batch < rows && !isWorker(actor);
}

/** Of a job queue: its transaction is about one job. */
function isWorker({ program }: ActorPlan): boolean {
  return 'workload' in program && program.batch === 1 && /claim|two-databases/.test(program.workload);
}
