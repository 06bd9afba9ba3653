import { connecting, type Remedy, withActors } from './remedy.js';

const persistent = { kind: 'persistent' } as const;

/** No opening, no reading of the schema, no checkpoint by the last one that closes. */
export const connectionReuse: Remedy = {
  id: 'connection-reuse',
  title: 'one connection for each worker, kept open',
  parameter: null,
  expected: 'The scraper: part of the module that ended its errors.',
  recipe: 'its connections stay open',
  change: (played) =>
    withActors(played, connecting({ mode: persistent }), 'connections stay open already', {
      connection: persistent,
    }),
};
