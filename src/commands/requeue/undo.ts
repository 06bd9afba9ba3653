/** `--undo FILE`: what a journal of an earlier run would put back, or puts back. */
import { resolve } from 'node:path';
import type { Evidence } from '../../doctor/shapes.js';
import { known } from '../../known.js';
import { quote, UsageProblem } from '../../problem.js';
import { describeStop } from '../../queue/failure.js';
import type { RequeueDatabase, Undone } from '../../queue/shapes.js';
import { listTables } from '../../queue/tables.js';
import { type JournalFile, JournalProblem, readJournal, undoTransaction } from '../../queue/undo.js';
import { PREPARE_UNDO } from '../../queue/undo-sql.js';
import { SqliteFailure } from '../../sqlite/failure.js';
import type { RowConnection } from '../../sqlite/row-connection.js';
import { errorCode, whyUnreachable } from '../../targets/unreachable.js';
import type { Milliseconds } from '../../units.js';
import { type Base, failed, type RequeueTools } from './frame.js';
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
  const reading = apply ? known(await openForChange(evidence)) : await openForReading(evidence, observer);
  if (!reading.known) return failed(base, `Its rows could not be read: ${reading.reason}.`);
  const { connection, way, end } = reading.value;
  try {
    const undone = await undoAll(connection, { journal, apply, waitMs, signal, sleep: host.sleep });
    const database = { ...base, way, undone, outcome: outcomeOfUndo(undone) };
    return { ...database, summary: undoSummary(undone), advice: undoAdvice(database.path, undone) };
  } finally {
    end();
  }
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
  readonly waitMs: Milliseconds;
  readonly signal: AbortSignal;
  sleep(ms: Milliseconds): Promise<void>;
}

/** From the last transaction to the first. Never rejects for what SQLite refused: `stopped` says why. */
async function undoAll(connection: RowConnection, request: UndoRequest): Promise<Undone> {
  const { journal, apply, waitMs, signal, sleep } = request;
  const undone = { restored: 0, already: 0, changedSince: 0 };
  let stopped: string | null = null;
  connection.setBusyTimeout(waitMs);
  try {
    for (const sql of PREPARE_UNDO) connection.run(sql);
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
