/** Changes one queue, and tells what was found and done on the way. */
import type { RowConnection } from '../sqlite/row-connection.js';
import type { Milliseconds } from '../units.js';
import { applyRequeue } from './apply.js';
import type { BoundQueue } from './bind.js';
import {
  ClaimSorter,
  describeQueue,
  type ExamineRequest,
  examineQueue,
  FailureSorter,
  failureSourceOf,
  obstaclesOf,
} from './examine.js';
import type { JournalWriter } from './journal.js';
import type { Facts } from './judge.js';
import { decideFailure, stepsFor } from './plan.js';
import { claimSource } from './read.js';
import type { Applied, Fate, QueueReport } from './shapes.js';

export interface RequeueRequest {
  readonly settings: ExamineRequest & { readonly waitMs: Milliseconds };
  readonly journal: JournalWriter;
  readonly signal: AbortSignal;
  readonly facts: Facts;
  /** Looks at the machine again. */
  refresh(facts: Facts): Facts;
  sleep(ms: Milliseconds): Promise<void>;
}

export async function requeueQueue(
  connection: RowConnection,
  queue: BoundQueue,
  { settings, journal, signal, facts: first, refresh, sleep }: RequeueRequest,
): Promise<QueueReport> {
  const { action, claims } = queue.preset;
  if (action.kind === 'explains' || !claims) return examineQueue(connection, queue, first, settings);
  let facts = first;
  const described = describeQueue(connection, queue, first, settings);
  const sorter = new ClaimSorter(queue, claims, () => facts, settings);
  const { wish, filter, waitMs } = settings;
  const common = { queue, filter, nowMs: first.nowMs, waitMs, signal };
  const world = {
    ...{ connection, journal, sleep, random: Math.random },
    refreshFacts: () => {
      facts = refresh(facts);
    },
  };
  const stepsOf = (fate: Fate) => stepsFor(action, claims, fate, wish);
  const orphans = await applyRequeue(
    { ...common, source: claimSource(claims, obstaclesOf(action)), stepsFor: stepsOf },
    { ...world, decide: (job) => sorter.decide(job), sort: (job) => sorter.sort(job) },
  );
  const failures = failureSourceOf(queue, settings);
  if (!failures || orphans.stopped !== null) {
    return { ...described, ...sorter.build(), lockFailures: null, applied: orphans };
  }
  const group = new FailureSorter(failures, first.nowMs, settings);
  const retried = await applyRequeue(
    { ...common, source: failures, stepsFor: stepsOf },
    { ...world, decide: decideFailure, sort: (job) => group.sort(job) },
  );
  const applied = addApplied(orphans, retried);
  return { ...described, ...sorter.build(), lockFailures: group.build(), applied };
}

function addApplied(one: Applied, other: Applied): Applied {
  return {
    requeued: one.requeued + other.requeued,
    failed: one.failed + other.failed,
    retried: one.retried + other.retried,
    changedMeanwhile: one.changedMeanwhile + other.changedMeanwhile,
    refused: [...one.refused, ...other.refused],
    refusedCount: one.refusedCount + other.refusedCount,
    transactions: one.transactions + other.transactions,
    longestHoldMs: Math.max(one.longestHoldMs, other.longestHoldMs),
    waitedMs: one.waitedMs + other.waitedMs,
    durationMs: one.durationMs + other.durationMs,
    stopped: one.stopped ?? other.stopped,
  };
}
