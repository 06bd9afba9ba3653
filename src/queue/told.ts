/** From what the user said about a table of their own to a mapping that fits the table, or a sentence about why not. */
import { quoteIdentifier } from '../sqlite/identifiers.js';
import type { RowConnection } from '../sqlite/row-connection.js';
import type { Milliseconds } from '../units.js';
import { detectFormat } from './detect-clock.js';
import { literal, type Mapping } from './mapping.js';
import type { TimeFormat } from './preset.js';
import { countedWhen, sampleValues } from './propose.js';
import { findColumn, type Table } from './tables.js';

/** What the user said, by options or in the configuration: names as they were written; `null`: left out. */
export interface Told {
  readonly table: string;
  readonly id: string | null;
  readonly status: string;
  readonly running: readonly string[];
  readonly queued: string;
  readonly failed: string | null;
  /** Of a finished job; requeueing does not ask for it. */
  readonly done: string | null;
  readonly started: string | null;
  readonly startedFormat: TimeFormat | null;
  readonly owner: string | null;
  readonly ownerIs: 'pid' | 'text' | null;
  readonly heartbeat: string | null;
  readonly heartbeatLimitMs: Milliseconds | null;
  readonly lease: string | null;
  readonly attempts: string | null;
  readonly counted: 'at-claim' | 'at-end' | null;
  /** A number, or the name of a column. */
  readonly maxAttempts: string | null;
  readonly queue: string | null;
  readonly keepsOpen: boolean;
  readonly also: Readonly<Record<string, string>>;
}

/** What was said does not fit the database: a sentence or two, names as JSON has them. */
export class MappingProblem extends Error {
  override readonly name = 'MappingProblem';

  constructor(
    message: string,
    /** A name that is not there, and those that may have been meant. */
    readonly misnamed: {
      readonly of: 'table' | 'column';
      readonly given: string;
      readonly candidates: readonly string[];
    } | null = null,
  ) {
    super(message);
  }
}

const DEFAULT_HEARTBEAT_LIMIT_MS = 300_000;

/** @throws MappingProblem for a table or a column that is not there */
export function mappingOf(connection: RowConnection, tables: readonly Table[], told: Told): Mapping {
  const table = findTable(tables, told.table);
  const column = (name: string) => columnOf(table, name);
  const optional = (name: string | null) => (name === null ? null : column(name));
  const time = (name: string | null, format: TimeFormat | null) => timeOf(connection, table, name, format);
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
    const candidates = tables.map((candidate) => candidate.name);
    throw new MappingProblem(`There is no table ${quoted(name)}.`, { of: 'table', given: name, candidates });
  }
  if (table.kind === 'table') return table;
  const what = table.kind === 'view' ? 'a view' : 'a virtual table';
  throw new MappingProblem(`${quoted(table.name)} is ${what}: name the table that holds the rows.`);
}

function columnOf(table: Table, name: string): string {
  const column = findColumn(table, name);
  if (column) return column.name;
  const candidates = table.columns.map((candidate) => candidate.name);
  const complaint = `${quoted(table.name)} has no column ${quoted(name)}.`;
  throw new MappingProblem(complaint, { of: 'column', given: name, candidates });
}

function refuseGenerated(table: Table, names: readonly string[]): void {
  const generated = names.find((name) => findColumn(table, name)?.generated);
  if (generated === undefined) return;
  throw new MappingProblem(
    `${quoted(generated)} of ${quoted(table.name)} is a generated column, which cannot be set: name the column that it is made of.`,
  );
}

function ownerOf(column: string | null, is: Told['ownerIs']): Mapping['owner'] {
  if (column === null) return null;
  if (is !== null) return { column, is };
  return { column, is: /pid/i.test(column) ? 'pid' : 'text' };
}

function timeOf(
  connection: RowConnection,
  table: Table,
  name: string | null,
  format: TimeFormat | null,
): { column: string; format: TimeFormat } | null {
  if (name === null) return null;
  const column = columnOf(table, name);
  if (format !== null) return { column, format };
  const values = sampleValues(connection, table, column);
  const detected = detectFormat(values);
  if (detected !== null) return { column, format: detected };
  // an empty column says nothing, and nothing depends on it
  if (values.length === 0) return { column, format: 'text' };
  throw new MappingProblem(
    `The values of ${quoted(column)}, such as ${quoted(String(values[0]))}, are times of no format that dblock knows, or of several: say which with --started-format, or leave the column out.`,
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
    counted: told.counted ?? countedWhen(connection, table, column, claimed),
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
  throw new MappingProblem(
    `${quoted(name)} of ${quoted(table.name)} may not be NULL, and waiting jobs do not show what it has then: say --also ${name}=VALUE.`,
  );
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
