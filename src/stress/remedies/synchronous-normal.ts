import { inapplicable, type Remedy, withLoad } from './remedy.js';

/** In WAL mode no fsync for each commit: the last ones may be lost with the power, and nothing is damaged. */
export const synchronousNormal: Remedy = {
  id: 'synchronous-normal',
  title: 'PRAGMA synchronous=NORMAL on every connection',
  parameter: null,
  expected: 'The topic pipeline, with other pragmas: 20–30 % less.',
  change(played) {
    const { pragmas } = played.load;
    const { synchronous } = pragmas;
    if (synchronous === 'normal' || synchronous === 'off')
      return inapplicable(`synchronous is ${synchronous.toUpperCase()} already`);
    return withLoad(played, { pragmas: { ...pragmas, synchronous: 'normal' } });
  },
};
