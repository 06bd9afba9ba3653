/** The latencies of a run as rows of text. */
import type { Latency, RunResult } from '../../stress/run-shapes.js';
import { formatCount } from '../../units.js';
import { formatLatency } from './values.js';

/** Over the columns of numbers, which follow the name. */
export const LATENCY_HEADS = ['avg', 'p50', 'p90', 'p99', 'p99.9', 'max', 'count'] as const;

/** Of what was measured. */
export function latencyRows({ wait, hold, commit, total, reads }: RunResult): string[][] {
  const all: [name: string, latency: Latency][] = Object.entries({ wait, hold, commit, total, read: reads });
  return all
    .filter(([, { count }]) => count > 0)
    .map(([name, { meanMs, p50Ms, p90Ms, p99Ms, p999Ms, maxMs, count }]) => [
      name,
      ...[meanMs, p50Ms, p90Ms, p99Ms, p999Ms, maxMs].map(formatLatency),
      formatCount(count),
    ]);
}
