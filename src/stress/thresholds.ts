/** What a run is held to, as k6 writes it: `wait.p99<100ms`. */
import { parseBytes, parseDuration } from '../units.js';
import { type Metric, metricNamed, metricOf, metrics, type Unit } from './metrics.js';
import { type Misread, misread } from './misread.js';
import type { ThresholdResult } from './result-shapes.js';
import type { RunResult } from './run-shapes.js';

export interface Threshold {
  readonly kind: 'threshold';
  /** As it was given. */
  readonly text: string;
  readonly metric: string;
  readonly comparison: ThresholdResult['comparison'];
  /** In the unit of the metric: a share of 1, milliseconds, per second, bytes. */
  readonly limit: number;
  readonly unit: Unit;
}

/** Issue 5, after incident 5: what its authors wanted is under 1 %, a mean under 100 ms (their alert), 5 s at most. */
export const DEFAULT_THRESHOLDS: readonly string[] = ['failure_rate<1%', 'wait.avg<100ms', 'wait.max<5s'];

/** What a scenario is held to when cures are compared: what the authors of incident 5 wanted. */
export const CURED_THRESHOLDS: readonly string[] = ['failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s'];

const COMPARISONS = ['<', '<=', '>', '>='] as const satisfies readonly ThresholdResult['comparison'][];
const FORM = 'A threshold is a metric, a comparison and a limit, such as wait.p99<100ms.';

export function parseThreshold(text: string): Threshold | Misread {
  const [, name, sign = '', rest = ''] = /^\s*([^\s<>=!]+)\s*([<>=!]*)\s*(.*?)\s*$/s.exec(text) ?? [];
  if (name === undefined) return misread(FORM);
  const metric = metricNamed(name);
  if (metric === null) return unknownMetric(name);
  const comparison = COMPARISONS.find((candidate) => candidate === sign);
  if (comparison === undefined) {
    return misread(sign === '' ? FORM : `"${sign}" is none of ${COMPARISONS.join(', ')}.`);
  }
  const limit = LIMITS[metric.unit].parse(rest);
  if (limit === null) return misread(`${name} takes ${LIMITS[metric.unit].wants}, not "${rest}".`);
  const never = neverHolds(metric, comparison, limit);
  if (never !== null) return misread(never);
  return { kind: 'threshold', text: text.trim(), metric: name, comparison, limit, unit: metric.unit };
}

function unknownMetric(name: string): Misread {
  const names = metrics.map((metric) => metric.name);
  const short = names.filter((candidate) => !candidate.includes('.'));
  return misread(
    `There is no metric "${name}": there are ${short.join(', ')}, and avg, p50, p90, p99, p99.9 and max of wait, hold, total, commit and read.`,
    { given: name, candidates: names },
  );
}

/** What somebody writes who wants none of it. */
function neverHolds({ name, unit }: Metric, comparison: string, limit: number): string | null {
  if (comparison === '<' && limit === 0) return `Nothing is below 0: write ${name}<=0.`;
  const beyond = unit === 'ratio' && comparison === '>' && limit === 1;
  return beyond ? `No share is above 100%: write ${name}>=100%.` : null;
}

interface LimitForm {
  readonly wants: string;
  /** `null`: it is no such limit. */
  parse(text: string): number | null;
}

const LIMITS: Readonly<Record<Unit, LimitForm>> = {
  ratio: { wants: 'a share, such as 1% or 0.01', parse: parseRatio },
  ms: { wants: 'a time, such as 100ms, 5s or 500µs', parse: parseTime },
  'per-second': { wants: 'a rate, such as 500/s', parse: parsePerSecond },
  bytes: { wants: 'a size, such as 64MiB', parse: parseBytes },
  count: { wants: 'a whole number', parse: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : null) },
};

const NUMBER = /^(\d+(?:\.\d+)?|\.\d+)$/;

function parseRatio(text: string): number | null {
  const percent = text.endsWith('%');
  const digits = percent ? text.slice(0, -1).trim() : text;
  if (!NUMBER.test(digits)) return null;
  const share = percent ? Number(digits) / 100 : Number(digits);
  return share <= 1 ? share : null;
}

/** As `parseDuration`, and microseconds: short holds are of that order. */
function parseTime(text: string): number | null {
  const [, digits] = /^(\d+(?:\.\d+)?|\.\d+)\s*(?:us|µs|μs)$/.exec(text) ?? [];
  return digits === undefined ? parseDuration(text) : Number(digits) / 1000;
}

function parsePerSecond(text: string): number | null {
  const digits = text.replace(/\s*\/\s*s$/, '');
  return NUMBER.test(digits) ? Number(digits) : null;
}

/**
 * Each threshold over all runs: broken if any run broke it, with the value furthest off. What no run could measure
 * is unknown.
 */
export function evaluateThresholds(
  thresholds: readonly Threshold[],
  runs: readonly RunResult[],
): ThresholdResult[] {
  return thresholds.map((threshold) => {
    const { text, metric, comparison, limit, unit } = threshold;
    const values = runs.map((run) => metricOf(run, metric));
    const numbers = values.filter((value) => value !== null);
    const measured = numbers.length === 0 ? null : furthest(comparison, numbers);
    const state = stateOf(threshold, measured, numbers.length < values.length || values.length === 0);
    return { threshold: text, metric, comparison, limit, measured, unit, state };
  });
}

function furthest(comparison: Threshold['comparison'], values: readonly number[]): number {
  return comparison === '<' || comparison === '<=' ? Math.max(...values) : Math.min(...values);
}

function stateOf(threshold: Threshold, measured: number | null, gaps: boolean): ThresholdResult['state'] {
  if (measured === null) return 'unknown';
  if (!holds(measured, threshold)) return 'broken';
  return gaps ? 'unknown' : 'held';
}

function holds(value: number, { comparison, limit }: Threshold): boolean {
  switch (comparison) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
  }
}
