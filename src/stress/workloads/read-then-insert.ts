import { appending, insert, ROWS_TABLE } from './insert.js';
import type { Workload } from './workload.js';

/** Looks how far it is before it goes on: by that its transaction is a reader when it comes to write. */
export const readThenInsert: Workload = {
  ...insert,
  name: 'read-then-insert',
  readsFirst: true,
  join: (cast) =>
    appending(cast, (database, write) => {
      const last = database
        .prepare<[number], number>(`SELECT count(*) FROM ${ROWS_TABLE} WHERE actor = ?`)
        .pluck();
      return { read: () => void last.get(cast.index), write };
    }),
};
