/** Which queue of the database jobs are played in: the one that was named or described, or the only one there is. */
import { hostname } from 'node:os';
import { type BoundQueue, bindQueue } from '../../queue/bind.js';
import { type AmbiguousQueue, detectQueues, type FoundQueue, mainTable } from '../../queue/detect.js';
import { GENERIC_ROLE, genericPreset, type Mapping } from '../../queue/mapping.js';
import type { Work } from '../../queue/preset.js';
import { presets } from '../../queue/presets/index.js';
import { guessMapping } from '../../queue/propose.js';
import { listTables, type Table } from '../../queue/tables.js';
import { findTable, mappingOf, type Told } from '../../queue/told.js';
import { genericWork } from '../../queue/work.js';
import type { RowConnection } from '../../sqlite/row-connection.js';
import type { GroundRequest } from './request.js';

export type QueueChoice =
  | {
      readonly kind: 'queue';
      readonly queue: BoundQueue;
      readonly work: Work;
      /** What its columns mean nobody has said. */
      readonly guessed: boolean;
    }
  /** Sentences. */
  | { readonly kind: 'none'; readonly reason: string };

interface Candidate {
  readonly found: FoundQueue;
  /** `null`: its workers cannot be played. */
  readonly work: Work | null;
}

type Request = Extract<GroundRequest, { kind: 'queue' }>;

/** @throws MappingProblem for names that are not there */
export function chooseQueue(connection: RowConnection, { table, declared }: Request): QueueChoice {
  const tables = listTables(connection);
  const wanted = table === null ? null : findTable(tables, table);
  const isWanted = (name: string) => wanted === null || wanted.name === name;
  const told = declared
    .filter((one) => tables.some(({ name }) => same(name, one.table) && isWanted(name)))
    .map((one) => generic(connection, tables, mappingOf(connection, tables, one), one.done));
  if (told.length > 0) return only(told, false);
  const detected = detectQueues(tables, presets);
  // of a queue in several tables any of them may be named
  const found = detected.found.filter((queue) =>
    Object.values(queue.tables).some(({ name }) => isWanted(name)),
  );
  const ambiguous = detected.ambiguous.find((one) => isWanted(one.table));
  if (ambiguous !== undefined) return none(ambiguousText(ambiguous));
  if (found.length > 0)
    return only(
      found.map((queue) => ({ found: queue, work: queue.preset.work ?? null })),
      false,
    );
  return guess(connection, wanted, tables);
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function none(reason: string): QueueChoice {
  return { kind: 'none', reason };
}

function only(candidates: readonly Candidate[], guessed: boolean): QueueChoice {
  const played = candidates.filter(({ work }) => work !== null);
  const [first, second] = played;
  if (first?.work == null) return none(candidates.map(({ found }) => unplayedText(found)).join(' '));
  if (second === undefined)
    return { kind: 'queue', queue: bindQueue(first.found), work: first.work, guessed };
  const names = played.map(({ found }) => JSON.stringify(mainTable(found).name)).join(', ');
  return none(`There are several queues, ${names}: say which with --table.`);
}

function generic(
  connection: RowConnection,
  tables: readonly Table[],
  mapping: Mapping,
  done: Told['done'],
): Candidate {
  const table = findTable(tables, mapping.table);
  return {
    found: { preset: genericPreset(mapping, table.key, hostname()), tables: { [GENERIC_ROLE]: table } },
    work: genericWork(connection, table, mapping, done),
  };
}

function guess(connection: RowConnection, wanted: Table | null, tables: readonly Table[]): QueueChoice {
  const candidates = wanted === null ? tables : [wanted];
  const guesses = candidates.map((table) => guessMapping(connection, table));
  const mapped = guesses.flatMap((one) =>
    one.kind === 'proposal' ? generic(connection, tables, one.proposal.mapping, null) : [],
  );
  if (mapped.length > 0) return only(mapped, true);
  const [unmapped] = guesses.flatMap((one) => (one.kind === 'unmapped' ? one : []));
  if (unmapped !== undefined)
    return none(
      `${JSON.stringify(unmapped.table)} looks like a job queue, but ${unmapped.reason}: describe it under "queues" in the configuration.`,
    );
  return none(
    wanted === null
      ? 'No table of the database looks like a job queue.'
      : `${JSON.stringify(wanted.name)} does not look like a job queue: if it is one, describe it under "queues" in the configuration.`,
  );
}

function ambiguousText({ table, presets: ids }: AmbiguousQueue): string {
  return `${JSON.stringify(table)} has the columns of several kinds of queues (${ids.join(', ')}): describe it under "queues" in the configuration.`;
}

function unplayedText({ preset }: FoundQueue): string {
  return `Workers of ${preset.name} cannot be played: there a claim is not an UPDATE of the row of a job.`;
}
