import type { ActorPlan } from '../plan.js';
import { inapplicable, inRecipe, type Remedy, withActors } from './remedy.js';
import { withRows } from './rows.js';

/** As the music library has it: others get in between. */
const PAUSE_MS = 10;

/** What is half done when the program ends stays half done: the next run must be able to go on from there. */
export const commitPerChunk: Remedy = {
  id: 'commit-per-chunk',
  title: 'a commit every few rows, and 10 ms until the next, instead of one large transaction',
  parameter: { name: 'rows', usual: 10, least: 1, most: 10_000 },
  expected: 'The music library: 250 rows cut to 10; with its other cures failures under 1 %.',
  how: inRecipe(
    'its Writer commits every so many jobs and then pauses (Laravel’s does not pause); batch is its parameter',
  ),
  change(played, rows) {
    if (played.load.work.kind === 'scripts')
      return inapplicable('a transaction of a script writes what the script says');
    const change = (actor: ActorPlan) => {
      const isLarge = 'batch' in actor.program && actor.program.batch > rows;
      return isLarge ? paused(withRows(actor, rows), actor) : actor;
    };
    return withActors(played, change, `no transaction writes more than ${rows} rows`);
  },
};

/** An open loop has its pauses from its rate. */
function paused(actor: ActorPlan, before: ActorPlan): ActorPlan {
  const { pace } = actor;
  if (actor === before || pace.kind === 'open') return actor;
  return { ...actor, pace: { kind: 'closed', thinkMs: pace.thinkMs + PAUSE_MS } };
}
