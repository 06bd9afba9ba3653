/** What else a machine had to do: what is slow on a busy one need not be the database. */
import { availableParallelism, loadavg } from 'node:os';
import type { StressResult } from '../../stress/result-shapes.js';
import { plural } from '../../units.js';

export interface Machine {
  /** Processes that ran or wanted to, on average over the last minute; 0: the platform does not say. */
  readonly loadAverage: number;
  readonly processors: number;
}

export function machineNow(): Machine {
  return { loadAverage: loadavg()[0] ?? 0, processors: availableParallelism() };
}

/** Where something did not come about that a quiet machine might have had time for. */
export function busyNotes(
  { loadAverage, processors }: Machine,
  { scenario, thresholds }: Pick<StressResult, 'scenario' | 'thresholds'>,
): string[] {
  const isMissed =
    scenario === null ? thresholds.some(({ state }) => state === 'broken') : scenario.missed.length > 0;
  if (!isMissed || loadAverage <= processors) return [];
  return [
    `The machine was busy when this began: a load of ${loadAverage.toFixed(1)} on ${plural(processors, 'processor')}. What did not hold may be its doing: play it again when it is quiet.`,
  ];
}
