/** Changes one queue, and tells what was found and done on the way. */
import type { RowConnection } from '../sqlite/row-connection.js';
import type { Milliseconds } from '../units.js';
import { applyRequeue } from './apply.js';
import type { BoundQueue } from './bind.js';
import { countStates, describeQueue } from './describe.js';
import { type ExamineRequest, examineQueue, failureSourceOf, obstaclesOf } from './examine.js';
import type { Facts } from './facts.js';
import type { JournalWriter } from './journal.js';
import { notesOn } from './notes.js';
import { decideFailure, stepsFor } from './plan.js';
import type { Acts, Claims } from './preset.js';
import { claimSource } from './read.js';
import type { ApplyRequest, ApplyWorld } from './run.js';
import type { Applied, Fate, JobGroup, QueueReport } from './shapes.js';
import { ClaimSorter, FailureSorter, type Sorted } from './sorters.js';

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
  request: RequeueRequest,
): Promise<QueueReport> {
  const { settings, facts } = request;
  const { action, claims } = queue.preset;
  if (action.kind === 'explains' || !claims) return examineQueue(connection, queue, facts, settings);
  // Where no transaction is open, SQLite itself may wait; the loops of a change yield instead.
  connection.setBusyTimeout(settings.waitMs);
  const described = describeQueue(connection, queue, facts.nowMs, settings.wish);
  connection.setBusyTimeout(0);
  const context = { connection, queue, action, claims, request };
  const orphans = await changeClaims(context);
  const retried = orphans.applied.stopped === null ? await retryFailures(context) : null;
  connection.setBusyTimeout(settings.waitMs);
  const found = { ...orphans.sorted, lockFailures: retried?.group ?? null };
  return {
    ...{ ...described, ...found, countsAfter: countStates(connection, queue, facts.nowMs) },
    notes: notesOn(connection, queue, settings.wish, found),
    applied: retried ? addApplied(orphans.applied, retried.applied) : orphans.applied,
  };
}

interface Context {
  readonly connection: RowConnection;
  readonly queue: BoundQueue;
  readonly action: Acts;
  readonly claims: Claims;
  readonly request: RequeueRequest;
}

async function changeClaims(context: Context): Promise<{ applied: Applied; sorted: Sorted }> {
  const { queue, action, claims, request } = context;
  let { facts } = request;
  const sorter = new ClaimSorter(queue, claims, () => facts, request.settings);
  const source = claimSource(claims, obstaclesOf(action));
  const applied = await applyRequeue(
    { ...whatToApply(context), source, inBulk: request.settings.limit === null },
    {
      ...worldOf(context),
      refreshFacts: () => {
        facts = request.refresh(facts);
      },
      decide: (job) => sorter.decide(job),
      sort: (job) => sorter.sort(job),
      sortAlike: (job, count) => sorter.sortAlike(job, count),
    },
  );
  return { applied, sorted: sorter.build() };
}

/** `null`: not asked for, or the framework keeps none here. */
async function retryFailures(context: Context): Promise<{ applied: Applied; group: JobGroup } | null> {
  const { queue, request } = context;
  const source = failureSourceOf(queue, request.settings);
  if (!source) return null;
  const sorter = new FailureSorter(source, request.facts.nowMs, request.settings);
  const applied = await applyRequeue(
    { ...whatToApply(context), source, inBulk: false },
    {
      ...worldOf(context),
      refreshFacts: () => undefined,
      decide: decideFailure,
      sort: (job) => sorter.sort(job),
      sortAlike: () => undefined,
    },
  );
  return { applied, group: sorter.build() };
}

function whatToApply({ queue, action, claims, request }: Context): Omit<ApplyRequest, 'source' | 'inBulk'> {
  const { settings, facts, signal } = request;
  const { wish, filter, waitMs } = settings;
  return {
    ...{ queue, filter, nowMs: facts.nowMs, waitMs, signal },
    stepsFor: (fate: Fate) => stepsFor(action, claims, fate, wish),
  };
}

function worldOf({
  connection,
  request,
}: Context): Pick<ApplyWorld, 'connection' | 'journal' | 'sleep' | 'random'> {
  return { connection, journal: request.journal, sleep: request.sleep, random: Math.random };
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
