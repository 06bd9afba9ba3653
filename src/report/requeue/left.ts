/** What a report of requeue-orphans means to whoever counts failures. */
import type { QueueReport, RequeueDatabase } from '../../queue/shapes.js';

/** Orphans that are still there: all of a preview, and what `--apply` left. */
export function leftIn({ orphans, applied }: QueueReport): number {
  if (applied === null) return orphans.count;
  return Math.max(0, orphans.count - applied.requeued - applied.failed - applied.changedMeanwhile);
}

/** Why nothing may be concluded, or not all was done: a sentence each; `null`: no such reason. */
export function troubleOf({ outcome, summary, refusals, queues }: RequeueDatabase): string[] | null {
  const stopped = queues.some(({ applied }) => (applied?.stopped ?? null) !== null);
  if (outcome !== 'refused' && outcome !== 'failed' && !stopped) return null;
  return [summary, ...refusals.map(({ check, reason }) => `${check}: ${reason}`)];
}
