/** What several runs of the same load say together. */
import { metricsNamed } from '../metrics.js';
import type { Spread } from '../result-shapes.js';
import type { RunResult } from '../run-shapes.js';

/** Those that tell one run from another. */
export const COMPARED_METRICS = [
  'throughput',
  'failure_rate',
  'retry_rate',
  'wait.avg',
  'wait.p50',
  'wait.p99',
  'wait.max',
  'hold.p50',
  'hold.p99',
  'total.p99',
  'fairness',
  'wal_peak',
] as const;

/** Smaller changes are not worth a word, even if no run contradicts them: histograms are exact to 0.1 %. */
export const LEAST_CHANGE = 0.02;

/** Nothing for a single run; a metric that some run did not measure is left out. */
export function spreadOf(runs: readonly RunResult[]): Spread[] {
  if (runs.length < 2) return [];
  return metricsNamed(COMPARED_METRICS).flatMap(({ name, unit, of }) => {
    const values = measuredValues(runs, of);
    if (values.length < runs.length) return [];
    const [least, greatest] = [Math.min(...values), Math.max(...values)];
    return [{ metric: name, unit, values, median: median(values), least, greatest }];
  });
}

/** Of the runs that measured it. */
export function measuredValues(runs: readonly RunResult[], of: (run: RunResult) => number | null): number[] {
  return runs.map(of).filter((value) => value !== null);
}

/** Of an even number of values the mean of the two in the middle. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
