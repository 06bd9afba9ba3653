import type { ActorPlan } from '../plan.js';
import { inapplicable, inRecipe, type Remedy, rehearse, withLoad } from './remedy.js';

/** One process writes, the others ask it to: there is nobody to wait for but each other, in turn. */
export const singleWriterQueue: Remedy = {
  id: 'single-writer-queue',
  title: 'all writes through one process; what is read before the transaction stays where it was',
  parameter: null,
  expected: 'The topic pipeline: 90 % fewer conflicts or more. The podcast transcriber: proposed.',
  how: inRecipe(
    'its Writer takes transactions from everybody and plays them one after the other (Laravel: a queue with one worker)',
  ),
  change(played) {
    if (played.load.work.kind === 'scripts') return inapplicable('scripts are not sent to another process');
    if (rehearse(played).actors.some(({ companion }) => companion !== undefined))
      return inapplicable('who writes to two databases in one task would need a queue for each');
    if (rehearse(played).actors.some(diesInIt))
      return inapplicable('who is killed inside of a transaction would be that one process');
    return played.load.writerQueue
      ? inapplicable('all writes go through one process already')
      : withLoad(played, { writerQueue: true });
  },
};

function diesInIt({ program }: ActorPlan): boolean {
  return 'facts' in program && program.facts['diesIn'] !== undefined;
}
