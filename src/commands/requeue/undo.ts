/** `--undo FILE`: what a journal of an earlier run would put back, or puts back. */
import { dirname, resolve } from 'node:path';
import { shellQuote } from '../../doctor/quote.js';
import type { Evidence } from '../../doctor/shapes.js';
import { known } from '../../known.js';
import { quote, UsageProblem } from '../../problem.js';
import { describeStop } from '../../queue/failure.js';
import type { RequeueDatabase, Undone } from '../../queue/shapes.js';
import { listTables } from '../../queue/tables.js';
import {
  type JournalFile,
  JournalProblem,
  readJournal,
  tablesIn,
  undoTransaction,
} from '../../queue/undo.js';
import { laterJournal } from '../../queue/undo-order.js';
import { PREPARE_UNDO } from '../../queue/undo-sql.js';
import { SqliteFailure } from '../../sqlite/failure.js';
import type { RowConnection } from '../../sqlite/row-connection.js';
import { errorCode, whyUnreachable } from '../../targets/unreachable.js';
import type { Milliseconds } from '../../units.js';
import { type Base, failed, type RequeueTools } from './frame.js';
import { newerJournals } from './newer-journals.js';
import { openForChange, openForReading } from './open.js';
import type { RequeueSettings } from './options.js';
import { undoAdvice, undoSummary } from './words.js';

export async function undo(
  base: Base,
  evidence: Evidence,
  { apply, waitMs }: RequeueSettings,
  journal: JournalFile,
  { observer, host, signal }: RequeueTools,
): Promise<RequeueDatabase> {
  // before a connection is opened: it reads files that lie beside the database
  const later = newerJournals(journal, [dirname(journal.path), dirname(evidence.path), host.cwd]);
  const choose = (connection: RowConnection) => {
    // what cannot be listed without more than its definition shows here already
    listTables(connection);
    return tablesIn(connection, journal);
  };
  const reading = apply
    ? known(await openForChange(evidence))
    : await openForReading(evidence, observer, choose);
  if (!reading.known) return failed(base, `Its rows could not be read: ${reading.reason}.`);
  const { connection, way, end } = reading.value;
  try {
    connection.setBusyTimeout(waitMs);
    for (const sql of PREPARE_UNDO) connection.run(sql);
    const first = firstInTurn(connection, journal, later);
    if (first !== null) return notInTurn(base, first);
    const undone = await undoAll(connection, { journal, apply, signal, sleep: host.sleep });
    const database = { ...base, way, undone, outcome: outcomeOfUndo(undone) };
    return { ...database, summary: undoSummary(undone), advice: undoAdvice(database.path, undone) };
  } finally {
    end();
  }
}

/** `null`: it is the turn of this journal, or what is wrong with it will be said when it is undone. */
function firstInTurn(
  connection: RowConnection,
  journal: JournalFile,
  later: readonly JournalFile[],
): JournalFile | null {
  try {
    return laterJournal(connection, journal, later, listTables(connection));
  } catch (error) {
    if (error instanceof JournalProblem) return null;
    throw error;
  }
}

/** Both runs may have left the same values, so that nothing else shows whose they are. */
function notInTurn(base: Base, { path }: JournalFile): RequeueDatabase {
  const summary = `Nothing was undone: a later run has changed some of these jobs again. Undo the journal of that one first, ${path}.`;
  const command = `dblock requeue-orphans ${shellQuote(base.path)} --undo ${shellQuote(path)} --apply`;
  return { ...failed(base, summary), advice: { text: 'First:', commands: [command] } };
}

/** @throws UsageProblem for what is no journal */
export function loadJournal(given: string, cwd: string): JournalFile {
  const path = resolve(cwd, given);
  try {
    return readJournal(path);
  } catch (error) {
    if (error instanceof JournalProblem) {
      throw new UsageProblem(`--undo ${quote(given)} is no journal: ${error.message}.`, { cause: error });
    }
    if (errorCode(error) === null) throw error;
    throw new UsageProblem(`--undo: ${whyUnreachable(path, given, error)}`, { cause: error });
  }
}

interface UndoRequest {
  readonly journal: JournalFile;
  readonly apply: boolean;
  readonly signal: AbortSignal;
  sleep(ms: Milliseconds): Promise<void>;
}

/** From the last transaction to the first. Never rejects for what SQLite refused: `stopped` says why. */
async function undoAll(connection: RowConnection, request: UndoRequest): Promise<Undone> {
  const { journal, apply, signal, sleep } = request;
  const undone = { restored: 0, already: 0, changedSince: 0 };
  let stopped: string | null = null;
  try {
    const tables = listTables(connection);
    for (const line of [...journal.transactions].reverse()) {
      signal.throwIfAborted();
      const counts = undoTransaction(connection, line, tables, apply);
      undone.restored += counts.restored;
      undone.already += counts.already;
      undone.changedSince += counts.changedSince;
      await sleep(1);
    }
  } catch (error) {
    if (error instanceof JournalProblem) stopped = error.message;
    else if (error instanceof SqliteFailure) stopped = describeStop(error);
    else throw error;
  }
  const { path, torn, transactions } = journal;
  return { ...undone, journal: path, transactions: transactions.length, torn, applied: apply, stopped };
}

function outcomeOfUndo({ restored, changedSince, applied, stopped }: Undone): RequeueDatabase['outcome'] {
  if (stopped !== null) return applied && restored > 0 ? 'partly' : 'failed';
  if (changedSince > 0) return applied ? 'partly' : 'found';
  if (restored === 0) return 'clear';
  return applied ? 'done' : 'found';
}
