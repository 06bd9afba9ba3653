/** From what the user said about a table of their own to a mapping that fits the table, or a sentence about why not. */
import { didYouMean } from '../../nearest.js';
import { quote, quoteList, UsageProblem } from '../../problem.js';
import { detectFormat } from '../../queue/detect-clock.js';
import { literal, type Mapping } from '../../queue/mapping.js';
import { type TimeFormat, timeFormats } from '../../queue/preset.js';
import { countedWhen, sampleValues } from '../../queue/propose.js';
import { findColumn, type Table } from '../../queue/tables.js';
import { quoteIdentifier } from '../../sqlite/identifiers.js';
import type { RowConnection } from '../../sqlite/row-connection.js';
import type { Told } from './generic-options.js';
import { oneOf } from './options.js';

const DEFAULT_HEARTBEAT_LIMIT_MS = 300_000;

/** @throws UsageProblem for a table or a column that is not there, with the nearest name */
export function mappingOf(connection: RowConnection, tables: readonly Table[], told: Told): Mapping {
  const table = findTable(tables, told.table);
  const column = (name: string) => columnOf(table, name);
  const optional = (name: string | null) => (name === null ? null : column(name));
  const time = (name: string | null, format: string | null) => timeOf(connection, table, name, format);
  const heartbeat = time(told.heartbeat, null);
  const status = column(told.status);
  const also = Object.fromEntries(Object.entries(told.also).map(([name, to]) => [column(name), to]));
  const mapping = {
    ...{ table: table.name, id: optional(told.id), status, running: told.running, queued: told.queued },
    ...{
      failed: told.failed,
      started: time(told.started, told.startedFormat),
      lease: time(told.lease, null),
    },
    owner: ownerOf(optional(told.owner), told.ownerIs),
    heartbeat:
      heartbeat === null
        ? null
        : { ...heartbeat, limitMs: told.heartbeatLimitMs ?? DEFAULT_HEARTBEAT_LIMIT_MS },
    attempts: attemptsOf(connection, table, told),
    queue: optional(told.queue),
    keepsOpen: told.keepsOpen,
    also,
  };
  refuseGenerated(table, [status, ...Object.keys(also)]);
  return { ...mapping, blanks: blanksFor(connection, table, { ...mapping, blanks: {} }) };
}

export function findTable(tables: readonly Table[], name: string): Table {
  const table = tables.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (!table) {
    const names = tables.map((candidate) => candidate.name);
    const hint = didYouMean(name, names) || ` There are ${quoteList(names)}.`;
    throw new UsageProblem(`There is no table ${quote(name)}.${names.length === 0 ? '' : hint}`);
  }
  if (table.kind === 'table') return table;
  const what = table.kind === 'view' ? 'a view' : 'a virtual table';
  throw new UsageProblem(`${quote(table.name)} is ${what}: name the table that holds the rows.`);
}

function columnOf(table: Table, name: string): string {
  const column = findColumn(table, name);
  if (column) return column.name;
  const names = table.columns.map((candidate) => candidate.name);
  const hint = didYouMean(name, names) || ` It has ${quoteList(names)}.`;
  throw new UsageProblem(`${quote(table.name)} has no column ${quote(name)}.${hint}`);
}

function refuseGenerated(table: Table, names: readonly string[]): void {
  const generated = names.find((name) => findColumn(table, name)?.generated);
  if (generated === undefined) return;
  throw new UsageProblem(
    `${quote(generated)} of ${quote(table.name)} is a generated column, which cannot be set: name the column that it is made of.`,
  );
}

function ownerOf(column: string | null, is: string | null): Mapping['owner'] {
  if (column === null) return null;
  if (is !== null) return { column, is: oneOf('--owner-is', is, ['pid', 'text'] as const) };
  return { column, is: /pid/i.test(column) ? 'pid' : 'text' };
}

function timeOf(
  connection: RowConnection,
  table: Table,
  name: string | null,
  format: string | null,
): { column: string; format: TimeFormat } | null {
  if (name === null) return null;
  const column = columnOf(table, name);
  if (format !== null) return { column, format: oneOf('--started-format', format, timeFormats) };
  const values = sampleValues(connection, table, column);
  const detected = detectFormat(values);
  if (detected !== null) return { column, format: detected };
  // an empty column says nothing, and nothing depends on it
  if (values.length === 0) return { column, format: 'text' };
  throw new UsageProblem(
    `The values of ${quote(column)}, such as ${quote(String(values[0]))}, are times of no format that dblock knows, or of several: say which with --started-format, or leave the column out.`,
  );
}

function attemptsOf(connection: RowConnection, table: Table, told: Told): Mapping['attempts'] {
  if (told.attempts === null) return null;
  const column = columnOf(table, told.attempts);
  const claimed = told.running
    .map((value) => `${quoteIdentifier(told.status)} = ${literal(value)}`)
    .join(' OR ');
  const max = told.maxAttempts;
  return {
    column,
    counted:
      told.counted === null
        ? countedWhen(connection, table, column, claimed)
        : oneOf('--counted', told.counted, ['at-claim', 'at-end'] as const),
    max: max === null ? null : /^\d+$/.test(max) ? Number(max) : columnOf(table, max),
  };
}

/** Where NULL is not allowed: what all waiting jobs have there. */
function blanksFor(connection: RowConnection, table: Table, mapping: Mapping): Record<string, string> {
  const { started, owner, heartbeat, lease, also, status, queued } = mapping;
  const cleared = [started, owner, heartbeat, lease].flatMap((one) => one?.column ?? []);
  const strict = cleared.filter((name) => !(name in also) && findColumn(table, name)?.notNull);
  refuseGenerated(table, cleared);
  return Object.fromEntries(strict.map((name) => [name, blankOf(connection, table, name, status, queued)]));
}

function blankOf(
  connection: RowConnection,
  table: Table,
  name: string,
  status: string,
  queued: string,
): string {
  const column = quoteIdentifier(name);
  const sql = `SELECT DISTINCT quote(${column}) FROM ${quoteIdentifier(table.name)} WHERE ${quoteIdentifier(status)} = ${literal(queued)} LIMIT 2`;
  const [[only] = [], second] = connection.rows(sql);
  if (typeof only === 'string' && second === undefined) return only;
  throw new UsageProblem(
    `${quote(name)} of ${quote(table.name)} may not be NULL, and waiting jobs do not show what it has then: say --also ${name}=VALUE.`,
  );
}

/** A mapping as configuration, ready to paste. */
export function configurationOf(mapping: Mapping): string {
  const { table, id, status, running, queued, failed, started, owner, heartbeat, lease, attempts } = mapping;
  const [only, second] = running;
  const queue = {
    ...{ table, ...(id === null ? {} : { id }), status },
    running: second === undefined ? only : running,
    ...{ queued, ...(failed === null ? {} : { failed }) },
    ...(started === null ? {} : { started: started.column, started_format: started.format }),
    ...(owner === null ? {} : { owner: owner.column, owner_is: owner.is }),
    ...(heartbeat === null
      ? {}
      : { heartbeat: heartbeat.column, heartbeat_limit_s: Math.round(heartbeat.limitMs / 1000) }),
    ...(lease === null ? {} : { lease: lease.column }),
    ...(attempts === null ? {} : { attempts: attempts.column, counted: attempts.counted }),
    ...(attempts?.max == null ? {} : { max_attempts: attempts.max }),
    ...(mapping.queue === null ? {} : { queue: mapping.queue }),
    ...(mapping.keepsOpen ? { keeps_open: true } : {}),
  };
  return JSON.stringify({ queues: [queue] }, null, 2);
}
