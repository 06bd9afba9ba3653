/**
 * Whole ranges of jobs by one UPDATE each, where SQL can tell that all of them are orphans of the same fate. What that
 * takes is read, and journalled, before the write lock is asked for; under it dblock only compares. For a million
 * orphans this is what makes requeueing about as fast as a single UPDATE.
 */

import { SqliteFailure } from '../sqlite/failure.js';
import type { RowValue } from '../sqlite/row-connection.js';
import type { Milliseconds } from '../units.js';
import { compareKey, keyColumns, packKey } from './bind.js';
import { judgeAll } from './bulk-judge.js';
import { patiently } from './patience.js';
import type { Claims, Sql } from './preset.js';
import { type Job, whereClause } from './read.js';
import { keepFactsYoung, moveWalOn, nextChunk, type Run } from './run.js';
import type { Fate } from './shapes.js';
import {
  BUSY_RESULT,
  begin,
  commit,
  dataVersion,
  hasTriggers,
  isSameRow,
  NOT_CHANGED,
  refuseNewSchema,
  rollback,
} from './transaction.js';
import { lineOf, planUpdate, type Statement, type UpdatePlan } from './update-plan.js';

/** The statements, each for a range of keys. */
export interface Bulk {
  readonly claims: Claims;
  readonly endOfRange: Sql;
  readonly lastOfAll: Sql;
  /** One for each fate that is a single UPDATE of the jobs' own rows. */
  readonly plans: ReadonlyMap<Fate, UpdatePlan>;
  /** What is bound to a range: `last` left out for the search of it. */
  readonly values: (after: string, last?: string) => RowValue[];
}

/** Packed keys: from the first, excluded, to the last. */
interface Range {
  readonly after: string;
  readonly last: string;
}

/** `null`: the queue is not of the simple kind. */
export function bulkFor(run: Run): Bulk | null {
  const { queue, source, filter, nowMs } = run.request;
  const { rows, obstacles } = source;
  const claims = queue.preset.claims;
  if (!claims || rows !== claims || claims.joins || claims.disowned || obstacles.length > 0) return null;
  const table = queue.tableOf(rows.table);
  if (hasTriggers(run.world.connection, table.name)) return null;
  const where = whereClause(queue, source, filter);
  const keys = `${compareKey(table, rows.table, '>')} AND ${compareKey(table, rows.table, '<=')}`;
  const context = { connection: run.world.connection, queue, nowMs };
  const plans = new Map<Fate, UpdatePlan>();
  for (const fate of ['requeue', 'fail'] as const) {
    // a term that is not a bare comparison keeps the planner from using an index for it
    const plan = planUpdate(context, claims, run.request.stepsFor(fate), {
      sparse: `(${where.sql}) AND ${keys}`,
      dense: `+(${where.sql}) AND ${keys}`,
    });
    if (plan) plans.set(fate, plan);
  }
  if (plans.size === 0) return null;
  const key = packKey(table, rows.table);
  const search = (order: '' | ' DESC') =>
    queue.text(
      `SELECT ${key} FROM {${rows.table}} AS ${rows.table} WHERE (${where.sql}) AND ${compareKey(table, rows.table, '>')} ORDER BY ${keyColumns(table, rows.table, order)} LIMIT 1 OFFSET ?`,
      nowMs,
    );
  return {
    ...{ claims, plans, endOfRange: search(''), lastOfAll: search(' DESC') },
    values: (after, last) => [
      ...where.values,
      ...table.key.map(() => after),
      ...(last === undefined ? [] : table.key.map(() => last)),
    ],
  };
}

/** Ranges that are journalled together: each journal costs a flush of the disk, which takes milliseconds. */
const RANGES_AT_ONCE = 12;

interface Prepared {
  readonly range: Range;
  readonly fate: Fate;
  readonly plan: UpdatePlan;
  readonly density: keyof Statement;
  readonly count: number;
  readonly sample: Job;
  /** To be compared under the lock. */
  readonly before: readonly (RowValue | undefined)[];
  readonly after: RowValue | undefined;
  readonly needsNobody: boolean;
}

/** `null`: the next jobs are not alike, and have to be taken one by one. */
export async function runBulk(run: Run, bulk: Bulk, after: string): Promise<{ last: string | null } | null> {
  const ready = await patiently(run.patience, () => prepare(run, bulk, after));
  if (ready.prepared.length === 0) return ready.isEnd ? { last: null } : null;
  const { journal } = run.world;
  const line = journal.append(
    ...ready.prepared.map(({ plan, before: [before], after: left }) => lineOf(plan, before, left)),
  );
  let last: string = after;
  let committed = 0;
  try {
    for (const one of ready.prepared) {
      run.request.signal.throwIfAborted();
      const isDone = await changeRange(run, bulk, one, ready.dataVersion);
      // Jobs that moved are taken one by one from where they begin.
      if (!isDone) return last === after ? null : { last };
      last = one.range.last;
      committed += 1;
    }
  } finally {
    journal.drop(ready.prepared.slice(committed).map((_, index) => line + committed + index));
  }
  moveWalOn(run.world.connection);
  return { last: ready.isEnd ? null : last };
}

interface Ready {
  readonly prepared: readonly Prepared[];
  readonly dataVersion: number;
  /** Nothing comes after the last range. */
  readonly isEnd: boolean;
}

/** Within one read transaction, so that all that is read belongs together. */
function prepare(run: Run, bulk: Bulk, start: string): Ready {
  const { connection } = run.world;
  connection.run('BEGIN');
  try {
    const version = dataVersion(connection);
    const prepared: Prepared[] = [];
    let after: string = start;
    let isEnd = false;
    while (prepared.length < RANGES_AT_ONCE && !isEnd) {
      const end = endOf(run, bulk, after);
      isEnd = end.isLast;
      if (end.last === null) break;
      if (prepared.length === 0) keepFactsYoung(run, version);
      const one = prepareRange(run, bulk, { after, last: end.last });
      if (one === null) {
        isEnd = false;
        break;
      }
      prepared.push(one);
      after = end.last;
    }
    return { prepared, dataVersion: version, isEnd };
  } finally {
    connection.run('COMMIT');
  }
}

function endOf(run: Run, { endOfRange, lastOfAll, values }: Bulk, after: string): RangeEnd {
  const { connection } = run.world;
  const [found] = connection.rows(endOfRange, ...values(after), run.chunk - 1);
  if (found) return { last: String(found[0]), isLast: false };
  const [final] = connection.rows(lastOfAll, ...values(after), 0);
  return { last: final ? String(final[0]) : null, isLast: true };
}

interface RangeEnd {
  /** `null`: there is none after it. */
  readonly last: string | null;
  readonly isLast: boolean;
}

function prepareRange(run: Run, bulk: Bulk, range: Range): Prepared | null {
  const { connection } = run.world;
  const density = isDense(range, run.chunk) ? 'dense' : 'sparse';
  for (const [fate, plan] of bulk.plans) {
    const [row = []] = connection.rows(plan.read[density], ...bulk.values(range.after, range.last));
    const [before, seen, after, ...summary] = row;
    const judged = judgeAll(run, summary);
    if (judged === null) return null;
    if (judged.fate === fate) {
      return { range, density, plan, before: [before, seen], after, count: Number(summary[0]), ...judged };
    }
  }
  return null;
}

/** Of keys that are whole numbers: at least a third of those in between. */
function isDense({ after, last }: Range, rows: number): boolean {
  const [from, to] = [after, last].map((key) => /^\[(-?\d{1,15})\]$/.exec(key)?.[1]);
  return from !== undefined && to !== undefined && Number(to) - Number(from) <= 3 * rows;
}

/** False: something moved in it, and nothing was changed. */
async function changeRange(run: Run, bulk: Bulk, one: Prepared, version: number): Promise<boolean> {
  const { tally, world } = run;
  const result = await patiently(run.patience, () => attemptRange(run, bulk, one, version));
  run.chunk = nextChunk(run.chunk, one.count, result.holdMs);
  if (result.changed) {
    tally.transactions += 1;
    tally.count(one.fate, one.count);
    world.sortAlike(one.sample, one.count);
  }
  await world.sleep(1);
  return result.changed;
}

interface RangeResult {
  readonly changed: boolean;
  readonly holdMs: Milliseconds;
}

function attemptRange(
  run: Run,
  bulk: Bulk,
  one: Prepared,
  version: number,
): RangeResult | typeof BUSY_RESULT {
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
    const values = bulk.values(one.range.after, one.range.last);
    const isSame =
      dataVersion(connection) === version ||
      (!one.needsNobody &&
        isSameRow(one.before, connection.rows(one.plan.compare[one.density], ...values)[0] ?? []));
    if (isSame) {
      const changed = connection.run(one.plan.update[one.density], ...values);
      if (changed !== one.count) throw new SqliteFailure('SQLITE_CONSTRAINT_TRIGGER', NOT_CHANGED);
      if (commit(connection)) return end(true);
    }
    rollback(connection);
    end(false);
    return isSame ? BUSY_RESULT : end(false);
  } catch (error) {
    rollback(connection);
    if (error instanceof SqliteFailure && error.code.startsWith('SQLITE_CONSTRAINT')) return end(false);
    throw error;
  }
}
