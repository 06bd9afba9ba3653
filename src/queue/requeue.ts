/** Changes one queue, and tells what was found and done on the way. */
import type { RowConnection } from '../sqlite/row-connection.js';
import type { Milliseconds } from '../units.js';
import { applyRequeue } from './apply.js';
import type { BoundQueue } from './bind.js';
import { ClaimSorter, describeQueue, type ExamineRequest, examineQueue, obstaclesOf } from './examine.js';
import type { JournalWriter } from './journal.js';
import type { Facts } from './judge.js';
import { stepsFor } from './plan.js';
import { claimSource } from './read.js';
import type { QueueReport } from './shapes.js';

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
  const request = {
    ...{
      queue,
      source: claimSource(claims, obstaclesOf(action)),
      filter,
      nowMs: first.nowMs,
      waitMs,
      signal,
    },
    stepsFor: (fate: Parameters<typeof stepsFor>[2]) => stepsFor(action, claims, fate, wish),
  };
  const applied = await applyRequeue(request, {
    ...{ connection, journal, sleep, random: Math.random },
    refreshFacts: () => {
      facts = refresh(facts);
    },
    decide: (job) => sorter.decide(job),
    sort: (job) => sorter.sort(job),
  });
  return { ...described, ...sorter.build(), lockFailures: null, applied };
}
