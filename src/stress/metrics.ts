/** What thresholds, spreads and comparisons speak of: one number of a run each, under the name that users write. */
import type { ThresholdResult } from './result-shapes.js';
import type { ErrorClass, Latency, Phase, RunResult } from './run-shapes.js';

export type Unit = ThresholdResult['unit'];

export interface Metric {
  readonly name: string;
  readonly unit: Unit;
  /** Which direction is good. */
  readonly better: 'less' | 'more';
  /** `null`: nothing was measured that it could be told of. */
  of(run: RunResult): number | null;
}

const LATENCIES: readonly [name: string, of: (run: RunResult) => Latency][] = [
  ['wait', (run) => run.wait],
  ['hold', (run) => run.hold],
  ['total', (run) => run.total],
  ['commit', (run) => run.commit],
  ['read', (run) => run.reads],
];

const PARTS: readonly [name: string, of: (latency: Latency) => number][] = [
  ['avg', (latency) => latency.meanMs],
  ['p50', (latency) => latency.p50Ms],
  ['p90', (latency) => latency.p90Ms],
  ['p99', (latency) => latency.p99Ms],
  ['p99.9', (latency) => latency.p999Ms],
  ['max', (latency) => latency.maxMs],
];

const ERROR_CLASSES = {
  'errors.instant': 'instant',
  'errors.timed-out': 'timed-out',
  'errors.other': 'other',
} as const satisfies Record<string, ErrorClass>;

/** Of a connection, before there is a transaction. */
const OPENING: readonly Phase[] = ['open', 'pragma', 'prepare'];

function less(name: string, unit: Unit, of: Metric['of']): Metric {
  return { name, unit, better: 'less', of };
}

function more(name: string, unit: Unit, of: Metric['of']): Metric {
  return { name, unit, better: 'more', of };
}

/** Whether a transaction was begun at all: without, there is no rate of anything. */
function began({ counters }: RunResult): boolean {
  return counters.lockAttempts > 0;
}

function ended({ counters }: RunResult): boolean {
  return counters.lockSuccesses + counters.lockFailures > 0;
}

function latencyMetrics(): Metric[] {
  return LATENCIES.flatMap(([name, latencyOf]) =>
    PARTS.map(([part, of]) =>
      less(`${name}.${part}`, 'ms', (run) => {
        const latency = latencyOf(run);
        return latency.count === 0 ? null : of(latency);
      }),
    ),
  );
}

function errorMetrics(): Metric[] {
  const all = less('errors', 'count', ({ errors }) => sum(errors.map(({ count }) => count)));
  const classes = Object.entries(ERROR_CLASSES).map(([name, wanted]) =>
    less(name, 'count', ({ errors }) =>
      sum(errors.filter((error) => error.class === wanted).map(({ count }) => count)),
    ),
  );
  const opening = less('errors.opening', 'count', ({ errors }) =>
    sum(errors.filter(({ phase }) => OPENING.includes(phase)).map(({ count }) => count)),
  );
  const snapshot = less('errors.snapshot', 'count', ({ errors }) =>
    sum(errors.filter(({ code }) => code === 'SQLITE_BUSY_SNAPSHOT').map(({ count }) => count)),
  );
  return [all, ...classes, opening, snapshot];
}

export const metrics: readonly Metric[] = [
  less('failure_rate', 'ratio', (run) => (ended(run) ? run.counters.failureRate : null)),
  less('retry_rate', 'ratio', (run) => (began(run) ? run.counters.retryRate : null)),
  more('throughput', 'per-second', (run) => run.throughputPerSecond),
  more('rows', 'per-second', (run) => run.rowsPerSecond),
  more(
    'transactions',
    'count',
    ({ counters, otherFailures }) => counters.lockSuccesses + counters.lockFailures + otherFailures,
  ),
  less('overdue', 'count', ({ overdue }) => overdue),
  more('committed', 'count', ({ counters }) => counters.lockSuccesses),
  more('fairness', 'ratio', ({ fairness }) => (fairness.most === 0 ? null : fairness.jain)),
  less('wal_peak', 'bytes', ({ wal }) => wal.peakBytes),
  less('wal_peak_frames', 'count', ({ wal }) => Math.floor(wal.peakBytes / wal.frameBytes)),
  less('checkpoint.max', 'ms', ({ checkpoints: { duration } }) =>
    duration.count === 0 ? null : duration.maxMs,
  ),
  less('checkpoint.busy', 'count', ({ checkpoints: { runs, busy } }) => (runs === 0 ? null : busy)),
  less('stalls', 'count', ({ checkpoints: { runs, stalls } }) => (runs === 0 ? null : stalls)),
  ...errorMetrics(),
  ...latencyMetrics(),
];

export function metricNamed(name: string): Metric | null {
  return metrics.find((metric) => metric.name === name) ?? null;
}

/** In that order. */
export function metricsNamed(names: readonly string[]): Metric[] {
  return names.flatMap((name) => metricNamed(name) ?? []);
}

/** `null`: there is no such metric, or nothing was measured. */
export function metricOf(run: RunResult, name: string): number | null {
  return metricNamed(name)?.of(run) ?? null;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
