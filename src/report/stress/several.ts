/** What several runs say, as rows of text: their spread, and the change since an earlier result. */
import type { BaselineRow, Spread } from '../../stress/result-shapes.js';
import { formatMetric } from './values.js';

/** Over the columns of numbers, which follow the metric. */
export const SPREAD_HEADS = ['median', 'least', 'greatest'] as const;
/** The verdict follows them. */
export const BASELINE_HEADS = ['before', 'now', 'change'] as const;

export interface MetricRow {
  readonly metric: string;
  readonly cells: readonly string[];
}

export function spreadRows(spread: readonly Spread[]): MetricRow[] {
  return spread.map(({ metric, unit, median, least, greatest }) => ({
    metric,
    cells: [median, least, greatest].map((value) => formatMetric(metric, unit, value)),
  }));
}

export function baselineRows(baseline: readonly BaselineRow[]): (MetricRow & Pick<BaselineRow, 'verdict'>)[] {
  return baseline.map(({ metric, unit, before, now, change, verdict }) => ({
    ...{ metric, verdict },
    cells: [rangeText(metric, unit, before), rangeText(metric, unit, now), changeText(change)],
  }));
}

/** `1,000/s`, or `990/s to 1,010/s` of several runs. */
function rangeText(metric: string, unit: BaselineRow['unit'], values: readonly number[]): string {
  const least = formatMetric(metric, unit, Math.min(...values));
  const greatest = formatMetric(metric, unit, Math.max(...values));
  return least === greatest ? least : `${least} to ${greatest}`;
}

/** Of medians: `+12%`; empty if there is none. */
function changeText(change: number | null): string {
  if (change === null) return '';
  const percent = Math.round(change * 100);
  return `${percent > 0 ? '+' : ''}${percent}%`;
}
