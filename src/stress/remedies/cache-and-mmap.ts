import { inapplicable, type Remedy, withLoad } from './remedy.js';

/** As the music library has it. */
const CACHE_KIB = -64_000;
const MMAP_BYTES = 268_435_456;

export const cacheAndMmap: Remedy = {
  id: 'cache-and-mmap',
  title: 'PRAGMA cache_size=-64000 and mmap_size=268435456 on every connection',
  parameter: null,
  expected: 'The topic pipeline, with other pragmas: 20–30 % less.',
  change(played) {
    const { pragmas } = played.load;
    if (pragmas.cacheSize === CACHE_KIB && pragmas.mmapBytes === MMAP_BYTES)
      return inapplicable('they are that already');
    return withLoad(played, { pragmas: { ...pragmas, cacheSize: CACHE_KIB, mmapBytes: MMAP_BYTES } });
  },
};
