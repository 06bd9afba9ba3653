import { COUNTERS_TABLE, counting, nothingLost, prepareCounters } from './counters.js';
import type { Workload } from './workload.js';

/** So few that two actors often want the same one. */
const HOT_COUNTERS = 10;

/** Reads a counter, adds one in the program, and writes it back: SELECT, then UPDATE, as an ORM does. */
export const readModifyWrite: Workload = {
  name: 'read-modify-write',
  readsFirst: true,
  prepare: prepareCounters,
  join: (cast) =>
    counting((database) => {
      const select = database
        .prepare<[number], number>(`SELECT value FROM ${COUNTERS_TABLE} WHERE id = ?`)
        .pluck();
      const write = database.prepare<[number, number]>(`UPDATE ${COUNTERS_TABLE} SET value = ? WHERE id = ?`);
      let [id, value] = [0, 0];
      return {
        read: () => {
          id = 1 + Math.floor(cast.random.uniform() * HOT_COUNTERS);
          value = select.get(id) ?? 0;
        },
        write: () => {
          value += 1;
          write.run(value, id);
        },
      };
    }),
  verify: (database, entries) => [nothingLost(database, entries)],
};
