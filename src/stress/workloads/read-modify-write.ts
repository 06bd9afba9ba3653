import { counting, nothingLost, prepareCounters, readAndWriteBack } from './counters.js';
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
      const { read, write } = readAndWriteBack(database);
      return {
        read: () => read(1 + Math.floor(cast.random.uniform() * HOT_COUNTERS)),
        write,
      };
    }),
  verify: (database, entries) => [nothingLost(database, entries)],
};
