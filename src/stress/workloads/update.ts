import { COUNTERS, COUNTERS_TABLE, counting, nothingLost, prepareCounters } from './counters.js';
import type { Workload } from './workload.js';

/** Adds one to a counter, in one statement. */
export const update: Workload = {
  name: 'update',
  readsFirst: false,
  prepare: prepareCounters,
  join: (cast) =>
    counting((database) => {
      const statement = database.prepare<[number]>(
        `UPDATE ${COUNTERS_TABLE} SET value = value + 1 WHERE id = ?`,
      );
      return {
        read: null,
        write: () => {
          statement.run(1 + Math.floor(cast.random.uniform() * COUNTERS));
        },
      };
    }),
  verify: (database, entries) => [nothingLost(database, entries)],
};
