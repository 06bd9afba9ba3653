import { withPragmas } from './pragmas.js';
import { ownCode, type Remedy } from './remedy.js';

/** As the music library has it. */
export const cacheAndMmap: Remedy = {
  id: 'cache-and-mmap',
  title: 'PRAGMA cache_size=-64000 and mmap_size=268435456 on every connection',
  parameter: null,
  expected:
    'The topic pipeline, with other pragmas: 20–30 % less. The music library: applied with its other cures; failures under 1 %.',
  how: ownCode('Send both pragmas on every connection, after those of the recipe.'),
  change: (played) =>
    withPragmas(played, { cacheSize: -64_000, mmapBytes: 268_435_456 }, 'they are that already'),
};
