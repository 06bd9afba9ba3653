import { persisting } from './persistent.js';
import { inRecipe, type Remedy } from './remedy.js';

/** No opening, no reading of the schema, no checkpoint by the last one that closes. */
export const connectionReuse: Remedy = {
  id: 'connection-reuse',
  title: 'one connection for each worker, kept open',
  parameter: null,
  expected: 'The scraper: part of the module that ended its errors.',
  how: inRecipe('its connections stay open (in PHP as long as the request does)'),
  change: (played) => persisting(played, 'per-operation', 'connections stay open already'),
};
