/**
 * Whole ranges of jobs by one UPDATE each, where SQL can tell that all of them are orphans of the same fate. What that
 * takes is read, and journalled, before the write lock is asked for; under it dblock only compares. For a million
 * orphans this is what makes requeueing about as fast as a single UPDATE.
 */

import { SqliteFailure } from '../sqlite/failure.js';
import { quoteIdentifier } from '../sqlite/identifiers.js';
import type { RowValue } from '../sqlite/row-connection.js';
import type { Milliseconds } from '../units.js';
import { keepFactsYoung, moveWalOn, nextChunk, type Run } from './apply.js';
import { compareKey, keyColumns, packed, packKey } from './bind.js';
import { patiently } from './patience.js';
import type { Claims, Sql, Step, TimeColumn } from './preset.js';
import { type Job, whereClause } from './read.js';
import { isLiteral, namesIn, observedOnly } from './record.js';
import type { Fate } from './shapes.js';
import {
  BUSY_RESULT,
  begin,
  commit,
  dataVersion,
  hasTriggers,
  NOT_CHANGED,
  refuseNewSchema,
  rollback,
} from './transaction.js';

/** The statements, each for a range of keys. */
export interface Bulk {
  readonly claims: Claims;
  readonly endOfRange: Sql;
  readonly lastOfAll: Sql;
  /** One for each fate that is a single UPDATE of the jobs' own rows. */
  readonly plans: ReadonlyMap<Fate, BulkPlan>;
  /** What is bound to a range: `last` left out for the search of it. */
  readonly values: (after: string, last?: string) => RowValue[];
}

interface BulkPlan {
  readonly update: Statement;
  /** The summary, and two JSON arrays: what was there, and what the update will make of it. */
  readonly read: Statement;
  /** Of these columns only the first array. */
  readonly compare: Statement;
  readonly head: string;
  /** JSON of what every row has afterwards in the columns that are set; `null` where that differs. */
  readonly constant: string;
}

/** Once as it is, and once for ranges in which most rows are jobs: then going by the key beats going by the status. */
interface Statement {
  readonly sparse: Sql;
  readonly dense: Sql;
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
  const plans = new Map<Fate, BulkPlan>();
  for (const fate of ['requeue', 'fail'] as const) {
    // a term that is not a bare comparison keeps the planner from using an index for it
    const plan = planFor(run, claims, run.request.stepsFor(fate), {
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

const MOST_OWNERS = 200;

function planFor(run: Run, claims: Claims, steps: readonly Step[], range: Statement): BulkPlan | null {
  const [step, second] = steps;
  if (!step || second || !('update' in step) || step.matching || step.update !== claims.table) return null;
  const { queue, nowMs } = run.request;
  const table = queue.tableOf(claims.table);
  const alias = claims.table;
  const values = Object.values(step.set).map((sql) => queue.text(sql, nowMs));
  if (values.some((sql) => /random/i.test(sql))) return null;
  const set = namesIn(table, Object.keys(step.set));
  const others = observedOnly(claims, step, table, set);
  const columns = [...set, ...others];
  const own = columns.map((name) => packed(`${alias}.${quoteIdentifier(name)}`));
  const varying = values.flatMap((sql, index) => (isLiteral(sql) ? [] : [index]));
  const record = (now: readonly Sql[]) =>
    `CAST(json_group_array(json_array(${packKey(table, alias)}, NULL, json_array(${now.join(', ')}))) AS BLOB)`;
  const before = record(own);
  const after = record(varying.map((index) => packed(values[index] ?? 'NULL')));
  const seen = seenOtherwise(claims, columns);
  const statement = (make: (where: Sql) => Sql) => ({
    sparse: queue.text(make(range.sparse), nowMs),
    dense: queue.text(make(range.dense), nowMs),
  });
  const from = `FROM {${alias}} AS ${alias}`;
  const assignments = Object.entries(step.set).map(([name, sql]) => `${quoteIdentifier(name)} = ${sql}`);
  const head = {
    table: table.name,
    operation: 'update',
    key: table.key,
    columns,
    setColumns: set.length,
    varying,
  };
  const fixed = values.map((sql) => (isLiteral(sql) ? packed(sql) : 'NULL'));
  return {
    update: statement(
      (where) => `UPDATE {${alias}} AS ${alias} SET ${assignments.join(', ')} WHERE ${where}`,
    ),
    read: statement(
      (where) =>
        `SELECT ${before}, ${seen}, ${varying.length === 0 ? 'NULL' : after}, ${summaryColumns(claims).join(', ')} ${from} WHERE ${where}`,
    ),
    compare: statement((where) => `SELECT ${before}, ${seen} ${from} WHERE ${where}`),
    head: `{"preset":${JSON.stringify(queue.preset.id)},"changes":[${JSON.stringify(head).slice(0, -1)},"before":`,
    constant: String(run.world.connection.rows(`SELECT json_array(${fixed.join(', ')})`)[0]?.[0]),
  };
}

/** What the claim is judged by that is not a column which is compared anyway. */
function seenOtherwise(claims: Claims, columns: readonly string[]): Sql {
  const plain = new Set(
    columns.flatMap((name) => [`${claims.table}.${name}`, `${claims.table}.${quoteIdentifier(name)}`]),
  );
  const seen = [claims.claimedAt, claims.owner, claims.heartbeat, claims.lease]
    .flatMap((one) => one?.sql ?? [])
    .filter((sql) => !plain.has(sql));
  return seen.length === 0
    ? 'NULL'
    : `CAST(json_group_array(json_array(${seen.map(packed).join(', ')})) AS BLOB)`;
}

/** The extremes decide for all between them, if all are times of one form. */
function summaryColumns({ claimedAt, owner, heartbeat, lease, attempts }: Claims): Sql[] {
  const extremes = (time: TimeColumn | undefined) =>
    time ? [`min(${time.sql})`, `max(${time.sql})`, uniformity(time)] : ['NULL', 'NULL', '1'];
  const spent = attempts?.max ? `coalesce(${attempts.used} >= ${attempts.max}, 0)` : '0';
  const spentWithBack = attempts?.max ? `coalesce(${attempts.used} - 1 >= ${attempts.max}, 0)` : '0';
  return [
    'count(*)',
    owner ? `json_group_array(DISTINCT CAST(${owner.sql} AS TEXT))` : `'[null]'`,
    ...[claimedAt, heartbeat, lease].flatMap(extremes),
    ...[`min(${spent})`, `max(${spent})`, `min(${spentWithBack})`, `max(${spentWithBack})`],
  ];
}

/** Texts are in the order of time only if they have one form and no offset of their own. */
function uniformity({ sql, format }: TimeColumn): Sql {
  if (format !== 'text') return `count(*) = sum(typeof(${sql}) IN ('integer', 'real'))`;
  return `count(*) = sum(typeof(${sql}) = 'text') AND min(length(${sql})) = max(length(${sql})) AND min(substr(${sql}, 11, 1)) = max(substr(${sql}, 11, 1)) AND max(instr(substr(${sql}, 11), '-') + instr(substr(${sql}, 11), '+')) = 0`;
}

/** Ranges that are journalled together: each journal costs a flush of the disk, which takes milliseconds. */
const RANGES_AT_ONCE = 12;

interface Prepared {
  readonly range: Range;
  readonly fate: Fate;
  readonly plan: BulkPlan;
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
  run.world.journal.append(...ready.prepared.map(lineOf));
  let last: string = after;
  for (const one of ready.prepared) {
    run.request.signal.throwIfAborted();
    const isDone = await changeRange(run, bulk, one, ready.dataVersion);
    // Jobs that moved are taken one by one from where they begin.
    if (!isDone) return last === after ? null : { last };
    last = one.range.last;
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

/** `null`: not all of them are orphans of one fate, or it cannot be told from extremes. */
function judgeAll(
  run: Run,
  summary: readonly (RowValue | undefined)[],
): { fate: Fate; sample: Job; needsNobody: boolean } | null {
  const [, who, c1, c2, cOk, h1, h2, hOk, l1, l2, lOk, spent1, spent2, back1, back2] = summary;
  const alike = [cOk, hOk, lOk].every((ok) => Number(ok) === 1) && spent1 === spent2 && back1 === back2;
  const owners: (string | null)[] = JSON.parse(String(who));
  if (!alike || owners.length > MOST_OWNERS) return null;
  // The limit is 1 here, so that what is used up is 2, 1 or 0 of it: with, without, or not even after a refund.
  const attempts = Number(back1) === 1 ? 2 : Number(spent1) === 1 ? 1 : 0;
  const corners = owners.flatMap((owner) =>
    [c1, c2].flatMap((claimedAt) =>
      [h1, h2].flatMap((heartbeat) => [l1, l2].map((lease) => ({ owner, claimedAt, heartbeat, lease }))),
    ),
  );
  const jobs = corners.map(({ owner, ...times }) => toSample(times, owner, attempts));
  const [first] = jobs;
  const decisions = jobs.map((job) => run.world.decide(job));
  const [decided] = decisions;
  if (!first || !decided || decided.fate === 'none') return null;
  if (decisions.some(({ fate, verdict }) => fate !== decided.fate || verdict !== 'orphan')) return null;
  const needsNobody = decisions.some(({ proof }) => proof === 'nobody-attached');
  return { fate: decided.fate, sample: first, needsNobody };
}

function toSample(
  times: { claimedAt: RowValue | undefined; heartbeat: RowValue | undefined; lease: RowValue | undefined },
  owner: string | null,
  attempts: number,
): Job {
  return {
    ...{ key: '', id: '', queue: null, kind: null, observed: '', disowned: false, obstacle: null },
    ...{ ...times, owner, attempts, maxAttempts: 1 },
  };
}

function lineOf({ plan, before: [before], after }: Prepared): (string | Buffer)[] {
  const bytes = (value: RowValue | undefined) => (Buffer.isBuffer(value) ? value : Buffer.from('[]'));
  return [plan.head, bytes(before), `,"all":${plan.constant},"after":`, bytes(after), '}]}'];
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
        isEqual(one.before, connection.rows(one.plan.compare[one.density], ...values)[0] ?? []));
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

function isEqual(one: readonly (RowValue | undefined)[], other: readonly RowValue[]): boolean {
  return one.every((value, index) => {
    const counterpart = other[index];
    if (!Buffer.isBuffer(value) || !Buffer.isBuffer(counterpart)) return value === counterpart;
    return value.equals(counterpart);
  });
}
