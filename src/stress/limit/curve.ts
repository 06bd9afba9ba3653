/** From runs to where thresholds break. Pure. */
import type { LimitPoint, SearchedCurve } from '../limit-shapes.js';
import type { LoadSpec } from '../load-shapes.js';
import { metricOf } from '../metrics.js';
import type { RunResult } from '../run-shapes.js';
import { evaluateThresholds, type Threshold } from '../thresholds.js';
import { bracketOf } from './bracket.js';
import { type Grid, openIn } from './search.js';

/** Chance, and what a wait at the end of a run keeps from beginning, is no more than that. */
const MOST_OVERDUE = 0.05;

/** What could not be measured has not held. */
export function pointOf(
  value: number,
  { load, run }: { readonly load: LoadSpec; readonly run: RunResult },
  thresholds: readonly Threshold[],
): LimitPoint {
  const broken = evaluateThresholds(thresholds, [run])
    .filter(({ state }) => state !== 'held')
    .map(({ threshold }) => threshold);
  const untrue = run.truth.filter(({ state }) => state === 'broken').map(({ id }) => id);
  const keptUp = load.pace.kind === 'open' ? keepsUp(run) : null;
  return {
    ...{ value, held: broken.length === 0 && untrue.length === 0 && keptUp !== false },
    ...{ broken, untrue, keptUp },
    throughputPerSecond: run.throughputPerSecond,
    rowsPerSecond: run.rowsPerSecond,
    failureRate: run.counters.failureRate,
    holdMs: metricOf(run, 'hold.avg'),
    waitAvgMs: metricOf(run, 'wait.avg'),
    waitP99Ms: metricOf(run, 'wait.p99'),
    waitMaxMs: metricOf(run, 'wait.max'),
  };
}

function keepsUp({ counters, otherFailures, overdue }: RunResult): boolean {
  const begun = counters.lockSuccesses + counters.lockFailures + otherFailures;
  return overdue <= MOST_OVERDUE * (begun + overdue);
}

export function curveOf(
  points: readonly LimitPoint[],
  thresholds: readonly Threshold[],
  { complete, grid }: { readonly complete: boolean; readonly grid: Grid },
): SearchedCurve {
  const boundsFor = (holds: (point: LimitPoint) => boolean) => {
    const bracket = bracketOf(points, holds);
    return { ...bracket, narrowed: openIn(grid, bracket) === null };
  };
  return {
    ...{ state: 'searched', complete },
    points: [...points].sort((a, b) => a.value - b.value),
    ...boundsFor(({ held }) => held),
    thresholds: thresholds.map(({ text }) => ({
      threshold: text,
      ...boundsFor(({ broken }) => !broken.includes(text)),
    })),
  };
}
