import { inapplicable, type Remedy, withLoad } from './remedy.js';

/** More rows a transaction: the lock is taken, and the disk asked, less often. Stated demand stays the same in rows. */
export const batch: Remedy = {
  id: 'batch',
  title: 'several rows in each transaction',
  parameter: { name: 'rows', usual: 25, least: 2, most: 10_000 },
  expected: 'The topic pipeline: 50–70 %, elsewhere "80 %+", fewer conflicts.',
  change(played, rows) {
    const { load } = played;
    if (load.work.kind === 'scripts')
      return inapplicable('a transaction of a script writes what the script says');
    if (load.batch >= rows) return inapplicable(`a transaction writes ${load.batch} rows already`);
    const { pace } = load;
    const slower = pace.kind === 'open' ? { ...pace, perSecond: (pace.perSecond * load.batch) / rows } : pace;
    return withLoad(played, { batch: rows, pace: slower });
  },
};
