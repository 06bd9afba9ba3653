import { INSERT_ROW, insert, ROWS_TABLE } from './insert.js';
import { PAYLOAD, type Turn, type Workload } from './workload.js';

/** Looks how far it is before it goes on: by that its transaction is a reader when it comes to write. */
export const readThenInsert: Workload = {
  ...insert,
  name: 'read-then-insert',
  readsFirst: true,
  join: (cast) => {
    const { index, together } = cast;
    let rows = 0;
    return {
      prepare: (database): Turn => {
        const last = database
          .prepare<[number], number>(`SELECT count(*) FROM ${ROWS_TABLE} WHERE actor = ?`)
          .pluck();
        const add = database.prepare<[number, number, string]>(INSERT_ROW);
        return {
          read: () => void last.get(index),
          write: (nth) => void add.run(index, rows + nth + 1, PAYLOAD),
        };
      },
      committed: (written) => {
        rows += written;
        return written;
      },
      ledger: () => ({ rows, batch: together }),
    };
  },
};
