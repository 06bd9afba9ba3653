/** A mapping for a table that nobody has described: from common names, and from the values that are in it. */
import { quoteIdentifier } from '../sqlite/identifiers.js';
import type { RowConnection } from '../sqlite/row-connection.js';
import { detectFormat } from './detect-clock.js';
import type { Mapping } from './mapping.js';
import type { TimeFormat } from './preset.js';
import { findColumn, type Table } from './tables.js';

export interface Proposal {
  readonly mapping: Mapping;
  /** What was seen, and what it was taken for: a sentence each. */
  readonly sees: readonly string[];
}

export type Guess =
  | { readonly kind: 'proposal'; readonly proposal: Proposal }
  /** It looks like a queue, and no mapping fits. */
  | { readonly kind: 'unmapped'; readonly table: string; readonly reason: string }
  | { readonly kind: 'no-queue' };

/** Compared in lower case without underscores. */
const NAMES = {
  status: ['status', 'state', 'jobstatus', 'jobstate'],
  started: [
    'startedat',
    'lockedat',
    'claimedat',
    'reservedat',
    'pickedat',
    'startedon',
    'started',
    'starttime',
  ],
  lease: [
    'leaseuntil',
    'leaseexpiresat',
    'leasedat',
    'lockeduntil',
    'claimeduntil',
    'expiresat',
    'visibleat',
  ],
  owner: [
    'workerid',
    'lockedby',
    'claimedby',
    'reservedby',
    'owner',
    'worker',
    'pid',
    'workerpid',
    'ownerpid',
  ],
  heartbeat: ['heartbeat', 'heartbeatat', 'lastheartbeat', 'lastheartbeatat', 'lastseen', 'lastseenat'],
  attempts: ['attempts', 'attempt', 'retries', 'tries', 'retrycount', 'attemptcount'],
  maxAttempts: ['maxattempts', 'maxretries', 'maxtries'],
  queue: ['queue', 'queuename', 'channel'],
} as const;

const VALUES = {
  running: [
    'running',
    'processing',
    'inprogress',
    'claimed',
    'active',
    'started',
    'executing',
    'working',
    'locked',
    'reserved',
    'busy',
    'leased',
  ],
  queued: ['queued', 'pending', 'waiting', 'ready', 'new', 'available', 'todo', 'enqueued', 'idle', 'open'],
  failed: ['failed', 'error', 'failure', 'dead', 'errored'],
} as const;

const QUEUE_NAME = /jobs?|tasks?|queue|work/i;
const DEFAULT_HEARTBEAT_LIMIT_MS = 300_000;
const MOST_VALUES = 50;

/** By its columns and its name alone: of no other table the rows are looked at. */
export function looksLikeQueue(table: Table): boolean {
  const claim = [NAMES.started, NAMES.lease, NAMES.owner, NAMES.heartbeat].flatMap(
    (names) => named(table, names) ?? [],
  );
  const isCalledQueue = QUEUE_NAME.test(table.name);
  const isQueue = claim.length > 0 || (named(table, NAMES.attempts) !== null && isCalledQueue);
  return isQueue && (named(table, NAMES.status) !== null || isCalledQueue);
}

export function guessMapping(connection: RowConnection, table: Table): Guess {
  if (!looksLikeQueue(table)) return { kind: 'no-queue' };
  const status = named(table, NAMES.status);
  const unmapped = (reason: string): Guess => ({ kind: 'unmapped', table: table.name, reason });
  if (table.kind !== 'table') return unmapped(`it is a ${table.kind === 'view' ? 'view' : 'virtual table'}`);
  if (status === null) return unmapped('it has no column status or state');
  const seen = statusValues(connection, table, status);
  const declared = declaredValues(connection, table, status);
  const running = valuesLike([...seen, ...declared], VALUES.running);
  const [queued] = valuesLike([...seen, ...declared], VALUES.queued);
  const list = seen.length === 0 ? 'none' : seen.join(', ');
  if (queued === undefined) return unmapped(`no status is called queued or the like (its values: ${list})`);
  // as long as no job is running, any name for it would be a guess without a trace
  const claimed = running.length === 0 ? ['running'] : running;
  const [failed] = valuesLike([...seen, ...declared], VALUES.failed);
  return toProposal(connection, table, { status, running: claimed, queued, failed: failed ?? null, seen });
}

interface States {
  readonly status: string;
  readonly running: readonly string[];
  readonly queued: string;
  readonly failed: string | null;
  readonly seen: readonly string[];
}

function toProposal(connection: RowConnection, table: Table, states: States): Guess {
  const time = (names: readonly string[]) => timeColumn(connection, table, named(table, names));
  const { status, running, queued, failed, seen } = states;
  const owner = named(table, NAMES.owner);
  const heartbeat = time(NAMES.heartbeat);
  const attempts = named(table, NAMES.attempts);
  const base = {
    table: table.name,
    id: null,
    status,
    running,
    queued,
    failed,
    queue: named(table, NAMES.queue),
  };
  const mapping: Mapping = {
    ...base,
    ...{ started: time(NAMES.started), lease: time(NAMES.lease), also: {}, blanks: {}, keepsOpen: false },
    owner: owner === null ? null : { column: owner, is: /pid/i.test(owner) ? 'pid' : 'text' },
    heartbeat: heartbeat === null ? null : { ...heartbeat, limitMs: DEFAULT_HEARTBEAT_LIMIT_MS },
    attempts:
      attempts === null
        ? null
        : {
            column: attempts,
            counted: countedWhen(connection, table, attempts, equalsAny(status, running)),
            max: named(table, NAMES.maxAttempts),
          },
  };
  const sees = [`${status} has the values ${seen.join(', ')}`];
  return { kind: 'proposal', proposal: { mapping, sees } };
}

function named({ columns }: Table, names: readonly string[]): string | null {
  const found = names.flatMap((name) => columns.find((column) => plain(column.name) === name) ?? []);
  return found[0]?.name ?? null;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Those of its statuses, in rows or in its definition, that are called so: the first name comes first. */
export function statusesLike(
  connection: RowConnection,
  table: Table,
  status: string,
  names: readonly string[],
): string[] {
  const values = [...statusValues(connection, table, status), ...declaredValues(connection, table, status)];
  return valuesLike(values, names);
}

function statusValues(connection: RowConnection, table: Table, status: string): string[] {
  const name = quoteIdentifier(status);
  const sql = `SELECT DISTINCT CAST(${name} AS TEXT) FROM ${quoteIdentifier(table.name)} WHERE ${name} IS NOT NULL LIMIT ${MOST_VALUES}`;
  return connection.rows(sql).map(([value]) => String(value));
}

/** Texts in the table's own definition: of a CHECK, or a default. They may be in no row yet. */
function declaredValues(connection: RowConnection, table: Table, status: string): string[] {
  const sql = `SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?`;
  const text = String(connection.rows(sql, table.name)[0]?.[0] ?? '');
  const at = text.toLowerCase().indexOf(status.toLowerCase());
  return at < 0 ? [] : [...text.slice(at).matchAll(/'((?:[^']|'')*)'/g)].map(([, value = '']) => value);
}

function valuesLike(values: readonly string[], names: readonly string[]): string[] {
  const like = names.flatMap((name) => values.filter((value) => plain(value) === name));
  return [...new Set(like)];
}

const SAMPLE_ROWS = 100;

/** `null`: no such column, or its values are no times; an empty column counts as whatever it will hold. */
function timeColumn(
  connection: RowConnection,
  table: Table,
  column: string | null,
): { column: string; format: TimeFormat } | null {
  if (column === null) return null;
  const format = detectFormat(sampleValues(connection, table, column));
  return format === null ? null : { column, format };
}

/** Some values of a column that are not NULL. */
export function sampleValues(connection: RowConnection, table: Table, column: string): unknown[] {
  const name = quoteIdentifier(findColumn(table, column)?.name ?? column);
  const sql = `SELECT ${name} FROM ${quoteIdentifier(table.name)} WHERE ${name} IS NOT NULL LIMIT ${SAMPLE_ROWS}`;
  return connection.rows(sql).map(([value]) => value);
}

function equalsAny(column: string, values: readonly string[]): string {
  return `CAST(${quoteIdentifier(column)} AS TEXT) IN (${values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ')})`;
}

/** A claimed job with 0 attempts was not counted at its claim. */
export function countedWhen(
  connection: RowConnection,
  table: Table,
  attempts: string,
  isClaimed: string,
): 'at-claim' | 'at-end' {
  const sql = `SELECT min(${quoteIdentifier(attempts)}) FROM ${quoteIdentifier(table.name)} WHERE ${isClaimed}`;
  const [[least] = []] = connection.rows(sql);
  return least === 0 ? 'at-end' : 'at-claim';
}
