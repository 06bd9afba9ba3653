/**
 * Works on the arena while no actor does: copies the target, makes our tables, verifies. A process of its own, because SQLite's
 * calls cannot be interrupted, and because whoever reads the target's bytes must not have a connection to it
 * (sqlite-locking.md, "The close() hazard"): either it is copied, and then only the copy is opened, or it is the arena
 * itself, and then it is never read as a file. It ends when the coordinator hangs up.
 */
import type { Database } from 'better-sqlite3';
import { unknown } from '../known.js';
import { lockObserver } from '../locks/platform.js';
import { isWritten } from '../locks/written.js';
import { loadDriver } from '../sqlite/driver.js';
import { copyPrivately } from '../sqlite/private-copy.js';
import type { Milliseconds } from '../units.js';
import { roomForArena } from './arena-folder.js';
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

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
process.on('message', async (order: ArenaOrder) => {
  const answer = await carryOut(order).catch(problemFrom);
  process.send?.(answer, () => undefined);
});

function problemFrom(error: unknown): ArenaAnswer {
  const reason = error instanceof Error ? error.message : String(error);
  const about = error instanceof ScriptProblem ? 'script' : 'database';
  if (error instanceof ArenaProblem || error instanceof ScriptProblem)
    return { answer: 'problem', about, reason, misnamed: error.misnamed };
  const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
  if (/^ \(SQLITE_BUSY/.test(code))
    return { answer: 'problem', about, reason: `${LOCKED}${code}`, misnamed: null };
  return { answer: 'problem', about, reason: `${reason}${code}`, misnamed: null };
}

const LOCKED = 'it stayed locked for 5 s; dblock locks says by whom';

async function carryOut(order: ArenaOrder): Promise<ArenaAnswer> {
  switch (order.order) {
    case 'copy':
      return copy(order);
    case 'prepare': {
      const lay = order.ground?.kind === 'queue' ? await loadLayer() : null;
      const answer = await withDatabase(order.path, (database) => prepare(database, order, lay));
      await prepareCompanion(answer, order);
      return answer;
    }
    case 'verify':
      return withDatabase(order.path, (database) => ({ answer: 'verified', truth: verify(database, order) }));
    case 'drop':
      return withDatabase(order.path, (database) => {
        refuseBesideAnother(database);
        database.transaction(() => dropOwn(database)).immediate();
        return { answer: 'dropped' };
      });
  }
}

/** Longer than a transaction takes, and shorter than what people take for a hang. */
const PATIENCE_MS: Milliseconds = 5000;

async function copy({ source, folder, platform }: Order<'copy'>): Promise<ArenaAnswer> {
  const observer = await lockObserver(platform, process.pid);
  const copied = copyPrivately(source, {
    ...{ folder, trustIndex: false, patienceMs: PATIENCE_MS, room: roomForArena },
    isWriting: () => {
      const writing = isWritten(source, observer);
      return writing.known ? writing : unknown(`${UNSEEN}: ${writing.reason}. ${COPY_YOURSELF}`);
    },
  });
  if (!copied.known) throw new ArenaProblem(copied.reason);
  return { answer: 'copied', ...copied.value };
}

const UNSEEN = 'it cannot be copied safely, because it cannot be seen whether somebody writes to it';
const COPY_YOURSELF = 'Copy it while nobody uses it and name the copy, or use --in-place';

async function withDatabase(path: string, work: (database: Database) => ArenaAnswer): Promise<ArenaAnswer> {
  const Database = await loadDriver();
  const database = new Database(path, { timeout: PATIENCE_MS });
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
  const scripts = order.scripts.map((script) => {
    const checked = checkScript(script, (sql) => database.prepare(sql));
    requireWrites(checked);
    return checked;
  });
  // so that the run begins with an empty WAL
  if (journalMode === 'wal' && !order.inPlace) database.pragma('wal_checkpoint(TRUNCATE)');
  const pageBytes = Number(database.pragma('page_size', { simple: true }));
  return {
    ...{ answer: 'prepared', facts, ground, scripts, journalMode, pageBytes },
    databaseBytes: pageBytes * Number(database.pragma('page_count', { simple: true })),
    readSql: readSqlOf(database, ground),
  };
}

/** In the folder of the arena, never beside a database of the user's. */
async function prepareCompanion(answer: ArenaAnswer, { workload, inPlace }: Order<'prepare'>): Promise<void> {
  if (answer.answer !== 'prepared' || workload === null || inPlace) return;
  const { prepareCompanion: prepareIt } = workloadNamed(workload);
  const { companion, encoding } = answer.facts;
  if (prepareIt === undefined || typeof companion !== 'string') return;
  await withDatabase(companion, (database) => {
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
