/**
 * Whole ranges of jobs by one UPDATE each, where SQL can tell that all of them are orphans of the same fate. What that
 * takes is read, and journalled, before the write lock is asked for; under it dblock only compares. Between two ranges
 * the lock is free, and one of those that come later is read. For a million orphans this is what makes requeueing about
 * as fast as a single UPDATE.
 */

import { setImmediate as turnOfEvents } from 'node:timers/promises';
import { SqliteFailure } from '../sqlite/failure.js';
import type { Milliseconds } from '../units.js';
import { judgeAll } from './bulk-judge.js';
import { type Bulk, RangeReader, type ReadRange } from './bulk-ranges.js';
import { patiently } from './patience.js';
import type { Job } from './read.js';
import { keepFactsYoung, moveWalOn, nextChunk, PAUSE_MS, type Run } from './run.js';
import type { Fate } from './shapes.js';
import {
  BUSY_RESULT,
  begin,
  commit,
  dataVersion,
  isSameRow,
  NOT_CHANGED,
  refuseNewSchema,
  rollback,
} from './transaction.js';
import { lineOf } from './update-plan.js';

/** Ranges that are journalled together: each journal costs a flush of the disk, which takes milliseconds. */
const RANGES_AT_ONCE = 16;

interface Prepared extends ReadRange {
  readonly fate: Fate;
  readonly sample: Job;
  readonly needsNobody: boolean;
}

/** `null`: the next jobs are not alike, and have to be taken one by one. */
export async function runBulk(run: Run, bulk: Bulk, after: string): Promise<{ last: string | null } | null> {
  const plan = bulk.plans.get(run.usualFate);
  if (!plan) return null;
  const reader = new RangeReader(run, bulk, plan, after);
  let last: string = after;
  let ranges: readonly ReadRange[] = await readFirst(reader);
  while (ranges.length > 0) {
    const prepared = judgeRanges(run, ranges);
    if (prepared.length === 0) return last === after ? null : { last };
    const done = await changeRanges(run, reader, prepared);
    last = done.last ?? last;
    if (done.count < ranges.length) return last === after ? null : { last };
    ranges = done.upcoming;
  }
  return { last: null };
}

async function readFirst(reader: RangeReader): Promise<ReadRange[]> {
  const ranges: ReadRange[] = [];
  while (ranges.length < RANGES_AT_ONCE && !reader.isEnd) ranges.push(...(await reader.next()));
  return ranges;
}

/** Those before the first that is not alike. */
function judgeRanges(run: Run, ranges: readonly ReadRange[]): Prepared[] {
  const newest = ranges.at(-1);
  if (newest) keepFactsYoung(run, newest.dataVersion);
  const prepared: Prepared[] = [];
  for (const range of ranges) {
    const judged = judgeAll(run, range.summary);
    if (judged?.fate !== run.usualFate) break;
    prepared.push({ ...range, ...judged });
  }
  return prepared;
}

interface Changed {
  /** How many of the ranges. */
  readonly count: number;
  readonly last: string | null;
  /** Read meanwhile. */
  readonly upcoming: readonly ReadRange[];
}

/** Jobs that moved are left, with all that come after them: they are taken one by one from where they begin. */
async function changeRanges(run: Run, reader: RangeReader, prepared: readonly Prepared[]): Promise<Changed> {
  const { journal, connection } = run.world;
  const line = journal.append(
    ...prepared.map(({ plan, before: [before], after: left }) => lineOf(plan, before, left)),
  );
  const upcoming: ReadRange[] = [];
  let count = 0;
  try {
    for (const one of prepared) {
      run.request.signal.throwIfAborted();
      if (!(await changeRange(run, one))) break;
      count += 1;
      upcoming.push(...(await letOthersIn(run, reader)));
    }
  } finally {
    journal.drop(prepared.slice(count).map((_, index) => line + count + index));
  }
  moveWalOn(connection);
  return { count, last: prepared[count - 1]?.range.last ?? null, upcoming };
}

/** False: something moved in it, and nothing was changed. */
async function changeRange(run: Run, one: Prepared): Promise<boolean> {
  const { tally, world } = run;
  const result = await patiently(run.patience, () => attemptRange(run, one));
  run.chunk = nextChunk(run.chunk, one.count, result.holdMs);
  if (result.changed) {
    tally.transactions += 1;
    tally.count(one.fate, one.count);
    world.sortAlike(one.sample, one.count);
  }
  return result.changed;
}

/** Others may write while the next range is read; without one, for as long as a pause takes. */
async function letOthersIn(run: Run, reader: RangeReader): Promise<ReadRange[]> {
  const startedMs = performance.now();
  const next = await reader.next();
  if (performance.now() - startedMs < PAUSE_MS) await run.world.sleep(PAUSE_MS);
  else await turnOfEvents();
  return next;
}

interface RangeResult {
  readonly changed: boolean;
  readonly holdMs: Milliseconds;
}

function attemptRange(run: Run, one: Prepared): RangeResult | typeof BUSY_RESULT {
  const { connection } = run.world;
  if (!begin(connection)) return BUSY_RESULT;
  const startedMs = performance.now();
  const end = (changed: boolean) => {
    const holdMs = performance.now() - startedMs;
    run.tally.held(holdMs);
    return { changed, holdMs };
  };
  try {
    refuseNewSchema(connection, run.expectedSchema);
    const isSame =
      dataVersion(connection) === one.dataVersion ||
      (!one.needsNobody &&
        isSameRow(one.before, connection.rows(one.plan.compare[one.density], ...one.values)[0] ?? []));
    if (isSame) {
      const changed = connection.run(one.plan.update[one.density], ...one.values);
      if (changed !== one.count) throw new SqliteFailure('SQLITE_CONSTRAINT_TRIGGER', NOT_CHANGED);
      if (commit(connection)) return end(true);
    }
    rollback(connection);
    const unchanged = end(false);
    return isSame ? BUSY_RESULT : unchanged;
  } catch (error) {
    rollback(connection);
    if (error instanceof SqliteFailure && error.code.startsWith('SQLITE_CONSTRAINT')) return end(false);
    throw error;
  }
}
