/** Queues whose own code runs here, from Debian or npm. */
import { describe, it } from 'vitest';
import { skipReason, titled } from '../../support/programs.js';
import { realQueues } from './queues.js';
import { besideALiveWorker, killedInside } from './scenarios.js';

for (const queue of realQueues) {
  describe.skipIf(skipReason(queue.needs))(titled(queue.preset, queue.needs), () => {
    it('completes the job of a killed worker once', () => killedInside(queue));
    it('leaves the job of a live worker to it', () => besideALiveWorker(queue));
  });
}
