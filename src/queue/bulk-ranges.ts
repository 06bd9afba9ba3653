/** Ranges of jobs, read without the write lock: the statements for them, and the next one after the last. */
import type { RowValue } from '../sqlite/row-connection.js';
import { compareKey, keyColumns, packKey } from './bind.js';
import { patiently } from './patience.js';
import type { Claims, Sql } from './preset.js';
import { whereClause } from './read.js';
import type { Run } from './run.js';
import type { Fate } from './shapes.js';
import { dataVersion, hasTriggers } from './transaction.js';
import { planUpdate, type Statement, type UpdatePlan } from './update-plan.js';

/** The statements, each for a range of keys. */
export interface Bulk {
  readonly claims: Claims;
  readonly endOfRange: Sql;
  readonly lastOfAll: Sql;
  /** One for each fate that is a single UPDATE of the jobs' own rows. */
  readonly plans: ReadonlyMap<Fate, UpdatePlan>;
  /** What is bound to the conditions that choose the jobs. */
  readonly values: readonly RowValue[];
  /** How often a packed key is bound. */
  readonly keyColumns: number;
}

/** Packed keys: from the first, excluded, to the last. */
export interface Range {
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
  const key = keyColumns(table, rows.table);
  const context = { connection: run.world.connection, queue, nowMs };
  const plans = new Map<Fate, UpdatePlan>();
  for (const fate of ['requeue', 'fail'] as const) {
    // A term that is not a bare comparison keeps the planner from using an index for it; and without subqueries SQLite
    // changes each row as it comes to it, instead of listing all of them first (update.c, WHERE_ONEPASS_MULTIROW).
    const plan = planUpdate(context, claims, run.request.stepsFor(fate), {
      sparse: `(${where.sql}) AND ${keys}`,
      dense: `+(${where.sql}) AND ${key} > ? AND ${key} <= ?`,
    });
    if (plan) plans.set(fate, plan);
  }
  if (plans.size === 0) return null;
  const search = (order: '' | ' DESC') =>
    queue.text(
      `SELECT ${packKey(table, rows.table)} FROM {${rows.table}} AS ${rows.table} WHERE (${where.sql}) AND ${compareKey(table, rows.table, '>')} ORDER BY ${keyColumns(table, rows.table, order)} LIMIT 1 OFFSET ?`,
      nowMs,
    );
  return {
    ...{ claims, plans, endOfRange: search(''), lastOfAll: search(' DESC') },
    ...{ values: where.values, keyColumns: table.key.length },
  };
}

/** A range as it was, and what it takes to change it. */
export interface ReadRange {
  readonly range: Range;
  readonly plan: UpdatePlan;
  readonly density: keyof Statement;
  readonly values: readonly RowValue[];
  /** Nobody else has committed anything since, as long as it stays. */
  readonly dataVersion: number;
  readonly count: number;
  /** What the range is judged by. */
  readonly summary: readonly (RowValue | undefined)[];
  /** To be compared under the lock. */
  readonly before: readonly (RowValue | undefined)[];
  readonly after: RowValue | undefined;
}

/** Reads range after range. */
export class RangeReader {
  /** Nothing comes after the last range. */
  isEnd = false;

  constructor(
    readonly run: Run,
    readonly bulk: Bulk,
    readonly plan: UpdatePlan,
    private after: string,
  ) {}

  /** None, if there is no more. */
  async next(): Promise<ReadRange[]> {
    return this.isEnd ? [] : patiently(this.run.patience, () => this.#read());
  }

  /** Within one read transaction, so that all that is read belongs together. */
  #read(): ReadRange[] {
    const { connection } = this.run.world;
    connection.run('BEGIN');
    try {
      const version = dataVersion(connection);
      const { last, isLast } = endOf(this.run, this.bulk, this.after);
      this.isEnd = isLast;
      if (last === null) return [];
      const range = { after: this.after, last };
      this.after = last;
      return [{ ...readRange(this.run, this.bulk, this.plan, range), dataVersion: version }];
    } finally {
      connection.run('COMMIT');
    }
  }
}

function endOf(run: Run, { endOfRange, lastOfAll, ...bulk }: Bulk, after: string): RangeEnd {
  const { connection } = run.world;
  const values = [...bulk.values, ...Array<string>(bulk.keyColumns).fill(after)];
  const [found] = connection.rows(endOfRange, ...values, run.chunk - 1);
  if (found) return { last: String(found[0]), isLast: false };
  const [final] = connection.rows(lastOfAll, ...values, 0);
  return { last: final ? String(final[0]) : null, isLast: true };
}

interface RangeEnd {
  /** `null`: there is none after it. */
  readonly last: string | null;
  readonly isLast: boolean;
}

function readRange(run: Run, bulk: Bulk, plan: UpdatePlan, range: Range): Omit<ReadRange, 'dataVersion'> {
  const { density, values } = bindRange(bulk, range, run.chunk);
  const [row = []] = run.world.connection.rows(plan.read[density], ...values);
  const [before, seen, after, ...summary] = row;
  const count = Number(summary[0]);
  return { range, plan, density, values, count, summary, before: [before, seen], after };
}

/** Dense: of keys that are whole numbers, at least a third of those in between. */
function bindRange(
  { values, keyColumns: columns }: Bulk,
  { after, last }: Range,
  rows: number,
): Pick<ReadRange, 'density' | 'values'> {
  const [from, to] = [wholeNumber(after), wholeNumber(last)];
  if (from !== null && to !== null && to - from <= 3 * rows) {
    return { density: 'dense', values: [...values, from, to] };
  }
  const packedKeys = [after, last].flatMap((key) => Array<string>(columns).fill(key));
  return { density: 'sparse', values: [...values, ...packedKeys] };
}

/** Of a packed key. */
function wholeNumber(key: string): number | null {
  const digits = /^\[(-?\d{1,15})\]$/.exec(key)?.[1];
  return digits === undefined ? null : Number(digits);
}
