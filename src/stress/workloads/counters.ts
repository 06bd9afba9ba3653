/** Counters that transactions add one to: `update` without reading them, `read-modify-write` after reading them. */
import type { Database } from 'better-sqlite3';
import { formatCount } from '../../units.js';
import type { Invariant } from '../run-shapes.js';
import { type Entry, OWN_PREFIX, PAYLOAD, type Part } from './workload.js';

export const COUNTERS_TABLE = `${OWN_PREFIX}counters`;
/** A few, so that actors meet on the same rows, and on several pages. */
export const COUNTERS = 1000;

export function prepareCounters(database: Database): Record<string, never> {
  database.exec(
    `CREATE TABLE ${COUNTERS_TABLE}(id INTEGER PRIMARY KEY, value INTEGER NOT NULL, payload TEXT NOT NULL)`,
  );
  const statement = database.prepare(`INSERT INTO ${COUNTERS_TABLE}(id, value, payload) VALUES (?, 0, ?)`);
  for (let id = 1; id <= COUNTERS; id += 1) statement.run(id, PAYLOAD);
  return {};
}

export function counting(prepare: Part['prepare']): Part {
  let added = 0;
  return {
    prepare,
    committed: (written) => {
      added += written;
      return written;
    },
    ledger: () => ({ added }),
  };
}

/** With one connection: reads a counter, adds one in the program, and writes it back. */
export function readAndWriteBack(database: Database): { read(id: number): void; write(): void } {
  const select = database
    .prepare<[number], number>(`SELECT value FROM ${COUNTERS_TABLE} WHERE id = ?`)
    .pluck();
  const update = database.prepare<[number, number]>(`UPDATE ${COUNTERS_TABLE} SET value = ? WHERE id = ?`);
  let [id, value] = [0, 0];
  return {
    read: (wanted) => {
      id = wanted;
      value = select.get(id) ?? 0;
    },
    write: () => {
      value += 1;
      update.run(value, id);
    },
  };
}

/** The sum of the counters is the number of committed additions. */
export function nothingLost(database: Database, entries: readonly Entry[]): Invariant {
  const { sum } = database
    .prepare<[], { sum: number }>(`SELECT total(value) AS sum FROM ${COUNTERS_TABLE}`)
    .get() ?? { sum: Number.NaN };
  const added = entries.reduce((total, { ledger }) => total + (ledger['added'] ?? 0), 0);
  const sure = entries.every(({ complete }) => complete);
  const lost = added - sum;
  return {
    id: 'no-lost-update',
    statement: 'The counters add up to the committed increments.',
    state: (sure ? lost === 0 : lost <= 0) ? 'held' : 'broken',
    detail:
      `${formatCount(added)} ${sure ? '' : 'at least '}were committed, and the counters say ${formatCount(sum)}` +
      (lost > 0 ? `: ${formatCount(lost)} were overwritten by others who had read the same value.` : '.'),
  };
}
