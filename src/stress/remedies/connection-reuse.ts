import { inapplicable, type Remedy, withLoad } from './remedy.js';

/** No opening, no reading of the schema, no checkpoint by the last one that closes. */
export const connectionReuse: Remedy = {
  id: 'connection-reuse',
  title: 'one connection for each worker, kept open',
  parameter: null,
  expected: null,
  change: (played) =>
    played.load.connection.kind === 'persistent'
      ? inapplicable('connections stay open already')
      : withLoad(played, { connection: { kind: 'persistent' } }),
};
