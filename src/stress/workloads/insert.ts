import type { Database } from 'better-sqlite3';
import { rowsPresent } from './rows-present.js';
import { type Cast, OWN_PREFIX, PAYLOAD, type Part, type Turn, type Workload } from './workload.js';

export const ROWS_TABLE = `${OWN_PREFIX}rows`;
const CREATE = `CREATE TABLE ${ROWS_TABLE}(id INTEGER PRIMARY KEY, actor INTEGER NOT NULL, seq INTEGER NOT NULL, payload TEXT NOT NULL)`;
const INSERT_ROW = `INSERT INTO ${ROWS_TABLE}(actor, seq, payload) VALUES (?, ?, ?)`;

/** Numbers its rows, in the order of their commits. @param prepare with one connection; `append` adds the next row of a batch */
export function appending(
  { index, batch }: Cast,
  prepare: (database: Database, append: Turn['write']) => Turn,
): Part {
  let rows = 0;
  return {
    prepare: (database) => {
      const statement = database.prepare<[number, number, string]>(INSERT_ROW);
      return prepare(database, (nth) => void statement.run(index, rows + nth + 1, PAYLOAD));
    },
    committed: () => {
      rows += batch;
      return batch;
    },
    ledger: () => ({ rows, batch }),
  };
}

/** Appends a row of about 100 bytes. */
export const insert: Workload = {
  name: 'insert',
  readsFirst: false,
  prepare: (database) => {
    database.exec(CREATE);
    return {};
  },
  join: (cast) => appending(cast, (_, write) => ({ read: null, write })),
  verify: (database, entries) => [rowsPresent(database, ROWS_TABLE, entries)],
};
