/** Cells that several formats have in common. */
import type { BaselineRow, Invariant, Limit, StressError } from '../../stress/shapes.js';
import { plural } from '../../units.js';
import { formatLatency, formatMetric } from './values.js';

const CLASSES = {
  instant: 'instant',
  'timed-out': 'timed out',
  other: 'other',
} as const satisfies Record<StressError['class'], string>;

export function classText(name: StressError['class']): string {
  return CLASSES[name];
}

/** `10 µs to 5.01 s`: how long the failed statement took; one of them if they look alike. */
export function spanText({ fastestMs, slowestMs }: StressError): string {
  const [fastest, slowest] = [formatLatency(fastestMs), formatLatency(slowestMs)];
  return fastest === slowest ? fastest : `${fastest} to ${slowest}`;
}

/** `1,000/s`, or `990/s to 1,010/s` of several runs. */
export function rangeText(metric: string, unit: BaselineRow['unit'], values: readonly number[]): string {
  const least = formatMetric(metric, unit, Math.min(...values));
  const greatest = formatMetric(metric, unit, Math.max(...values));
  return least === greatest ? least : `${least} to ${greatest}`;
}

/** Of medians: `+12%`; empty if there is none. */
export function changeText(change: number | null): string {
  if (change === null) return '';
  const percent = Math.round(change * 100);
  return `${percent > 0 ? '+' : ''}${percent}%`;
}

export function limitText({ lastHeld, firstBroken, mostTried }: Limit): string {
  if (lastHeld === null) return 'Not even 1 writer held all thresholds.';
  const held = `All thresholds held with ${plural(lastHeld, 'writer')}`;
  return firstBroken === null
    ? `${held}; more than ${mostTried} were not tried.`
    : `${held}; with ${firstBroken} at least one broke.`;
}

/** `Every committed row is present: 14,505 of 14,505`. */
export function truthText({ statement, detail }: Invariant): string {
  return `${statement.replace(/\.$/, '')}: ${detail}`;
}
