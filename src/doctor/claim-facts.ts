/** How workers find the next job in the tables that look like queues, and what that costs. */

import { type JobTable, jobTableOf } from '../queue/job-tables.js';
import { quoteIdentifier } from '../sqlite/identifiers.js';
import type { EmptySchema } from '../sqlite/rebuild.js';
import { type Examined, provenIndex } from './proven-index.js';
import type { Claim } from './shapes.js';

type Query = Omit<Claim, 'createIndex'>;

export function claimFacts(examined: Examined, tables: readonly string[]): Claim[] {
  return tables.flatMap((table) => {
    const job = toJobTable(examined.schema, table);
    return job ? (claimOf(examined, job) ?? []) : [];
  });
}

function toJobTable({ query }: EmptySchema, table: string): JobTable | null {
  const columns = query('SELECT name, pk FROM pragma_table_info(?) ORDER BY pk', table);
  const names = columns.map(([name]) => String(name));
  const key = columns.flatMap(([name, pk]) => (pk === 0 ? [] : [String(name)]));
  return jobTableOf(table, names, key);
}

/**
 * Nobody outside knows the statement of the workers. So a table is served if an index serves any that its columns
 * suggest, in any order; only if none does, the likeliest one is reported.
 */
function claimOf(examined: Examined, job: JobTable): Claim | null {
  const { schema } = examined;
  const served = firstServed(schema, job);
  if (served) return { ...served, createIndex: null };
  const likeliest = likeliestTerms(job);
  const query = askPlan(schema, job, likeliest);
  if (!query || examined.doubtful.has(job.table)) return null;
  const isProven = () => isServed(askPlan(schema, job, likeliest));
  const createIndex = provenIndex(examined, job.table, [indexTerms(job)], isProven);
  return { ...query, createIndex };
}

/** WHERE and ORDER BY of one statement. */
interface Terms {
  /** Columns compared with a value. */
  readonly equal: readonly string[];
  /** The condition of a partial index, which must be repeated word by word for the index to be used. */
  readonly partial: PartialIndex | null;
  readonly order: readonly string[];
}

interface PartialIndex {
  readonly name: string;
  readonly condition: string;
}

function likeliestTerms(job: JobTable): Terms {
  return { equal: [job.status, ...listed(job.queue)], partial: null, order: likeliestOrder(job) };
}

function likeliestOrder({ priority, times }: JobTable): string[] {
  return [...listed(priority), ...times.slice(0, 1)].map(quoteIdentifier);
}

function indexTerms(job: JobTable): string[] {
  return [...[job.status, ...listed(job.queue)].map(quoteIdentifier), ...likeliestOrder(job)];
}

function listed(name: string | null): string[] {
  return name === null ? [] : [name];
}

function firstServed(schema: EmptySchema, job: JobTable): Query | null {
  for (const terms of plausibleTerms(schema, job)) {
    const query = askPlan(schema, job, terms);
    if (isServed(query)) return query;
  }
  return null;
}

function isServed(query: Query | null): query is Query {
  return query !== null && !query.scans && !query.sorts;
}

function* plausibleTerms(schema: EmptySchema, job: JobTable): Generator<Terms> {
  const filters = [[], listed(job.queue), listed(job.type), [...listed(job.queue), ...listed(job.type)]];
  const partials = partialIndexes(schema, job);
  for (const order of plausibleOrders(job)) {
    for (const filter of filters) {
      yield { equal: [job.status, ...filter], partial: null, order };
      for (const partial of partials) yield { equal: filter, partial, order };
    }
  }
}

function plausibleOrders({ priority, times, id }: JobTable): string[][] {
  const ages = [...times, id].map((name) => [quoteIdentifier(name)]);
  if (priority === null) return ages;
  const priorities = [quoteIdentifier(priority), `${quoteIdentifier(priority)} DESC`];
  return priorities.flatMap((first) => [...ages, []].map((age) => [first, ...age]));
}

/** So many partial indexes of a table are looked at; real queues have up to five. */
const MOST_PARTIAL = 8;

/** Those that contain the jobs of some states only. */
function partialIndexes({ query }: EmptySchema, { table, status }: JobTable): PartialIndex[] {
  const rows = query(
    'SELECT l.name, s.sql FROM pragma_index_list(?) AS l JOIN sqlite_schema AS s ON s.name = l.name WHERE l.partial LIMIT ?',
    table,
    MOST_PARTIAL,
  );
  const isOnStatus = new RegExp(`(?<!\\w)${escapeRegExp(status)}["\`\\]]?\\s*(?:=|IN\\b)`, 'i');
  return rows.flatMap(([name, sql]) => {
    const condition = /\)\s*WHERE\s+([\s\S]+)$/i.exec(String(sql))?.[1] ?? '';
    return isOnStatus.test(condition) ? [{ name: String(name), condition }] : [];
  });
}

function askPlan(schema: EmptySchema, job: JobTable, terms: Terms): Query | null {
  const { equal, partial, order } = terms;
  const equalities = equal.map((column) => `${quoteIdentifier(column)} = ?`);
  const conditions = [...(partial ? [`(${partial.condition})`] : []), ...equalities];
  const sql = `SELECT * FROM ${quoteIdentifier(job.table)} WHERE ${conditions.join(' AND ')} ORDER BY ${order.join(', ')} LIMIT 1`;
  const plan = schema.plan(sql, equal.length);
  if (!plan) return null;
  return {
    table: job.table,
    sql,
    plan,
    scans: !plan.some((line) => findsByState(line, job.status, partial)),
    sorts: plan.some((line) => line.startsWith('USE TEMP B-TREE FOR')),
  };
}

/** `SEARCH jobs USING INDEX jobs_idx (status=? AND queue=?)`, or any use of an index of waiting jobs only. */
function findsByState(line: string, status: string, partial: PartialIndex | null): boolean {
  if (partial && line.includes(` INDEX ${partial.name}`)) return true;
  return line.startsWith('SEARCH ') && new RegExp(`[( ]${escapeRegExp(status)}=\\?`).test(line);
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
