import { rowsPresent } from './rows-present.js';
import { OWN_PREFIX, PAYLOAD, type Part, type Turn, type Workload } from './workload.js';

export const ROWS_TABLE = `${OWN_PREFIX}rows`;
const CREATE = `CREATE TABLE ${ROWS_TABLE}(id INTEGER PRIMARY KEY, actor INTEGER NOT NULL, seq INTEGER NOT NULL, payload TEXT NOT NULL)`;
export const INSERT_ROW = `INSERT INTO ${ROWS_TABLE}(actor, seq, payload) VALUES (?, ?, ?)`;

/** Appends a row of about 100 bytes. */
export const insert: Workload = {
  name: 'insert',
  readsFirst: false,
  prepare: (database) => {
    database.exec(CREATE);
    return {};
  },
  join: ({ index, together }) => {
    let rows = 0;
    const part: Part = {
      prepare: (database): Turn => {
        const statement = database.prepare<[number, number, string]>(INSERT_ROW);
        return {
          read: null,
          write: (nth) => {
            statement.run(index, rows + nth + 1, PAYLOAD);
          },
        };
      },
      committed: (written) => {
        rows += written;
        return written;
      },
      ledger: () => ({ rows, batch: together }),
    };
    return part;
  },
  verify: (database, entries) => [rowsPresent(database, ROWS_TABLE, entries)],
};
