/** What several runs of the same load say together. */
import { metricNamed } from '../metrics.js';
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

/** Nothing for a single run; a metric that some run did not measure is left out. */
export function spreadOf(runs: readonly RunResult[]): Spread[] {
  if (runs.length < 2) return [];
  return COMPARED_METRICS.flatMap((name) => {
    const metric = metricNamed(name);
    const values = metric === null ? [] : measuredValues(runs, metric.of);
    if (metric === null || values.length < runs.length) return [];
    const [least, greatest] = [Math.min(...values), Math.max(...values)];
    return [{ metric: name, unit: metric.unit, values, median: median(values), least, greatest }];
  });
}

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
