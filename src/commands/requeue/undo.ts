/** `--undo FILE`: what a journal of an earlier run would put back, or puts back. */
import { resolve } from 'node:path';
import { quote, UsageProblem } from '../../problem.js';
import type { RequeueDatabase, Undone } from '../../queue/shapes.js';
import { listTables } from '../../queue/tables.js';
import { isBusy } from '../../queue/transaction.js';
import { type JournalFile, JournalProblem, readJournal, undoTransaction } from '../../queue/undo.js';
import { SqliteFailure } from '../../sqlite/failure.js';
import type { RowConnection } from '../../sqlite/row-connection.js';
import { errorCode, whyUnreachable } from '../../targets/unreachable.js';
import type { Milliseconds } from '../../units.js';

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

export interface UndoRequest {
  readonly journal: JournalFile;
  readonly apply: boolean;
  readonly waitMs: Milliseconds;
  readonly signal: AbortSignal;
  sleep(ms: Milliseconds): Promise<void>;
}

/** From the last transaction to the first. Never rejects for what SQLite refused: `stopped` says why. */
export async function undoAll(connection: RowConnection, request: UndoRequest): Promise<Undone> {
  const { journal, apply, waitMs, signal, sleep } = request;
  const undone = { restored: 0, already: 0, changedSince: 0 };
  let stopped: string | null = null;
  connection.setBusyTimeout(waitMs);
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
    else if (error instanceof SqliteFailure) stopped = whyStopped(error);
    else throw error;
  }
  const { path, torn, transactions } = journal;
  return { ...undone, journal: path, transactions: transactions.length, torn, applied: apply, stopped };
}

function whyStopped(failure: SqliteFailure): string {
  return isBusy(failure)
    ? 'others kept the database locked until the wait was over'
    : `SQLite refused: ${failure.message} (${failure.code})`;
}

export function outcomeOfUndo({
  restored,
  changedSince,
  applied,
  stopped,
}: Undone): RequeueDatabase['outcome'] {
  if (stopped !== null) return applied && restored > 0 ? 'partly' : 'failed';
  if (changedSince > 0) return applied ? 'partly' : 'found';
  if (restored === 0) return 'clear';
  return applied ? 'done' : 'found';
}
