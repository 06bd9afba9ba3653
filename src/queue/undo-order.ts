/**
 * Whether a later run has changed jobs again that an earlier journal would put back. Values alone do not show it: both
 * runs may have left the same. A run that was killed journals what it did not come to do, and the next one does it.
 */
import type { RowConnection } from '../sqlite/row-connection.js';
import type { Table } from './tables.js';
import { changesOf, type JournalFile, sortJobs } from './undo.js';
import { loadSql, TOUCHED_LATER, touchedSql } from './undo-sql.js';

/** The first of the later journals that changed a job which `journal` would put back; `null`: none did. */
export function laterJournal(
  connection: RowConnection,
  journal: JournalFile,
  later: readonly JournalFile[],
  tables: readonly Table[],
): JournalFile | null {
  if (later.length === 0) return null;
  connection.run(TOUCHED_LATER.create);
  for (const [index, { transactions }] of later.entries()) {
    for (const line of transactions) noteTouched(connection, line, index);
  }
  for (const line of journal.transactions) {
    const found = touchedBy(connection, line, tables);
    if (found !== null) return later[found] ?? null;
  }
  return null;
}

function noteTouched(connection: RowConnection, line: Buffer, index: number): void {
  const [[changes] = []] = connection.rows(TOUCHED_LATER.count, line);
  for (let change = 0; change < Number(changes); change += 1) {
    for (const rows of ['before', 'after'] as const) {
      connection.run(TOUCHED_LATER.fill(change, rows), index, line, line);
    }
  }
}

function touchedBy(connection: RowConnection, line: Buffer, tables: readonly Table[]): number | null {
  const changes = changesOf(connection, line, tables);
  const jobs = `[${sortJobs(connection, line, changes)
    .restorable.map((job) => JSON.stringify(job))
    .join(',')}]`;
  for (const change of changes) {
    const { clear, fill } = loadSql(change);
    for (const sql of clear) connection.run(sql);
    for (const sql of fill) connection.run(sql, line);
    const [found] = connection.rows(touchedSql(change), jobs, jobs);
    if (found) return Number(found[0]);
  }
  return null;
}
