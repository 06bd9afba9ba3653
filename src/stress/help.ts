/** Which of two ways to do the work helps more. */
import type { ComparedVariant } from './comparison-shapes.js';

/** What is true comes before what is fast; what ends the errors before what tries again after them. */
export function compareHelp(a: ComparedVariant, b: ComparedVariant): number {
  return (
    Number(b.holds) - Number(a.holds) ||
    a.untrue.length - b.untrue.length ||
    sharesOf(a, 'failure_rate') - sharesOf(b, 'failure_rate') ||
    brokenIn(a) - brokenIn(b) ||
    sharesOf(a, 'retry_rate') - sharesOf(b, 'retry_rate') ||
    stepsOf(b, 'rows') - stepsOf(a, 'rows') ||
    stepsOf(a, 'total.p99') - stepsOf(b, 'total.p99')
  );
}

function brokenIn({ thresholds }: ComparedVariant): number {
  return thresholds.filter(({ state }) => state !== 'held').length;
}

/** To a tenth of a percent: less is chance. */
function sharesOf(variant: ComparedVariant, metric: 'failure_rate' | 'retry_rate'): number {
  return Math.round(1000 * (medianOf(variant, metric) ?? 1));
}

/** In steps of a tenth: less is chance. */
function stepsOf(variant: ComparedVariant, metric: 'rows' | 'total.p99'): number {
  return Math.round(Math.log(1 + (medianOf(variant, metric) ?? 0)) / Math.log(1.1));
}

export function medianOf({ cells }: ComparedVariant, name: string): number | null {
  return cells.find(({ metric }) => metric === name)?.median ?? null;
}
