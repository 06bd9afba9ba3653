import type { Milliseconds } from '../../units.js';
import { sleepSync } from '../actor/clock.js';
import { counting, nothingLost, prepareCounters, readAndWriteBack } from './counters.js';
import type { Workload } from './workload.js';

/** Between the read and the write. */
export const THINKS_MS: Milliseconds = 3;

/** Reads a counter, takes its time, and writes it back: meanwhile others commit. Each actor has a counter of its own. */
export const slowRead: Workload = {
  name: 'slow-read',
  readsFirst: true,
  prepare: prepareCounters,
  join: (cast) =>
    counting((database) => {
      const { read, write } = readAndWriteBack(database);
      return {
        read: () => {
          read(cast.index + 1);
          sleepSync(THINKS_MS, process.ppid);
        },
        write,
      };
    }),
  verify: (database, entries) => [nothingLost(database, entries)],
};
