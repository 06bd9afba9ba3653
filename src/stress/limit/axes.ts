/** What can be raised until a threshold breaks. Pure. */
import type { Milliseconds } from '../../units.js';
import type { LimitAxis } from '../limit-shapes.js';
import type { LoadSpec } from '../load-shapes.js';
import type { Played } from '../played.js';
import type { RunResult } from '../run-shapes.js';
import { doublingGrid, type Grid, short, writersGrid } from './search.js';

export interface Axis {
  /** What the load has of it. `null`: it is not said, as the rate of a closed loop. */
  valueIn(load: LoadSpec): number | null;
  at(played: Played, value: number): Played;
  /** @param reference the load as it is; its throughput is about the most that there can be */
  grid(load: LoadSpec, reference: RunResult, mostWriters: number): Grid;
  /** Why it cannot be searched: the end of a sentence. `null`: it can. */
  whyNot(played: Played, asFound: Played): string | null;
}

export const axes: Readonly<Record<LimitAxis, Axis>> = {
  writers: {
    valueIn: ({ writers }) => writers,
    at: (played, writers) => withLoad(played, { writers }),
    grid: (_load, _reference, mostWriters) => writersGrid(mostWriters),
    whyNot: ({ load }, asFound) =>
      load.writers === asFound.load.writers ? null : 'the cure itself says how many writers there are',
  },
  rate: {
    valueIn: ({ pace }) => (pace.kind === 'open' ? pace.perSecond : null),
    at: (played, perSecond) => withLoad(played, { pace: { kind: 'open', perSecond } }),
    grid: (load, { throughputPerSecond }) => {
      const least = (LEAST_TRANSACTIONS * 1000) / usualMs(load);
      const stated = load.pace.kind === 'open' ? load.pace.perSecond : null;
      const first = stated ?? short(Math.max(least, throughputPerSecond / 2));
      return doublingGrid({ first, least, most: Number.POSITIVE_INFINITY });
    },
    whyNot: () => null,
  },
  hold: {
    valueIn: ({ holdMs }) => holdMs,
    at: (played, holdMs) => withLoad(played, { holdMs }),
    grid: (load) => doublingGrid({ first: load.holdMs || 1, least: 1, most: usualMs(load) / LEAST_HOLDS }),
    whyNot: ({ load }, asFound) => {
      if (load.work.kind === 'scripts') return 'a script says itself how long its transactions are';
      if (load.begin === 'autocommit') return 'a statement that is its own transaction has no work inside';
      return load.holdMs === asFound.load.holdMs
        ? null
        : 'the cure itself says how much work there is inside a transaction';
    },
  },
};

/** Of fewer transactions in a run, nothing can be told. */
const LEAST_TRANSACTIONS = 20;
/** A run has room for so many of the longest holds. */
const LEAST_HOLDS = 6;

/** How long a run lasts. */
function usualMs({ end }: LoadSpec): Milliseconds {
  return end.kind === 'duration' ? end.durationMs : 3000;
}

function withLoad(played: Played, changes: Partial<LoadSpec>): Played {
  return { ...played, load: { ...played.load, ...changes } };
}
