/** A queue without its jobs: what it is, its counts and clocks, what would be written and what else that does. */
import type { RowConnection } from '../sqlite/row-connection.js';
import type { Milliseconds } from '../units.js';
import type { BoundQueue } from './bind.js';
import { readTime } from './clock.js';
import { describeChanges, plain } from './describe-changes.js';
import type { Wish } from './plan.js';
import type { Claims, TimeColumn } from './preset.js';
import type { QueueClock, QueueReport } from './shapes.js';
import type { Sorted } from './sorters.js';

/** Without what only the jobs themselves tell. */
export type Described = Omit<
  QueueReport,
  keyof Sorted | 'notes' | 'lockFailures' | 'applied' | 'countsAfter'
>;

const JOBS: QueueReport['rowsAre'] = { one: 'job', many: 'jobs', freed: 'requeued' };

/** All but the jobs themselves. */
export function describeQueue(
  connection: RowConnection,
  queue: BoundQueue,
  nowMs: Milliseconds,
  wish: Wish,
): Described {
  const { preset } = queue;
  const { action, claims } = preset;
  return {
    ...{ preset: preset.id, name: preset.name },
    tables: Object.fromEntries(Object.entries(queue.tables).map(([role, { name }]) => [role, name])),
    counts: countStates(connection, queue, nowMs),
    clocks: claims ? clocksOf(connection, queue, claims, wish) : [],
    rowsAre: claims?.rowsAre ?? JOBS,
    acts: action.kind === 'acts',
    changes: action.kind === 'acts' && claims ? describeChanges(queue, action, claims, wish) : [],
    ownRescue: preset.prose.ownRescue,
    ifAlive: preset.prose.ifAlive,
    wayOut:
      action.kind === 'explains'
        ? { why: action.why, text: action.wayOut, commands: [...action.commands] }
        : null,
  };
}

export function countStates(
  connection: RowConnection,
  queue: BoundQueue,
  nowMs: Milliseconds,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { from, state } of queue.preset.counts) {
    if (!queue.canUse(from) || !queue.canUse(state)) continue;
    const sql = queue.text(`SELECT ${state} AS state, count(*) FROM ${from} GROUP BY 1`, nowMs);
    for (const [name, count] of connection.rows(sql)) {
      counts[String(name)] = (counts[String(name)] ?? 0) + Number(count);
    }
  }
  return counts;
}

/** What the times are taken for, with the newest value as an example that anybody can check. */
function clocksOf(
  connection: RowConnection,
  queue: BoundQueue,
  claims: Claims,
  { zone }: Wish,
): QueueClock[] {
  const columns = [claims.claimedAt, claims.heartbeat, claims.lease].flatMap((time) => time ?? []);
  return columns.map((time) => clockOf(connection, queue, claims, time, zone));
}

function clockOf(
  connection: RowConnection,
  queue: BoundQueue,
  claims: Claims,
  time: TimeColumn,
  zone: Wish['zone'],
): QueueClock {
  const from = `{${claims.table}} AS ${claims.table} ${claims.joins ?? ''}`;
  const sql = queue.text(`SELECT CAST(max(${time.sql}) AS TEXT) FROM ${from} WHERE ${claims.where}`, 0);
  const newest = connection.rows(sql)[0]?.[0] ?? null;
  const meant = time.zone === 'utc' ? 'utc' : zone;
  const read = readTime(newest, time.format, meant);
  return {
    column: plain(time.sql, claims.table),
    format: time.format,
    zone: time.format !== 'text' || meant === null ? null : meant === 'utc' ? 'UTC' : meant.timeZone,
    newest: newest === null ? null : String(newest),
    newestAt: read.kind === 'time' ? isoOrNull(read.ms) : null,
  };
}

const LAST_DATE_MS = 8.64e15;

function isoOrNull(ms: Milliseconds): string | null {
  return Math.abs(ms) <= LAST_DATE_MS ? new Date(ms).toISOString() : null;
}
