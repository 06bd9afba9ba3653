import { inapplicable, inRecipe, type Remedy, transacting, withActors } from './remedy.js';

/** The same work, but not while the write lock is held: done once, before the first try. */
export const workOutsideTransaction: Remedy = {
  id: 'work-outside-transaction',
  title: 'the slow work before the transaction, not inside',
  parameter: null,
  expected: 'The assistant: shorter transactions, proposed.',
  how: inRecipe(
    'the work is done between the claim of a job and its end, while no transaction is open',
    'jobs',
  ),
  change: (played) =>
    played.load.work.kind === 'scripts'
      ? inapplicable('a script says itself what it does inside of its transactions (\\sleep)')
      : withActors(played, outside, 'no work is done inside of transactions (--hold)'),
};

/** Of each actor, and not of the load: with a hold of 0 there, no actor would have any work left to move. */
const outside = transacting(({ holdMs, beforeMs = 0 }) =>
  holdMs === 0 ? {} : { holdMs: 0, beforeMs: beforeMs + holdMs },
);
