/** The runs of a stress test: one or several. For a search or a comparison see limit.ts and compare.ts. */
import type { Comparison } from '../../stress/comparison-shapes.js';
import type { Limit } from '../../stress/limit-shapes.js';
import type { LoadSpec } from '../../stress/load-shapes.js';
import type { Played } from '../../stress/played.js';
import type { RunResult } from '../../stress/run-shapes.js';
import type { Threshold } from '../../stress/thresholds.js';

export interface Rounds {
  readonly runs: readonly RunResult[];
  readonly limit: Limit | null;
  readonly comparison: Comparison | null;
  /** Of the runs. */
  readonly load: LoadSpec;
}

export interface Director {
  readonly played: Played;
  readonly thresholds: readonly Threshold[];
  readonly signal: AbortSignal;
  /** @param label for those who watch, such as `run 2 of 3` */
  run(played: Played, label: string): Promise<RunResult>;
}

/** Stops at a signal with what there is. */
export async function severalRuns(count: number, { played, signal, run }: Director): Promise<Rounds> {
  const runs: RunResult[] = [];
  for (let nth = 1; nth <= count && !signal.aborted; nth += 1) {
    const one = await run(played, count === 1 ? '' : `run ${nth} of ${count}`).catch((error: unknown) => {
      if (signal.aborted && runs.length > 0) return null;
      throw error;
    });
    if (one !== null) runs.push(one);
  }
  return { runs, limit: null, comparison: null, load: played.load };
}
