import { persisting } from './persistent.js';
import { inRecipe, type Remedy } from './remedy.js';

/** Nobody else commits, or rolls back, what a worker has not finished. */
export const sessionPerJob: Remedy = {
  id: 'session-per-job',
  title: 'a connection and a transaction of its own for each worker, instead of a session that they share',
  parameter: null,
  expected: 'The music library: applied with its other cures; failures under 1 %.',
  how: inRecipe('each call of its write function is a transaction of its own'),
  change: (played) => persisting(played, 'shared', 'no session is shared (--connection shared)'),
};
