import { inapplicable, type Remedy, withLoad } from './remedy.js';

/** SQLite's own waiting: it does not queue, it tries again after 1, 2, 5, 10, … 100 ms. */
export const busyTimeout: Remedy = {
  id: 'busy-timeout',
  title: 'PRAGMA busy_timeout on every connection, before any other statement',
  parameter: { name: 'ms', usual: 30_000, least: 1, most: 2 ** 31 - 1 },
  expected: 'The scraper: part of the module that ended its errors. The podcast transcriber: helped partly.',
  change: (played, busyTimeoutMs) =>
    played.load.busyTimeoutMs === busyTimeoutMs
      ? inapplicable('the busy timeout is that already')
      : withLoad(played, { busyTimeoutMs }),
};
