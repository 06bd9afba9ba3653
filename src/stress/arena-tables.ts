/** The tables that a load is played on: ours, made anew before each run, and those of the user's that it writes to. */
import type { Database } from 'better-sqlite3';
import { quoteIdentifier } from '../sqlite/identifiers.js';
import { ArenaProblem } from './arena-problem.js';
import type { ArenaOrder, Prepared } from './arena-protocol.js';
import { GroundProblem, type GroundRequest } from './ground/request.js';
import type { Ground } from './ground-shapes.js';
import { dropOwn, MADE_TABLE, refuseBesideAnother, signTables } from './made-tables.js';
import { workloadNamed } from './workloads/index.js';
import { inspectTable, TableProblem } from './workloads/table.js';
import { OWN_PREFIX, SAMPLES_TABLE } from './workloads/workload.js';

type QueueRequest = Extract<GroundRequest, { kind: 'queue' }>;
export type Layer = (database: Database, request: QueueRequest, jobs: number) => Made;

/** What knows all kinds of queues is loaded only where one is looked for. */
export async function loadLayer(): Promise<Layer> {
  const { layQueue } = await import('./ground/lay.js');
  return (database, request, jobs) => {
    try {
      return layQueue(database, request, jobs);
    } catch (error) {
      if (error instanceof GroundProblem)
        throw new ArenaProblem(error.message.replace(/\.$/, ''), error.misnamed);
      throw error;
    }
  };
}

type Made = Pick<Prepared, 'facts' | 'ground'>;

/** Our tables, and what the actors need to know of those of the user's. @throws ArenaProblem */
export function makeTables(
  database: Database,
  { workload, ground: request, inPlace }: Extract<ArenaOrder, { order: 'prepare' }>,
  lay: Layer | null,
): Made {
  if (inPlace) refuseBesideAnother(database);
  dropOwn(database, [SAMPLES_TABLE]);
  if (workload === null) return NO_GROUND;
  signTables(database);
  const jobs = workloadNamed(workload).jobs ?? 0;
  const { facts, ground } = layGround(database, request, (one) =>
    lay === null ? NO_GROUND : lay(database, one, jobs),
  );
  return { facts: workloadNamed(workload).prepare(database, facts), ground };
}

const NO_GROUND: Made = { facts: {}, ground: null };

function layGround(
  database: Database,
  request: GroundRequest | null,
  lay: (request: QueueRequest) => Made,
): Made {
  switch (request?.kind) {
    case 'queue':
      return lay(request);
    case 'rows': {
      const table = inspect(database, request.table);
      return { facts: { table }, ground: { tables: 'rows', table: table.table } };
    }
    case 'own':
      return { facts: {}, ground: { tables: 'own', reason: null } };
    case undefined:
      return NO_GROUND;
  }
}

function inspect(database: Database, table: string): ReturnType<typeof inspectTable> {
  try {
    return inspectTable(database, table);
  } catch (error) {
    if (!(error instanceof TableProblem)) throw error;
    const misnamed = error.candidates.length === 0 ? null : { given: table, candidates: error.candidates };
    throw new ArenaProblem(`--table ${JSON.stringify(table)} ${error.message}`, misnamed);
  }
}

/** A short read: some rows of the table that is written to, else of one of ours, or of one of theirs if scripts write to those. */
export function readSqlOf(database: Database, ground: Ground | null): string {
  if (ground !== null && ground.tables !== 'own')
    return `SELECT * FROM ${quoteIdentifier(ground.table)} LIMIT 20`;
  const [name] = database
    .prepare<[number, string], string>(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY substr(name, 1, ?) = ? DESC, name",
    )
    .pluck()
    .all(OWN_PREFIX.length, OWN_PREFIX)
    .filter((candidate) => candidate !== MADE_TABLE);
  return name === undefined
    ? 'SELECT count(*) FROM sqlite_schema'
    : `SELECT * FROM ${quoteIdentifier(name)} LIMIT 20`;
}
