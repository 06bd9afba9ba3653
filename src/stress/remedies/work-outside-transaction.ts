import { inapplicable, type Remedy, withLoad } from './remedy.js';

/** The same work, but not while the write lock is held: between the transactions. */
export const workOutsideTransaction: Remedy = {
  id: 'work-outside-transaction',
  title: 'the slow work before or after the transaction, not inside',
  parameter: null,
  expected: null,
  change(played) {
    const { holdMs, pace } = played.load;
    if (holdMs === 0) return inapplicable('no work is done inside of transactions (--hold)');
    const slower = pace.kind === 'closed' ? { ...pace, thinkMs: pace.thinkMs + holdMs } : pace;
    return withLoad(played, { holdMs: 0, pace: slower });
  },
};
