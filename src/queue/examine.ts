/** A preview of one queue: what is in it, and what would become of each claimed job. Changes nothing. */
import type { RowConnection } from '../sqlite/row-connection.js';
import type { Milliseconds } from '../units.js';
import type { BoundQueue } from './bind.js';
import { describeQueue } from './describe.js';
import type { Facts } from './facts.js';
import { notesOn } from './notes.js';
import type { Acts } from './preset.js';
import { claimSource, eachPage, failureSource, type Job, type JobFilter, type JobSource } from './read.js';
import type { JobGroup, QueueReport } from './shapes.js';
import { ClaimSorter, FailureSorter, type Sorted, type SortRequest } from './sorters.js';

export interface ExamineRequest extends SortRequest {
  readonly filter: JobFilter;
  readonly includeLockFailures: boolean;
}

const PAGE_ROWS = 5000;

/** Throws `SqliteFailure`. */
export function examineQueue(
  connection: RowConnection,
  queue: BoundQueue,
  facts: Facts,
  request: ExamineRequest,
): QueueReport {
  const sorted = sortClaims(connection, queue, facts, request);
  const lockFailures = sortFailures(connection, queue, facts, request);
  return {
    ...describeQueue(connection, queue, facts.nowMs, request.wish),
    ...{ ...sorted, lockFailures, applied: null, countsAfter: null },
    notes: notesOn(connection, queue, request.wish, { ...sorted, lockFailures }),
  };
}

function sortClaims(
  connection: RowConnection,
  queue: BoundQueue,
  facts: Facts,
  request: ExamineRequest,
): Sorted {
  const { claims, action } = queue.preset;
  if (!claims) return NOTHING;
  const sorter = new ClaimSorter(queue, claims, () => facts, request);
  const source = claimSource(claims, obstaclesOf(action));
  eachJob(connection, queue, source, facts.nowMs, request.filter, (job) => sorter.sort(job));
  return sorter.build();
}

const NO_JOBS: JobGroup = { count: 0, examples: [] };
const NOTHING: Sorted = {
  ...{ exhausted: 0, skipped: 0, orphans: NO_JOBS, obstructed: NO_JOBS, alive: NO_JOBS, unknown: NO_JOBS },
};

export function obstaclesOf(action: BoundQueue['preset']['action']): NonNullable<Acts['obstacles']> {
  return action.kind === 'acts' ? (action.obstacles ?? []) : [];
}

function eachJob(
  connection: RowConnection,
  queue: BoundQueue,
  source: JobSource,
  nowMs: Milliseconds,
  filter: JobFilter,
  use: (job: Job) => void,
): void {
  const request = { nowMs, filter, pageRows: PAGE_ROWS, after: null };
  eachPage(connection, queue, source, request, (page) => {
    page.forEach(use);
    return true;
  });
}

function sortFailures(
  connection: RowConnection,
  queue: BoundQueue,
  facts: Facts,
  request: ExamineRequest,
): JobGroup | null {
  const source = failureSourceOf(queue, request);
  if (!source) return null;
  const sorter = new FailureSorter(source, facts.nowMs, request);
  eachJob(connection, queue, source, facts.nowMs, request.filter, (job) => sorter.sort(job));
  return sorter.build();
}

/** `null`: not asked for, or the framework keeps none here. */
export function failureSourceOf(
  { preset: { action }, tables }: BoundQueue,
  { includeLockFailures }: ExamineRequest,
): JobSource | null {
  const failures = action.kind === 'acts' ? action.lockFailures : undefined;
  return includeLockFailures && failures && tables[failures.table] ? failureSource(failures) : null;
}
