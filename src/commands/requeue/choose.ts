/** Which queues of a database are meant: by options, by the configuration, by columns, or by a guess. */
import { hostname } from 'node:os';
import type { QueueDocument } from '../../config.schema.js';
import { didYouMean } from '../../nearest.js';
import { quote, quoteList, UsageProblem } from '../../problem.js';
import { type AmbiguousQueue, detectQueues, type FoundQueue, mainTable } from '../../queue/detect.js';
import { GENERIC_ROLE, genericPreset, type Mapping } from '../../queue/mapping.js';
import { presets } from '../../queue/presets/index.js';
import { guessMapping, looksLikeQueue } from '../../queue/propose.js';
import type { RequeueDatabase } from '../../queue/shapes.js';
import { listTables, type Table } from '../../queue/tables.js';
import { findTable, mappingOf, type Told } from '../../queue/told.js';
import type { RowConnection } from '../../sqlite/row-connection.js';
import { asTold, configurationOf } from './generic.js';
import { toldByConfig } from './generic-options.js';

export interface Choice {
  readonly found: readonly FoundQueue[];
  readonly ambiguous: readonly AmbiguousQueue[];
  readonly proposals: RequeueDatabase['proposals'];
  readonly unmapped: RequeueDatabase['unmapped'];
  /** The queues that were found are guesses. */
  readonly guessed: boolean;
}

export interface ChoiceRequest {
  readonly preset: string | null;
  readonly table: string | null;
  readonly told: Told | null;
  readonly declared: readonly QueueDocument[];
}

/** @throws UsageProblem for names that are not there */
export function chooseQueues(connection: RowConnection, request: ChoiceRequest): Choice {
  const tables = listTables(connection);
  const { told, table, declared } = request;
  const mapped = (one: Told) =>
    genericQueue(
      asTold(() => mappingOf(connection, tables, one)),
      tables,
    );
  if (told) return sure([mapped(told)]);
  const wanted = table === null ? null : asTold(() => findTable(tables, table));
  if (request.preset !== null && request.preset !== 'generic')
    return byPreset(request.preset, tables, wanted);
  const byConfig = declared
    .filter((one) => tables.some(({ name }) => name.toLowerCase() === one.table.toLowerCase()))
    .map((one) => mapped(toldByConfig(one)));
  const taken = byConfig.map((queue) => mainTable(queue).name);
  const detected = detectQueues(tables, request.preset === 'generic' ? [] : presets);
  const isWanted = (name: string) => wanted === null || wanted.name === name;
  const byColumns = detected.found.filter((queue) => !taken.includes(mainTable(queue).name));
  const found = [...byConfig, ...byColumns].filter((queue) => isWanted(mainTable(queue).name));
  const ambiguous = detected.ambiguous.filter((one) => isWanted(one.table) && !taken.includes(one.table));
  if (found.length > 0 || ambiguous.length > 0) return { ...sure(found), ambiguous };
  return guess(connection, wanted === null ? tables : [wanted], tables);
}

/** The tables that `chooseQueues` and what follows will read, by their definitions alone. */
export function tablesToRead(
  connection: RowConnection,
  { told, declared }: Pick<ChoiceRequest, 'told' | 'declared'>,
): ReadonlySet<string> {
  const tables = listTables(connection);
  const named = [...(told ? [told.table] : []), ...declared.map(({ table }) => table)];
  const { found } = detectQueues(tables, presets);
  const detected = found.flatMap((queue) => Object.values(queue.tables).map(({ name }) => name));
  const guessed = tables.filter(looksLikeQueue).map(({ name }) => name);
  return new Set([...named, ...detected, ...guessed].map((name) => name.toLowerCase()));
}

function sure(found: readonly FoundQueue[]): Choice {
  return { found, ambiguous: [], proposals: [], unmapped: [], guessed: false };
}

function genericQueue(mapping: Mapping, tables: readonly Table[]): FoundQueue {
  const table = tables.find(({ name }) => name === mapping.table);
  if (!table) throw new Error(`no table ${mapping.table}`);
  if (table.key.length === 0) {
    throw new UsageProblem(
      `The rows of ${quote(table.name)} cannot be told apart: it has no primary key, and columns have taken all names of the rowid.`,
    );
  }
  return { preset: genericPreset(mapping, table.key, hostname()), tables: { [GENERIC_ROLE]: table } };
}

function byPreset(id: string, tables: readonly Table[], wanted: Table | null): Choice {
  const meant = presets.filter((preset) => preset.id === id);
  const ids = [...new Set(presets.map((preset) => preset.id)), 'generic'];
  if (meant.length === 0) {
    throw new UsageProblem(
      `There is no preset ${quote(id)}.${didYouMean(id, ids) || ` There are ${ids.join(', ')}.`}`,
    );
  }
  const { found } = detectQueues(tables, meant);
  const chosen = found.filter((queue) => wanted === null || mainTable(queue).name === wanted.name);
  if (chosen.length > 0) return sure(chosen);
  const needed = Object.entries(meant[0]?.tables ?? {}).filter(([, { optional }]) => !optional);
  const columns = needed.map(([, { named, columns: names }]) => `${named} (${names.join(', ')})`);
  throw new UsageProblem(
    `No table${wanted === null ? '' : ` ${quote(wanted.name)}`} has the columns of ${id}: it needs tables like ${columns.join('; ')}.`,
  );
}

function guess(connection: RowConnection, candidates: readonly Table[], tables: readonly Table[]): Choice {
  const guesses = candidates.map((table) => guessMapping(connection, table));
  const proposals = guesses.flatMap((one) => (one.kind === 'proposal' ? one.proposal : []));
  const unmapped = guesses.flatMap((one) =>
    one.kind === 'unmapped' ? { table: one.table, reason: one.reason } : [],
  );
  return {
    found: proposals.map(({ mapping }) => genericQueue(mapping, tables)),
    ambiguous: [],
    proposals: proposals.map(({ mapping, sees }) => ({
      ...{ table: mapping.table, configuration: configurationOf(mapping), sees: [...sees] },
    })),
    unmapped,
    guessed: true,
  };
}

/** Of several queues, which one is to be changed only the user can say: a sentence. */
export function whySeveral(found: readonly FoundQueue[]): string | null {
  const acting = found.filter(({ preset }) => preset.action.kind === 'acts');
  const products = acting.filter(
    (queue, index) => !acting.slice(0, index).some((other) => shareTables(queue, other)),
  );
  const names = products.map((queue) => mainTable(queue).name);
  return names.length < 2 ? null : `There are several queues, ${quoteList(names)}: say which with --table`;
}

/** Two sides of one framework: its jobs, and its timetable. */
function shareTables(queue: FoundQueue, other: FoundQueue): boolean {
  return Object.values(other.tables).some(({ name }) => name === mainTable(queue).name);
}
