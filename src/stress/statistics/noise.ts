/** Whether few values on two sides differ by more than chance. */
import { median } from './spread.js';

/**
 * The medians are further apart than both sides are wide together: of two times three values that differ by nothing but chance, that
 * is so once in seventy times. As ratios, where all are above 0: times and rates vary by factors.
 */
export function isBeyondBoth(before: readonly number[], now: readonly number[]): boolean {
  const isFactor = [...before, ...now].every((value) => value > 0);
  const [old, fresh] = [before, now].map((values) => (isFactor ? values.map(Math.log) : values));
  if (old === undefined || fresh === undefined) return false;
  return Math.abs(median(old) - median(fresh)) > widthOf(old) + widthOf(fresh);
}

function widthOf(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}
