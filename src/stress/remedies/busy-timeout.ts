import { connecting, inRecipe, type Remedy, withActors } from './remedy.js';

/** SQLite's own waiting: it does not queue, it tries again after 1, 2, 5, 10, … 100 ms. */
export const busyTimeout: Remedy = {
  id: 'busy-timeout',
  title: 'PRAGMA busy_timeout on every connection, before any other statement',
  parameter: { name: 'ms', usual: 30_000, least: 1, most: 2 ** 31 - 1 },
  expected: 'The scraper: part of the module that ended its errors. The podcast transcriber: helped partly.',
  how: inRecipe('it sets the timeout first on every connection; the time is its parameter'),
  change: (played, busyTimeoutMs) =>
    withActors(
      played,
      connecting(() => ({ busyTimeoutMs, timeoutSet: 'first' })),
      'the busy timeout is that already',
      { busyTimeoutMs },
    ),
};
