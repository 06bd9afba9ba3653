/**
 * Makes a queue of the copy one that can be played: jobs that wait, whatever they were, and enough of them. Everything else of
 * the table stays as it is: its other rows, its indexes, its triggers.
 */
import { hostname } from 'node:os';
import type { Database } from 'better-sqlite3';
import { mainTable } from '../../queue/detect.js';
import { sideEffects } from '../../queue/side-effects.js';
import { MappingProblem } from '../../queue/told.js';
import { quoteIdentifier } from '../../sqlite/identifiers.js';
import { rowsOver } from '../../sqlite/row-connection.js';
import type { Ground, QueueGround } from '../ground-shapes.js';
import type { Facts } from '../plan.js';
import { countJobs, type JobTable, jobAdder } from '../workloads/jobs.js';
import { chooseQueue, type QueueChoice } from './choose.js';
import { rehearse } from './rehearse.js';
import { GroundProblem, type GroundRequest } from './request.js';
import { prepareSamples } from './samples.js';
import {
  CREATE_NOTES,
  type Pieces,
  type Playable,
  piecesOf,
  statementsOf,
  withoutJob,
} from './statements.js';

export interface Laid {
  readonly ground: Ground;
  readonly facts: Facts;
}

type Request = Extract<GroundRequest, { kind: 'queue' }>;

/**
 * In a transaction. Of a queue that nobody has named, what is in the way is the reason why dblock's own table is played.
 * @param jobs so many are to wait at first
 * @throws GroundProblem if the queue that was named cannot be played
 */
export function layQueue(database: Database, request: Request, jobs: number): Laid {
  const choice = choose(database, request);
  if (choice.kind === 'none') return instead(choice.reason, request, OWN_WAY);
  try {
    return database.transaction(() => lay(database, choice, jobs))();
  } catch (error) {
    const reason = reasonOf(error);
    const { name } = mainTable(choice.queue);
    return instead(`The queue ${JSON.stringify(name)} cannot be played: ${reason}.`, request, OWN_WAY);
  }
}

const OWN_WAY = "Without --table, jobs are played in a table of dblock's own.";

function choose(database: Database, request: Request): QueueChoice {
  try {
    return chooseQueue(rowsOver(database), request);
  } catch (error) {
    if (!(error instanceof MappingProblem)) throw error;
    const { misnamed, message } = error;
    if (misnamed?.of !== 'table') throw new GroundProblem(message, misnamed);
    throw new GroundProblem(`--table ${JSON.stringify(misnamed.given)} is not in the database.`, misnamed);
  }
}

/** @param way how to go on, where that is an error */
function instead(reason: string, { table }: Request, way: string): Laid {
  if (table !== null) throw new GroundProblem(`${reason} ${way}`);
  return { ground: { tables: 'own', reason }, facts: {} };
}

/** Why it was not accepted: SQLite's words, or ours. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
  return `${message}${code}`;
}

function lay(
  database: Database,
  { queue, work, guessed }: Extract<QueueChoice, { kind: 'queue' }>,
  jobs: number,
): Laid {
  const { claims } = queue.preset;
  if (claims === undefined) throw new Error('nothing says which of its jobs are claimed');
  const table = mainTable(queue);
  const playable: Playable = { queue, claims, work, key: keyOf(database, table), host: hostname() };
  const pieces = piecesOf(playable);
  database.exec(CREATE_NOTES);
  const setBack = setBackJobs(database, pieces, jobs);
  const samples = prepareSamples(database, playable, pieces);
  const statements = statementsOf(playable, samples.add);
  const added = addJobs(database, pieces, statements, jobs);
  rehearse(database, statements);
  const ground: QueueGround = {
    ...{ tables: 'queue', table: table.name, preset: queue.preset.id, name: queue.preset.name },
    ...{ guessed, states: work.states, order: plain(work.order, claims.table) },
    plan: planOf(database, statements, { alias: claims.table, table: table.name }),
    triggers: triggersOf(database, statements),
    ...{ setBack, added, waiting: waitingJobs(database, pieces), samples: samples.from },
    orphansProvable: claims.owner !== undefined || claims.keepsOpen,
  };
  return { ground, facts: { jobs: statements } };
}

/** What a worker knows a job by. */
function keyOf(database: Database, { name, key }: ReturnType<typeof mainTable>): string {
  const [only, second] = key;
  if (only !== undefined && second === undefined) return only;
  try {
    database.prepare(`SELECT rowid FROM ${quoteIdentifier(name)}`);
    return 'rowid';
  } catch {
    throw new Error('its key has several columns, and it has no rowid');
  }
}

function waitingJobs(database: Database, { from, waiting }: Pieces): number {
  return countJobs(database, `SELECT count(*) FROM ${from} WHERE ${waiting}`);
}

/** Those that are claimed, for nobody works on them here; then others, the latest first. Those that another one is in the way of stay. */
function setBackJobs(database: Database, pieces: Pieces, jobs: number): number {
  const { from, key, waiting, claimed, renewed } = pieces;
  const change = `UPDATE OR IGNORE ${from} SET ${renewed} WHERE`;
  const freed = database.prepare(`${change} ${claimed}`).run().changes;
  const still = countJobs(database, `SELECT count(*) FROM ${from} WHERE ${claimed}`);
  if (still > 0) throw new Error(`${still} of its jobs stay claimed, because of another row or a trigger`);
  const missing = jobs - waitingJobs(database, pieces);
  if (missing <= 0) return freed;
  const others = `SELECT ${key} FROM ${from} WHERE (${waiting}) IS NOT TRUE ORDER BY ${key} DESC LIMIT ${missing}`;
  return freed + database.prepare(`${change} ${key} IN (${others})`).run().changes;
}

function addJobs(database: Database, pieces: Pieces, statements: JobTable, jobs: number): number {
  const missing = Math.max(0, jobs - waitingJobs(database, pieces));
  const add = jobAdder(database, statements);
  for (let nth = 0; nth < missing; nth += 1) add(nth);
  const waiting = waitingJobs(database, pieces);
  if (waiting < jobs) throw new Error(`a job that is added does not wait (${waiting} of ${jobs} do)`);
  return missing;
}

/** How SQLite searches for the next job. */
function planOf(
  database: Database,
  { next }: JobTable,
  { alias, table }: { readonly alias: string; readonly table: string },
): string[] {
  return database
    .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${next}`)
    .all()
    .map(({ detail }) => detail.replace(new RegExp(`\\b${alias}\\b`), () => table));
}

/** What SQLite would run beside the statements of a worker. */
function triggersOf(database: Database, { take, finish, fail }: JobTable): string[] {
  const inert = (sql: string) => `${withoutJob(sql)} AND ? IS NULL`;
  return [...sideEffects(rowsOver(database), [take, finish, fail].map(inert)).triggers];
}

function plain(order: string, alias: string): string {
  return order.replaceAll(`${alias}.`, '').replaceAll('"', '');
}
