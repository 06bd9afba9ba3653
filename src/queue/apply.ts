/**
 * Requeues what is an orphan at the moment of its transaction. Jobs are read and judged without the write lock; under
 * it dblock looks whether anything has moved since. The lock is never held for long, and given up in between.
 */
import { SqliteFailure } from '../sqlite/failure.js';
import type { RowConnection } from '../sqlite/row-connection.js';
import type { Milliseconds } from '../units.js';
import { type BoundQueue, keyIn } from './bind.js';
import type { JournalWriter } from './journal.js';
import type { Decision } from './plan.js';
import type { Step } from './preset.js';
import { eachPage, type Job, type JobFilter, type JobSource, selectJobs, toJob } from './read.js';
import type { Applied, Fate } from './shapes.js';
import { dataVersion, isBusy, runTransaction, schemaVersion, type TransactionResult } from './transaction.js';

export interface ApplyRequest {
  readonly queue: BoundQueue;
  readonly source: JobSource;
  readonly filter: JobFilter;
  readonly nowMs: Milliseconds;
  readonly waitMs: Milliseconds;
  readonly signal: AbortSignal;
  stepsFor(fate: Fate): readonly Step[];
}

export interface ApplyWorld {
  readonly connection: RowConnection;
  readonly journal: JournalWriter;
  /** Looks at the machine anew; afterwards `decide` goes by what it saw. */
  refreshFacts(): void;
  decide(job: Job): Decision;
  /** The same, and counts the job: called once for each. */
  sort(job: Job): Fate;
  sleep(ms: Milliseconds): Promise<void>;
  random(): number;
}

/** Aimed at, so that the longest of many stays below 25 ms on a machine that is not overloaded. */
const HOLD_AIM_MS: Milliseconds = 12;
const FIRST_CHUNK = 100;
const LARGEST_CHUNK = 20_000;
/** Each is a read transaction of its own, of some milliseconds. */
const PAGE_ROWS = 5000;
/** Others retry at 1, 2, 5, 10, … ms (main.c, sqliteDefaultBusyCallback): as long as we held it, they get it. */
const LEAST_PAUSE_MS: Milliseconds = 1;
const MOST_REFUSED_EXAMPLES = 20;

class Tally {
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

  refuse(job: Job, reason: string): void {
    this.refusedCount += 1;
    if (this.refused.length < MOST_REFUSED_EXAMPLES) this.refused.push({ id: job.id, reason });
  }
}

/** Never rejects for what SQLite or the journal refused: then `stopped` says why, and what is done is done. */
export async function applyRequeue(request: ApplyRequest, world: ApplyWorld): Promise<Applied> {
  const tally = new Tally();
  const startedMs = performance.now();
  let stopped: string | null = null;
  try {
    await applyAll(request, world, tally);
  } catch (error) {
    if (!(error instanceof SqliteFailure)) throw error;
    stopped = `${error.code}: ${error.message}`;
  }
  const { requeued, failed, retried, changedMeanwhile, refused, refusedCount, transactions } = tally;
  return {
    ...{ requeued, failed, retried, changedMeanwhile, refused: [...refused], refusedCount, transactions },
    longestHoldMs: microseconds(tally.longestHoldMs),
    waitedMs: microseconds(tally.waitedMs),
    durationMs: microseconds(performance.now() - startedMs),
    stopped,
  };
}

function microseconds(ms: Milliseconds): Milliseconds {
  return Math.round(ms * 1000) / 1000;
}

async function applyAll(request: ApplyRequest, world: ApplyWorld, tally: Tally): Promise<void> {
  const expectedSchema = await patiently(request, world, tally, () => schemaVersion(world.connection));
  let after: string | null = null;
  let chunk = FIRST_CHUNK;
  for (;;) {
    request.signal.throwIfAborted();
    const page: Page = await patiently(request, world, tally, () => readPage(request, world, after));
    for (const [fate, jobs] of sortPage(page.jobs, world)) {
      for (let done = 0; done < jobs.length; ) {
        request.signal.throwIfAborted();
        const part = jobs.slice(done, done + chunk);
        const spent = await applyPart({ request, world, tally, fate, page, expectedSchema }, part);
        done += part.length;
        chunk = nextChunk(chunk, part.length, spent);
      }
    }
    if (page.last === null) return;
    after = page.last;
  }
}

function sortPage(jobs: readonly Job[], world: ApplyWorld): ReadonlyMap<Fate, Job[]> {
  const byFate = new Map<Fate, Job[]>();
  for (const job of jobs) {
    const fate = world.sort(job);
    const alike = byFate.get(fate);
    if (alike) alike.push(job);
    else if (fate !== 'none') byFate.set(fate, [job]);
  }
  return byFate;
}

function nextChunk(chunk: number, done: number, holdMs: Milliseconds): number {
  if (done < chunk && holdMs < HOLD_AIM_MS) return chunk;
  const factor = Math.min(2, Math.max(0.2, HOLD_AIM_MS / Math.max(holdMs, 0.1)));
  return Math.max(1, Math.min(LARGEST_CHUNK, Math.floor(done * factor)));
}

interface Page {
  readonly jobs: readonly Job[];
  readonly dataVersion: number;
  /** The key to go on after; `null`: there is no more. */
  readonly last: string | null;
}

/** The version is asked for first, so that whatever was committed while the page was read counts as later. */
function readPage(request: ApplyRequest, world: ApplyWorld, after: string | null): Page {
  const version = dataVersion(world.connection);
  let jobs: readonly Job[] = [];
  const { queue, source, filter, nowMs } = request;
  eachPage(world.connection, queue, source, { nowMs, filter, pageRows: PAGE_ROWS, after }, (page) => {
    jobs = page;
    return false;
  });
  // The facts must be younger than what they are to explain: a worker may have come and claimed in between.
  if (jobs.length > 0) world.refreshFacts();
  const last = jobs.length < PAGE_ROWS ? null : (jobs.at(-1)?.key ?? null);
  return { jobs, dataVersion: version, last };
}

interface PartContext {
  readonly request: ApplyRequest;
  readonly world: ApplyWorld;
  readonly tally: Tally;
  readonly fate: Fate;
  readonly page: Page;
  readonly expectedSchema: number;
}

/** @returns how long the write lock was held */
async function applyPart(context: PartContext, part: readonly Job[]): Promise<Milliseconds> {
  const { request, world, tally, fate } = context;
  let jobs = part;
  let spentMs = 0;
  while (jobs.length > 0) {
    const result = await transactWithPatience(context, jobs);
    spentMs = Math.max(spentMs, result.holdMs);
    tally.longestHoldMs = Math.max(tally.longestHoldMs, result.holdMs);
    await world.sleep(Math.max(LEAST_PAUSE_MS, 0));
    if (result.kind === 'committed') {
      tally.transactions += 1;
      tally.count(fate, jobs.length);
      return spentMs;
    }
    if (result.kind === 'constraint') {
      await applyOneByOne(context, jobs, result.reason);
      return spentMs;
    }
    if (result.kind === 'moved') {
      const still = jobs.filter(({ key }) => !result.keys.has(key));
      tally.changedMeanwhile += jobs.length - still.length;
      world.refreshFacts();
      jobs = still.filter((job) => world.decide(job).fate === fate);
      tally.changedMeanwhile += still.length - jobs.length;
    }
    request.signal.throwIfAborted();
  }
  return spentMs;
}

async function applyOneByOne(context: PartContext, jobs: readonly Job[], reason: string): Promise<void> {
  const [only, ...others] = jobs;
  if (only && others.length === 0) {
    context.tally.refuse(only, reason);
    return;
  }
  const half = Math.ceil(jobs.length / 2);
  await applyPart(context, jobs.slice(0, half));
  await applyPart(context, jobs.slice(half));
}

type Settled = Exclude<TransactionResult, { kind: 'busy' }>;

async function transactWithPatience(context: PartContext, jobs: readonly Job[]): Promise<Settled> {
  const { request, world, tally, fate, page, expectedSchema } = context;
  const { queue, source, nowMs } = request;
  const change = { queue, rows: source.rows, steps: request.stepsFor(fate), nowMs };
  const observed = { jobs, dataVersion: page.dataVersion, schemaVersion: expectedSchema };
  const tools = {
    connection: world.connection,
    journal: world.journal,
    reread: (keys: string) => rereadJobs(request, world, keys),
    stillHolds: (those: readonly Job[]) => {
      world.refreshFacts();
      return those.every((job) => world.decide(job).fate === fate);
    },
  };
  return patiently(request, world, tally, () => {
    const result = runTransaction(change, observed, tools);
    tally.longestHoldMs = Math.max(tally.longestHoldMs, result.holdMs);
    return result.kind === 'busy' ? BUSY : result;
  });
}

function rereadJobs({ queue, source, nowMs }: ApplyRequest, { connection }: ApplyWorld, keys: string): Job[] {
  const where = queue.text(source.rows.where, nowMs);
  const these = keyIn(queue.tableOf(source.rows.table), source.rows.table);
  const sql = `${selectJobs(queue, source, nowMs)} WHERE (${where}) AND ${these}`;
  return connection.rows(sql, keys).map((row) => toJob(row, source));
}

const BUSY = Symbol('busy');
const FIRST_BACKOFF_MS: Milliseconds = 2;
const LONGEST_BACKOFF_MS: Milliseconds = 100;

/** Waits with growing, jittered pauses while others have the lock. Throws `SqliteFailure` when the wait is over. */
async function patiently<T>(
  { waitMs, signal }: ApplyRequest,
  world: ApplyWorld,
  tally: Tally,
  attempt: () => T | typeof BUSY,
): Promise<T> {
  const startedMs = performance.now();
  for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(LONGEST_BACKOFF_MS, backoffMs * 2)) {
    const result = tryOnce(attempt);
    const waitedMs = performance.now() - startedMs;
    if (result !== BUSY) {
      if (backoffMs > FIRST_BACKOFF_MS) tally.waitedMs += waitedMs;
      return result;
    }
    if (waitedMs >= waitMs) {
      tally.waitedMs += waitedMs;
      throw new SqliteFailure('SQLITE_BUSY', 'others kept the database locked until the wait was over');
    }
    signal.throwIfAborted();
    await world.sleep(Math.min(backoffMs * (0.5 + world.random()), Math.max(1, waitMs - waitedMs)));
  }
}

function tryOnce<T>(attempt: () => T | typeof BUSY): T | typeof BUSY {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof SqliteFailure && isBusy(error)) return BUSY;
    throw error;
  }
}
