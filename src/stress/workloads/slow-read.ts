import { COUNTERS_TABLE, counting, nothingLost, prepareCounters } from './counters.js';
import type { Workload } from './workload.js';

/** Between the read and the write. */
const THINKS_MS = 3;
const NEVER = new Int32Array(new SharedArrayBuffer(4));

/** Reads a counter, takes its time, and writes it back: meanwhile others commit. Each actor has a counter of its own. */
export const slowRead: Workload = {
  name: 'slow-read',
  readsFirst: true,
  prepare: prepareCounters,
  join: (cast) =>
    counting((database) => {
      const select = database
        .prepare<[number], number>(`SELECT value FROM ${COUNTERS_TABLE} WHERE id = ?`)
        .pluck();
      const write = database.prepare<[number, number]>(`UPDATE ${COUNTERS_TABLE} SET value = ? WHERE id = ?`);
      const id = cast.index + 1;
      let value = 0;
      return {
        read: () => {
          value = select.get(id) ?? 0;
          Atomics.wait(NEVER, 0, 0, THINKS_MS);
        },
        write: () => {
          value += 1;
          write.run(value, id);
        },
      };
    }),
  verify: (database, entries) => [nothingLost(database, entries)],
};
