import type { Milliseconds } from '../../units.js';
import type { Phase } from '../run-shapes.js';

/** Which statement runs, and since when: if it fails, that is what failed. */
export interface Watch {
  phase: Phase;
  since: Milliseconds;
}

export function enter(watch: Watch, phase: Phase): Milliseconds {
  const now = performance.now();
  watch.phase = phase;
  watch.since = now;
  return now;
}
