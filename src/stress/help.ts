/** Which of two ways to do the work helps more. */
import type { ComparedVariant } from './comparison-shapes.js';

/** Of what is not true this is the least: the data is as it should be, but somebody had no turn. */
export const STARVED = 'nobody-starved';

/** What is true comes before what is fast; what ends the errors before what tries again after them; then who has most room. */
export function compareHelp(a: ComparedVariant, b: ComparedVariant): number {
  return (
    Number(b.holds) - Number(a.holds) ||
    wrongIn(a) - wrongIn(b) ||
    sharesOf(a, 'failure_rate') - sharesOf(b, 'failure_rate') ||
    brokenIn(a) - brokenIn(b) ||
    sharesOf(a, 'retry_rate') - sharesOf(b, 'retry_rate') ||
    roomOf(b) - roomOf(a) ||
    stepsOf(b, 'rows') - stepsOf(a, 'rows') ||
    stepsOf(a, 'total.p99') - stepsOf(b, 'total.p99')
  );
}

/** More than a thousand times below a limit is as good as any. */
const MOST_ROOM = 10;

/** How far the threshold that is nearest to its limit is from it, in doublings; below 0 it is broken. */
function roomOf({ thresholds }: ComparedVariant): number {
  const rooms = thresholds.map(({ measured, limit, comparison }) => {
    if (measured === null) return 0;
    const room = Math.log2(comparison.startsWith('<') ? limit / measured : measured / limit);
    return Number.isNaN(room) ? 0 : Math.max(-MOST_ROOM, Math.min(MOST_ROOM, Math.floor(room)));
  });
  return Math.min(MOST_ROOM, ...rooms);
}

function wrongIn({ untrue }: ComparedVariant): number {
  return untrue.filter((id) => id !== STARVED).length;
}

function brokenIn({ thresholds, untrue }: ComparedVariant): number {
  return thresholds.filter(({ state }) => state !== 'held').length + Number(untrue.includes(STARVED));
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
