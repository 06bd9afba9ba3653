/**
 * Requeues what is an orphan at the moment of its transaction. Jobs are read and judged without the write lock; under
 * it dblock looks whether anything has moved since. The lock is never held for long, and given up in between.
 */
import { SqliteFailure } from '../sqlite/failure.js';
import { keyIn } from './bind.js';
import { runBulk } from './bulk.js';
import { type Bulk, bulkFor } from './bulk-ranges.js';
import { describeStop } from './failure.js';
import { patiently } from './patience.js';
import { prepareChange } from './prepared-change.js';
import { eachPage, type Job, selectJobs, toJob } from './read.js';
import {
  type ApplyRequest,
  type ApplyWorld,
  keepFactsYoung,
  moveWalOn,
  nextChunk,
  PAUSE_MS,
  type Run,
} from './run.js';
import type { Applied, Fate } from './shapes.js';
import { Tally } from './tally.js';
import {
  BUSY_RESULT,
  dataVersion,
  keysOf,
  runTransaction,
  schemaVersion,
  type TransactionResult,
} from './transaction.js';
import type { UpdatePlan } from './update-plan.js';

const FIRST_CHUNK = 200;
/** Each is a read transaction of its own, of some milliseconds. */
const PAGE_ROWS = 5000;
const FIRST_PAGE_ROWS = 1000;

/** Never rejects for what SQLite or the journal refused: then `stopped` says why, and what is done is done. */
export async function applyRequeue(request: ApplyRequest, world: ApplyWorld): Promise<Applied> {
  const tally = new Tally();
  const startedMs = performance.now();
  let stopped: string | null = null;
  try {
    await applyAll(request, world, tally);
  } catch (error) {
    if (!(error instanceof SqliteFailure)) throw error;
    stopped = describeStop(error);
  }
  return tally.build(performance.now() - startedMs, stopped);
}

async function applyAll(request: ApplyRequest, world: ApplyWorld, tally: Tally): Promise<void> {
  const { waitMs, signal } = request;
  const { sleep, random, connection } = world;
  const patience = { waitMs, signal, tally, sleep, random };
  const expectedSchema = await patiently(patience, () => schemaVersion(connection));
  const run: Run = {
    usualFate: 'requeue',
    ...{ request, world, tally, patience, expectedSchema, factsVersion: null, chunk: FIRST_CHUNK },
    plans: new Map<Fate, UpdatePlan | null>(),
  };
  const bulk = request.inBulk ? bulkFor(run) : null;
  let after: string | null = null;
  for (;;) {
    signal.throwIfAborted();
    const next: Progress = await advance(run, bulk, after);
    if (next.last === null) return;
    after = next.last;
  }
}

/** The packed key to go on after; `null`: there is no more. */
interface Progress {
  readonly last: string | null;
}

async function advance(run: Run, bulk: Bulk | null, after: string | null): Promise<Progress> {
  // the first page is taken one by one: its jobs are the examples of the report
  const done = bulk === null || after === null ? null : await runBulk(run, bulk, after);
  return done ?? applyPage(run, after);
}

async function applyPage(run: Run, after: string | null): Promise<Progress> {
  const page = await patiently(run.patience, () => readPage(run, after));
  for (const [fate, jobs] of sortPage(page.jobs, run.world)) {
    run.usualFate = fate;
    for (let done = 0; done < jobs.length; ) {
      run.request.signal.throwIfAborted();
      const part = jobs.slice(done, done + run.chunk);
      await applyPart(run, fate, { jobs: part, dataVersion: page.dataVersion });
      done += part.length;
    }
  }
  moveWalOn(run.world.connection);
  return page;
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

interface Page extends Progress {
  readonly jobs: readonly Job[];
  readonly dataVersion: number;
}

/** The version is asked for first, so that whatever was committed while the page was read counts as later. */
function readPage(run: Run, after: string | null): Page {
  const { queue, source, filter, nowMs } = run.request;
  const version = dataVersion(run.world.connection);
  let jobs: readonly Job[] = [];
  const pageRows = after === null ? FIRST_PAGE_ROWS : PAGE_ROWS;
  eachPage(run.world.connection, queue, source, { nowMs, filter, pageRows, after }, (page) => {
    jobs = page;
    return false;
  });
  keepFactsYoung(run, version);
  const last = jobs.length < pageRows ? null : (jobs.at(-1)?.key ?? null);
  return { jobs, dataVersion: version, last };
}

interface Part {
  readonly jobs: readonly Job[];
  readonly dataVersion: number;
}

/** How often jobs are looked at again because something was committed meanwhile. */
const MOST_LOOKS = 10;

async function applyPart(run: Run, fate: Fate, first: Part): Promise<void> {
  const { world, tally } = run;
  let part = first;
  for (let looks = 0; looks < MOST_LOOKS && part.jobs.length > 0; looks += 1) {
    const result = await transact(run, fate, part);
    run.chunk = nextChunk(run.chunk, part.jobs.length, result.holdMs);
    await world.sleep(PAUSE_MS);
    if (result.kind === 'committed') {
      tally.transactions += 1;
      tally.count(fate, part.jobs.length);
      return;
    }
    if (result.kind === 'constraint') return applyHalves(run, fate, part, result.reason);
    const before = part.jobs.length;
    part = await patiently(run.patience, () => lookAgain(run, fate, keysOf(part.jobs)));
    tally.changedMeanwhile += before - part.jobs.length;
  }
  tally.changedMeanwhile += part.jobs.length;
}

/** The same jobs as they are now, those that are orphans still. */
function lookAgain(run: Run, fate: Fate, keys: string): Part {
  const version = dataVersion(run.world.connection);
  const jobs = rereadJobs(run, keys);
  keepFactsYoung(run, version);
  return { dataVersion: version, jobs: jobs.filter((job) => run.world.decide(job).fate === fate) };
}

/** Which of them a constraint refuses is found by halving. */
async function applyHalves(
  run: Run,
  fate: Fate,
  { jobs, dataVersion: version }: Part,
  reason: string,
): Promise<void> {
  const [only, ...others] = jobs;
  if (only && others.length === 0) {
    run.tally.refuse(only, reason);
    return;
  }
  const half = Math.ceil(jobs.length / 2);
  for (const part of [jobs.slice(0, half), jobs.slice(half)]) {
    await applyPart(run, fate, { jobs: part, dataVersion: version });
  }
}

async function transact(
  run: Run,
  fate: Fate,
  part: Part,
): Promise<Exclude<TransactionResult, { kind: 'busy' }>> {
  const { world, tally, patience, expectedSchema } = run;
  const change = await patiently(patience, () => prepareChange(run, fate, keysOf(part.jobs)));
  const tools = {
    connection: world.connection,
    reread: (keys: string) => rereadJobs(run, keys),
    // Somebody has come: whether nobody is there has to be asked again, and not while we hold the lock.
    stillHolds: (jobs: readonly Job[]) =>
      jobs.every((job) => world.decide(job).proof !== 'nobody-attached') && change.isAsJournalled(),
    change: change.make,
  };
  let committed = false;
  try {
    return await patiently(patience, () => {
      const result = runTransaction({ ...part, schemaVersion: expectedSchema }, tools);
      tally.held(result.holdMs);
      committed = result.kind === 'committed';
      return result.kind === 'busy' ? BUSY_RESULT : result;
    });
  } finally {
    // of several tries only the last one can have been committed
    world.journal.drop(committed ? change.lines.slice(0, -1) : change.lines);
  }
}

function rereadJobs({ request, world }: Run, keys: string): Job[] {
  const { queue, source, nowMs } = request;
  const where = queue.text(source.rows.where, nowMs);
  const these = keyIn(queue.tableOf(source.rows.table), source.rows.table);
  const sql = `${selectJobs(queue, source, nowMs)} WHERE (${where}) AND ${these}`;
  return world.connection.rows(sql, keys).map((row) => toJob(row, source));
}
