/** Of what the limits are sought: the load as found, or with a cure on top. Pure. */
import type { Milliseconds } from '../../units.js';
import type { LoadSpec } from '../load-shapes.js';
import type { Played } from '../played.js';

export interface Subject {
  readonly asFound: Played;
  /** Remedies, on top of whatever was raised. `null`: none. */
  readonly cure: ((played: Played) => Played) | null;
}

export function cured({ cure }: Subject, played: Played): Played {
  return cure === null ? played : cure(played);
}

/** Where the load says nothing of time. */
const USUAL_MS: Milliseconds = 3000;

/** How long a run lasts. */
export function runMsOf({ end }: LoadSpec): Milliseconds {
  return end.kind === 'duration' ? end.durationMs : USUAL_MS;
}

/** Played for a time: so many transactions of each writer would take the longer the more of anything there is. */
export function timed({ asFound, cure }: Subject): Subject {
  return {
    asFound: withLoad(asFound, { end: { kind: 'duration', durationMs: runMsOf(asFound.load) } }),
    cure,
  };
}

export function withLoad(played: Played, changes: Partial<LoadSpec>): Played {
  return { ...played, load: { ...played.load, ...changes } };
}
