/** What a connection to the arena is needed for: our tables are made, what is true is verified, our tables are dropped. */
import type { Database } from 'better-sqlite3';
import { loadDriver } from '../sqlite/driver.js';
import type { Milliseconds } from '../units.js';
import { ArenaProblem } from './arena-problem.js';
import type { ArenaAnswer, ArenaOrder, Prepared } from './arena-protocol.js';
import { type Layer, loadLayer, makeTables, readSqlOf } from './arena-tables.js';
import { verifyIntegrity } from './integrity.js';
import { dropOwn, refuseBesideAnother } from './made-tables.js';
import type { Invariant } from './run-shapes.js';
import { checkScript, requireWrites } from './script/check.js';
import { ScriptProblem } from './script/problem.js';
import { workloadNamed } from './workloads/index.js';

type Order<Name extends ArenaOrder['order']> = Extract<ArenaOrder, { order: Name }>;

/** @param patienceMs so long a lock is waited for. @throws ArenaProblem, or what SQLite throws */
export async function carryOut(
  order: Exclude<ArenaOrder, Order<'copy'>>,
  patienceMs: Milliseconds,
): Promise<ArenaAnswer> {
  switch (order.order) {
    case 'prepare': {
      const lay = order.ground?.kind === 'queue' ? await loadLayer() : null;
      const answer = await withDatabase(order.path, patienceMs, (database) => prepare(database, order, lay));
      await prepareCompanion(answer, order, patienceMs);
      return answer;
    }
    case 'verify':
      return withDatabase(order.path, patienceMs, (database) => ({
        answer: 'verified',
        truth: verify(database, order),
      }));
    case 'drop':
      return withDatabase(order.path, patienceMs, (database) => {
        refuseBesideAnother(database);
        database.transaction(() => dropOwn(database)).immediate();
        return { answer: 'dropped' };
      });
  }
}

async function withDatabase(
  path: string,
  patienceMs: Milliseconds,
  work: (database: Database) => ArenaAnswer,
): Promise<ArenaAnswer> {
  const Database = await loadDriver();
  const database = new Database(path, { timeout: patienceMs });
  try {
    return work(database);
  } finally {
    database.close();
  }
}

function prepare(database: Database, order: Order<'prepare'>, lay: Layer | null): Prepared {
  // before it waits for a lock that the other one hardly ever gives up
  if (order.inPlace) refuseBesideAnother(database);
  const journalMode = setJournalMode(database, order);
  const { facts, ground } = database.transaction(() => makeTables(database, order, lay)).immediate();
  const scripts = checkScripts(database, order);
  // so that the run begins with an empty WAL
  if (journalMode === 'wal' && !order.inPlace) database.pragma('wal_checkpoint(TRUNCATE)');
  const pageBytes = Number(database.pragma('page_size', { simple: true }));
  return {
    ...{ answer: 'prepared', facts, ground, scripts, journalMode, pageBytes },
    databaseBytes: pageBytes * Number(database.pragma('page_count', { simple: true })),
    readSql: readSqlOf(database, ground),
  };
}

function checkScripts(database: Database, { scripts }: Order<'prepare'>): Prepared['scripts'] {
  try {
    return scripts.map((script) => {
      const checked = checkScript(script, (sql) => database.prepare(sql));
      requireWrites(checked);
      return checked;
    });
  } catch (error) {
    if (error instanceof ScriptProblem) throw new ArenaProblem(error.message, error.misnamed, 'script');
    throw error;
  }
}

/** In the folder of the arena, never beside a database of the user's. */
async function prepareCompanion(
  answer: ArenaAnswer,
  { workload, inPlace }: Order<'prepare'>,
  patienceMs: Milliseconds,
): Promise<void> {
  if (answer.answer !== 'prepared' || workload === null || inPlace) return;
  const { prepareCompanion: prepareIt } = workloadNamed(workload);
  const { companion, encoding } = answer.facts;
  if (prepareIt === undefined || typeof companion !== 'string') return;
  await withDatabase(companion, patienceMs, (database) => {
    if (typeof encoding === 'string') database.pragma(`encoding = '${encoding}'`);
    database.pragma('journal_mode = wal');
    database.transaction(() => prepareIt(database)).immediate();
    return answer;
  });
}

function setJournalMode(database: Database, { journalMode: wanted, inPlace }: Order<'prepare'>): string {
  const current = String(database.pragma('journal_mode', { simple: true }));
  if (wanted === null || wanted === current) return current;
  if (inPlace) {
    throw new ArenaProblem(
      `the database is in journal mode ${current}, and --in-place does not change it to ${wanted}: leave out --journal-mode, or run on a copy`,
    );
  }
  const mode = String(database.pragma(`journal_mode = ${wanted}`, { simple: true }));
  if (mode !== wanted) throw new ArenaProblem(`its journal mode stays ${mode} when ${wanted} is asked for`);
  return mode;
}

function verify(database: Database, { workload, facts, entries, inPlace }: Order<'verify'>): Invariant[] {
  const whole = verifyIntegrity(database, inPlace);
  if (workload === null) return [whole];
  try {
    return [...workloadNamed(workload).verify(database, entries, facts), whole];
  } catch (error) {
    // what is not whole may not be countable either
    if (whole.state === 'broken') return [whole];
    throw error;
  }
}
