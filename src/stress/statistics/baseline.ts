/** What has changed since an earlier run, and is more than chance. */
import type { LoadSpec } from '../load-shapes.js';
import { type Metric, metricsNamed } from '../metrics.js';
import type { BaselineRow } from '../result-shapes.js';
import type { RunResult } from '../run-shapes.js';
import { COMPARED_METRICS, LEAST_CHANGE, measuredValues, median } from './spread.js';

/**
 * Two runs of the same load and two others look different in one of eight comparisons; with three on each side it is
 * one of seventy (simulated with normal noise, by the rule of `verdictOf`).
 */
const LEAST_RUNS = 3;

/** A row for each metric that both sides measured. */
export function compareWithBaseline(before: readonly RunResult[], now: readonly RunResult[]): BaselineRow[] {
  return metricsNamed(COMPARED_METRICS).flatMap((metric) => {
    const [old, fresh] = [measuredValues(before, metric.of), measuredValues(now, metric.of)];
    return old.length === 0 || fresh.length === 0 ? [] : [rowOf(metric, old, fresh)];
  });
}

function rowOf(metric: Metric, before: readonly number[], now: readonly number[]): BaselineRow {
  const [old, fresh] = [median(before), median(now)];
  const change = old === 0 ? null : fresh / old - 1;
  const verdict = verdictOf(metric, before, now);
  return {
    metric: metric.name,
    unit: metric.unit,
    before: [...before],
    now: [...now],
    change,
    verdict,
    sentence: SENTENCES[verdict],
  };
}

const SENTENCES = {
  better: 'Better: the medians are further apart than the runs of both sides are among themselves.',
  worse: 'Worse: the medians are further apart than the runs of both sides are among themselves.',
  same: 'The same, as far as the noise of the runs can tell.',
  different:
    'Different, but too few runs tell noise from change: it takes three on each side (--runs 3 for both).',
} as const satisfies Record<BaselineRow['verdict'], string>;

function verdictOf(
  { better }: Metric,
  before: readonly number[],
  now: readonly number[],
): BaselineRow['verdict'] {
  const [old, fresh] = [median(before), median(now)];
  const apart = Math.abs(fresh - old);
  if (apart <= LEAST_CHANGE * Math.max(Math.abs(old), Math.abs(fresh))) return 'same';
  if (Math.min(before.length, now.length) < LEAST_RUNS) return 'different';
  if (apart <= width(before) + width(now)) return 'same';
  return fresh > old === (better === 'more') ? 'better' : 'worse';
}

/** The noise of one side. */
function width(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

/** The settings in which two loads differ, in words; none: their results can be compared. The seed may differ. */
export function loadDifferences(before: LoadSpec, now: LoadSpec): string[] {
  const [old, fresh] = [flat(before), flat(now)];
  const names = [...new Set([...old.keys(), ...fresh.keys()])].filter((name) => name !== 'seed');
  return names
    .filter((name) => old.get(name) !== fresh.get(name))
    .map((name) => `${name} was ${old.get(name) ?? 'not set'} and is ${fresh.get(name) ?? 'not set'}`);
}

/** Every setting by its path, such as `pace.perSecond`. */
function flat(value: object, path: readonly string[] = []): Map<string, string> {
  return new Map(
    Object.entries(value).flatMap(([key, item]) =>
      typeof item === 'object' && item !== null
        ? [...flat(item, [...path, key])]
        : [[[...path, key].join('.'), String(item)]],
    ),
  );
}
