/** What came of a stress run, in a sentence. Has no text from outside. */
import type { RunResult, ThresholdResult } from '../../stress/shapes.js';
import { formatCount, formatDuration, plural } from '../../units.js';
import type { ExitCode, StressReport } from '../report.js';
import { formatMetric, formatRate, formatShare } from './values.js';

export type Standing = 'held' | 'broken' | 'unknown';

const STANDINGS = { 0: 'held', 1: 'broken', 2: 'unknown' } as const satisfies Record<ExitCode, Standing>;

/** What the exit code says, in a word. */
export function standingOf({ exitCode }: Pick<StressReport, 'exitCode'>): Standing {
  return STANDINGS[exitCode];
}

export function stressHeadline(report: StressReport): string {
  const { runs, thresholds, interrupted } = report;
  const lost = runs.flatMap(({ truth }) => truth).filter(({ state }) => state === 'broken').length;
  const parts = [
    ...(lost === 0 ? [] : ['the database does not hold what was committed']),
    ...thresholdsTexts(thresholds),
    ...(interrupted === null ? [] : [`interrupted by ${interrupted}`]),
  ];
  return `${WORDS[standingOf(report)]}: ${parts.join('; ')}`;
}

const WORDS = { held: 'Held', broken: 'Broken', unknown: 'Not known' } as const satisfies Record<
  Standing,
  string
>;

function thresholdsTexts(thresholds: readonly ThresholdResult[]): string[] {
  const count = (state: Standing) => thresholds.filter((threshold) => threshold.state === state).length;
  const [broken, unknown, all] = [count('broken'), count('unknown'), plural(thresholds.length, 'threshold')];
  if (broken > 0) return [`${broken} of ${all}`];
  if (unknown > 0) return [`${unknown} of ${all} could not be measured`];
  return [thresholds.length === 1 ? 'the threshold' : `all ${all}`];
}

/** `14,505 committed in 10 s (1,450/s); 41 given up (0.28%); 48 retries`. */
export function countsText({ counters, durationMs, throughputPerSecond, otherFailures }: RunResult): string {
  const { lockSuccesses, lockFailures, lockRetries, failureRate } = counters;
  const failed = lockFailures + lockSuccesses > 0 ? ` (${formatShare(failureRate)})` : '';
  return [
    `${formatCount(lockSuccesses)} committed in ${formatDuration(durationMs)} (${formatRate(throughputPerSecond)})`,
    `${formatCount(lockFailures)} given up because of a lock${failed}`,
    ...(otherFailures === 0 ? [] : [`${formatCount(otherFailures)} because of another error`]),
    plural(lockRetries, 'retry', 'retries'),
  ].join('; ');
}

export function measuredText({ metric, unit, measured }: ThresholdResult): string {
  return measured === null ? 'not measured' : formatMetric(metric, unit, measured);
}

export interface Shown {
  readonly run: RunResult;
  /** From 1. */
  readonly number: number;
}

/** The run whose throughput is in the middle: one number of it belongs to another, which medians of each would not. */
export function shownRun({ runs }: Pick<StressReport, 'runs'>): Shown | null {
  const ranked = runs
    .map((run, index) => ({ run, number: index + 1 }))
    .sort((a, b) => a.run.throughputPerSecond - b.run.throughputPerSecond);
  return ranked[(ranked.length - 1) >> 1] ?? null;
}
