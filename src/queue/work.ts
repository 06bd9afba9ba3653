/** What a worker of one's own table writes, as far as its columns say. */
import { quoteIdentifier } from '../sqlite/identifiers.js';
import type { RowConnection } from '../sqlite/row-connection.js';
import { claimOrder } from './claim-order.js';
import { detectFormat } from './detect-clock.js';
import { GENERIC_ROLE, literal, type Mapping, requeued } from './mapping.js';
import { momentSql } from './moment.js';
import type { Sql, TimeFormat, Work } from './preset.js';
import { sampleValues, statusesLike } from './propose.js';
import { findColumn, type Table } from './tables.js';

/** Compared in lower case without underscores. */
const DONE = ['done', 'completed', 'complete', 'finished', 'succeeded', 'successful', 'success', 'processed'];
const ENDED = ['finishedat', 'completedat', 'doneat', 'endedat', 'finishedon', 'completedon'];
const FAILED = ['failedat', 'failedon'];
const ERRORS = ['error', 'lasterror', 'errormessage', 'exception'];
/** Of a lease that a claim takes. */
const LEASE_SECONDS = 300;

/** @param done the status of a finished job, if the user has said it */
export function genericWork(
  connection: RowConnection,
  table: Table,
  mapping: Mapping,
  done: string | null,
): Work {
  const { status, running, queued, failed, attempts } = mapping;
  const claimed = running[0] ?? 'running';
  const finished = done ?? statusesLike(connection, table, status, DONE)[0] ?? null;
  const now = (names: readonly string[]) =>
    Object.fromEntries(named(table, names).map((name) => [name, moment(connection, table, name, null)]));
  const failedOnce = attempts?.counted === 'at-end' ? oneMore(attempts.column) : {};
  return {
    states: `${status}: ${queued} → ${claimed} → ${finished ?? 'row deleted'}`,
    waiting: `${column(status)} = ${literal(queued)}`,
    order: claimOrder(connection, table, status),
    claim: claimOf(connection, table, mapping, claimed),
    done: finished === null ? 'delete' : { [status]: literal(finished), ...now(ENDED) },
    fail: failed === null ? 'delete' : { [status]: literal(failed), ...now(FAILED), ...failedOnce },
    renew: {
      ...nulls(table, named(table, [...ENDED, ...FAILED, ...ERRORS])),
      ...(attempts === null ? {} : { [attempts.column]: '0' }),
      ...requeued(mapping),
    },
  };
}

function column(name: string): Sql {
  return `${GENERIC_ROLE}.${quoteIdentifier(name)}`;
}

function oneMore(attempts: string): Record<string, Sql> {
  return { [attempts]: `coalesce(${column(attempts)}, 0) + 1` };
}

function claimOf(
  connection: RowConnection,
  table: Table,
  { status, started, owner, heartbeat, lease, attempts }: Mapping,
  claimed: string,
): Record<string, Sql> {
  const times = [started, heartbeat].flatMap((time) => time ?? []);
  return {
    [status]: literal(claimed),
    ...Object.fromEntries(
      times.map((time) => [time.column, moment(connection, table, time.column, time.format)]),
    ),
    ...(lease === null
      ? {}
      : { [lease.column]: moment(connection, table, lease.column, lease.format, LEASE_SECONDS) }),
    // `host:pid` is what requeue-orphans can look up, too
    ...(owner === null
      ? {}
      : { [owner.column]: owner.is === 'pid' ? '{worker:pid}' : `'{worker:host}:{worker:pid}'` }),
    ...(attempts?.counted === 'at-claim' ? oneMore(attempts.column) : {}),
  };
}

function moment(
  connection: RowConnection,
  table: Table,
  name: string,
  format: TimeFormat | null,
  laterSeconds = 0,
): Sql {
  const values = sampleValues(connection, table, name);
  const sample = values.find((value) => typeof value === 'string');
  const known = format ?? detectFormat(values) ?? 'text';
  return momentSql(known, typeof sample === 'string' ? sample : null, laterSeconds);
}

function named({ columns }: Table, names: readonly string[]): string[] {
  return columns
    .filter(({ name, generated }) => !generated && names.includes(name.toLowerCase().replaceAll('_', '')))
    .map(({ name }) => name);
}

function nulls(table: Table, names: readonly string[]): Record<string, Sql> {
  const may = names.filter((name) => findColumn(table, name)?.notNull === false);
  return Object.fromEntries(may.map((name) => [name, 'NULL']));
}
