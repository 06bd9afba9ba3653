/** How sure a ratio is: the percentile bootstrap (Efron, "Bootstrap Methods: Another Look at the Jackknife", 1979). */
import { createRandom } from '../random.js';
import { median } from './spread.js';

export interface Interval {
  readonly ratio: number;
  /** 95 % of the resamples lie from here … */
  readonly low: number;
  /** … to here. */
  readonly high: number;
}

const RESAMPLES = 2000;
const CONFIDENCE = 0.95;

/**
 * The ratio of the medians of `after` to `before`, measured in rounds that belong together: what disturbed a round
 * disturbed both, so rounds are drawn, not values. `null`: there is no ratio, because a median is 0, that of too many
 * resamples is (the interval would have no end), or no round was run. Few rounds make it narrower than it should be:
 * with three, the interval is the range that was seen.
 */
export function ratioInterval(
  before: readonly number[],
  after: readonly number[],
  seed: number,
): Interval | null {
  const rounds = Math.min(before.length, after.length);
  const indices = Array.from({ length: rounds }, (_, index) => index);
  const ratio = ratioOf(before, after, indices);
  if (ratio === null) return null;
  const random = createRandom(seed);
  const draw = () => Math.floor(random.uniform() * rounds);
  const ratios = Array.from({ length: RESAMPLES }, () => ratioOf(before, after, indices.map(draw)))
    .filter((value) => value !== null)
    .sort((a, b) => a - b);
  if (RESAMPLES - ratios.length > ((1 - CONFIDENCE) / 2) * RESAMPLES) return null;
  return { ratio, low: quantile(ratios, (1 - CONFIDENCE) / 2), high: quantile(ratios, (1 + CONFIDENCE) / 2) };
}

function ratioOf(
  before: readonly number[],
  after: readonly number[],
  rounds: readonly number[],
): number | null {
  if (rounds.length === 0) return null;
  const [base, value] = [before, after].map((values) => median(rounds.map((round) => values[round] ?? 0)));
  return base === undefined || value === undefined || base === 0 ? null : value / base;
}

/** Of sorted values, the nearest one. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
}
