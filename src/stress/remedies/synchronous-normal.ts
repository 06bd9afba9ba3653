import { withPragmas } from './pragmas.js';
import { inapplicable, type Remedy } from './remedy.js';

/** In WAL mode no fsync for each commit: the last ones may be lost with the power, and nothing is damaged. */
export const synchronousNormal: Remedy = {
  id: 'synchronous-normal',
  title: 'PRAGMA synchronous=NORMAL on every connection',
  parameter: null,
  expected: 'The topic pipeline, with other pragmas: 20–30 % less.',
  recipe: 'it sets synchronous on every connection',
  change(played) {
    const { synchronous } = played.load.pragmas;
    // Nobody is to be made slower than it was found.
    if (synchronous === 'off') return inapplicable('synchronous is OFF already');
    return withPragmas(played, { synchronous: 'normal' }, 'synchronous is NORMAL already');
  },
};
