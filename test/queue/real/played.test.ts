/** Queues that do not run here: their own schema and the statements of their workers, in a process that is killed. */
import { describe, it } from 'vitest';
import { skipReason, titled } from '../../support/programs.js';
import { playedQueues } from './queues.js';
import { besideALiveWorker, killedInside } from './scenarios.js';

for (const queue of playedQueues) {
  describe.skipIf(skipReason(queue.needs))(titled(`${queue.preset}, played`, queue.needs), () => {
    it('completes the job of a killed worker once', () => killedInside(queue));
    it('leaves the job of a live worker to it', () => besideALiveWorker(queue));
  });
}
