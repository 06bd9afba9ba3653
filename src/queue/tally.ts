/** What was done so far. */
import type { Milliseconds } from '../units.js';
import type { Job } from './read.js';
import type { Applied, Fate } from './shapes.js';

const MOST_REFUSED_EXAMPLES = 20;

export class Tally {
  requeued = 0;
  failed = 0;
  retried = 0;
  changedMeanwhile = 0;
  refusedCount = 0;
  readonly refused: { id: string; reason: string }[] = [];
  transactions = 0;
  longestHoldMs = 0;
  waitedMs = 0;

  count(fate: Fate, jobs: number): void {
    if (fate === 'requeue') this.requeued += jobs;
    if (fate === 'fail') this.failed += jobs;
    if (fate === 'retry') this.retried += jobs;
  }

  held(ms: Milliseconds): void {
    this.longestHoldMs = Math.max(this.longestHoldMs, ms);
  }

  build(durationMs: Milliseconds, stopped: string | null): Applied {
    const { requeued, failed, retried, changedMeanwhile, refusedCount, transactions } = this;
    return {
      ...{ requeued, failed, retried, changedMeanwhile, refusedCount, transactions, stopped },
      refused: [...this.refused],
      longestHoldMs: microseconds(this.longestHoldMs),
      waitedMs: microseconds(this.waitedMs),
      durationMs: microseconds(durationMs),
    };
  }

  refuse(job: Job, reason: string): void {
    this.refusedCount += 1;
    if (this.refused.length < MOST_REFUSED_EXAMPLES) this.refused.push({ id: job.id, reason });
  }
}

function microseconds(ms: Milliseconds): Milliseconds {
  return Math.round(ms * 1000) / 1000;
}
