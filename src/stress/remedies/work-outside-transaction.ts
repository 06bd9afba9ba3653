import { inapplicable, type Remedy, transacting, withActors } from './remedy.js';

/** The same work, but not while the write lock is held: done once, before the first try. */
export const workOutsideTransaction: Remedy = {
  id: 'work-outside-transaction',
  title: 'the slow work before the transaction, not inside',
  parameter: null,
  expected: 'The assistant: shorter transactions, proposed.',
  recipe: null,
  change: (played) =>
    played.load.work.kind === 'scripts'
      ? inapplicable('a script says itself what it does inside of its transactions (\\sleep)')
      : // of each actor, not of the load: with no hold in the load there would be no work left to do before
        withActors(played, outside, 'no work is done inside of transactions (--hold)'),
};

const outside = transacting(({ holdMs, beforeMs = 0 }) =>
  holdMs === 0 ? {} : { holdMs: 0, beforeMs: beforeMs + holdMs },
);
