/** Reading claimed jobs, page by page, so that no read transaction lasts. */
import { quoteIdentifier } from '../sqlite/identifiers.js';
import type { Row, RowConnection } from '../sqlite/row-connection.js';
import type { Milliseconds } from '../units.js';
import { type BoundQueue, compareKey, fromClause, keyColumns, packed, packKey } from './bind.js';
import type { ClaimRow } from './facts.js';
import type { Claims, JobRows, LockFailures, Obstacle, Sql } from './preset.js';

/** A claimed job as it was read. */
export interface Job extends ClaimRow {
  /** Its key as JSON text, which only SQLite takes apart. */
  readonly key: string;
  readonly id: string;
  readonly queue: string | null;
  readonly kind: string | null;
  readonly attempts: number | null;
  readonly maxAttempts: number | null;
  /** Everything that made it what it is, as JSON text: equal means that no worker has touched it. */
  readonly observed: string;
}

export interface JobFilter {
  readonly queues: readonly string[];
  readonly ids: readonly string[];
}

/** Rows of a preset that are read in the same way: claims, or jobs that failed because of a lock. */
export interface JobSource {
  readonly rows: JobRows;
  readonly claims: Partial<Claims>;
  readonly obstacles: readonly Obstacle[];
}

export function claimSource(claims: Claims, obstacles: readonly Obstacle[]): JobSource {
  return { rows: claims, claims, obstacles };
}

/** Only those whose error says that the database was locked. */
export function failureSource(failures: LockFailures): JobSource {
  const where = `(${failures.where}) AND (${failures.error} LIKE '%database is locked%' OR ${failures.error} LIKE '%database table is locked%' OR ${failures.error} LIKE '%BusyException%' OR ${failures.error} LIKE '%SQLITE_BUSY%')`;
  const { failedAt } = failures;
  return {
    rows: { ...failures, where },
    claims: failedAt ? { claimedAt: failedAt } : {},
    obstacles: failures.obstacles ?? [],
  };
}

/** `SELECT …` of one page without WHERE, and how to make a job of its rows. */
export function selectJobs(queue: BoundQueue, source: JobSource, nowMs: Milliseconds): Sql {
  const { rows, claims } = source;
  const usable = (sql: Sql | undefined) => (sql !== undefined && queue.canUse(sql) ? sql : 'NULL');
  const observed = [
    ...rows.observed.map((column) => `${rows.table}.${quoteIdentifier(column)}`),
    ...[claims.claimedAt, claims.owner, claims.heartbeat, claims.lease].flatMap((one) => one?.sql ?? []),
  ];
  const columns = [
    packKey(queue.tableOf(rows.table), rows.table),
    usable(rows.id),
    usable(rows.queue),
    usable(rows.kind),
    usable(claims.claimedAt?.sql),
    usable(claims.owner?.sql),
    usable(claims.heartbeat?.sql),
    usable(claims.lease?.sql),
    usable(claims.disowned?.sql),
    obstacleCase(queue, source.obstacles),
    usable(claims.attempts?.used),
    usable(claims.attempts?.max),
    `json_array(${observed.map(packed).join(', ')})`,
  ];
  return queue.text(`SELECT ${columns.join(', ')} FROM ${fromClause(rows)}`, nowMs);
}

/** The number of the first obstacle that is in the way. */
function obstacleCase(queue: BoundQueue, obstacles: readonly Obstacle[]): Sql {
  const cases = obstacles.flatMap(({ when }, index) =>
    queue.canUse(when) ? `WHEN ${when} THEN ${index}` : [],
  );
  return cases.length === 0 ? 'NULL' : `CASE ${cases.join(' ')} END`;
}

export function toJob(row: Row, { obstacles }: JobSource): Job {
  const [key, id, queue, kind, claimedAt, owner, heartbeat, lease, disowned, obstacle, used, max, observed] =
    row;
  return {
    ...{ key: String(key), id: String(id), queue: textOrNull(queue), kind: textOrNull(kind) },
    ...{ claimedAt, owner: textOrNull(owner), heartbeat, lease, disowned: Number(disowned ?? 0) !== 0 },
    obstacle: obstacle == null ? null : (obstacles[Number(obstacle)]?.because ?? 'an obstacle'),
    attempts: numberOrNull(used),
    maxAttempts: numberOrNull(max),
    observed: String(observed),
  };
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}

/** The condition that user and preset agree on; values are bound in its order. */
export function whereClause(
  queue: BoundQueue,
  { rows }: JobSource,
  filter: JobFilter,
): {
  readonly sql: Sql;
  readonly values: readonly string[];
} {
  const marks = (values: readonly string[]) => values.map(() => '?').join(', ');
  const parts = [`(${queue.text(rows.where, 0)})`];
  if (filter.queues.length > 0) parts.push(`(${rows.queue ?? 'NULL'}) IN (${marks(filter.queues)})`);
  if (filter.ids.length > 0) parts.push(`CAST(${rows.id} AS TEXT) IN (${marks(filter.ids)})`);
  return { sql: parts.join(' AND '), values: [...filter.queues, ...filter.ids] };
}

export interface PageRequest {
  readonly nowMs: Milliseconds;
  readonly filter: JobFilter;
  readonly pageRows: number;
  /** The key to go on after; `null`: from the first. */
  readonly after: string | null;
}

/** Calls `use` with page after page in the order of the key, each read by a statement of its own. */
export function eachPage(
  connection: RowConnection,
  queue: BoundQueue,
  source: JobSource,
  { nowMs, filter, pageRows, after: start }: PageRequest,
  use: (jobs: readonly Job[]) => boolean,
): void {
  const { rows } = source;
  const table = queue.tableOf(rows.table);
  const where = whereClause(queue, source, filter);
  const after = compareKey(table, rows.table, '>');
  const select = selectJobs(queue, source, nowMs);
  const order = `ORDER BY ${keyColumns(table, rows.table)} LIMIT ${pageRows}`;
  let last: string | null = start;
  for (;;) {
    const page: Row[] =
      last === null
        ? connection.rows(`${select} WHERE ${where.sql} ${order}`, ...where.values)
        : connection.rows(
            `${select} WHERE ${where.sql} AND ${after} ${order}`,
            ...where.values,
            ...table.key.map(() => last),
          );
    if (page.length === 0 || !use(page.map((row) => toJob(row, source)))) return;
    last = String(page.at(-1)?.[0]);
    if (page.length < pageRows) return;
  }
}
