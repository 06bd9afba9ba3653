/**
 * Random integers as pgbench documents them (postgresql.org/docs/current/pgbench.html, "Built-In Functions"):
 * the same probabilities for the same parameters, so that a script keeps its meaning. All bounds are inclusive.
 */
import type { Random } from '../random.js';

/** As many values as a double can count without a gap. */
const EXACT = 2n ** 53n;
/** pgbench's: a range must fit into a signed 64-bit integer. */
const LARGEST_SPAN = 2n ** 63n - 1n;

/** Why a range or a parameter cannot be; the line is known to the caller. */
export class DistributionError extends Error {
  override readonly name = 'DistributionError';
}

/** Every value is as likely as any other. */
export function uniformInteger(random: Random, low: bigint, high: bigint): bigint {
  const span = spanOf(low, high);
  if (span <= EXACT) return low + BigInt(Math.floor(random.uniform() * Number(span)));
  return low + below(random, span);
}

/** Value i is drawn with f(i) − f(i+1), f(x) = exp(−parameter (x−low) / span) / (1 − exp(−parameter)). */
export function exponentialInteger(random: Random, low: bigint, high: bigint, parameter: number): bigint {
  if (!(parameter > 0)) throw new DistributionError(`its parameter must be above 0, not ${parameter}`);
  const cut = -Math.expm1(-parameter);
  const share = -Math.log1p(-random.uniform() * cut) / parameter;
  return placed(low, spanOf(low, high), share);
}

const SMALLEST_GAUSSIAN = 2;

/** A normal distribution, cut at ± parameter standard deviations, spread over the range. */
export function gaussianInteger(random: Random, low: bigint, high: bigint, parameter: number): bigint {
  if (!(parameter >= SMALLEST_GAUSSIAN)) {
    throw new DistributionError(`its parameter must be at least ${SMALLEST_GAUSSIAN}, not ${parameter}`);
  }
  const span = spanOf(low, high);
  for (;;) {
    const deviation = standardNormal(random);
    if (deviation >= -parameter && deviation < parameter)
      return placed(low, span, (deviation + parameter) / (2 * parameter));
  }
}

const ZIPFIAN_PARAMETERS = { least: 1.001, most: 1000 } as const;

/** The k-th value of the range is drawn with a probability proportional to k^−parameter. */
export function zipfianInteger(random: Random, low: bigint, high: bigint, parameter: number): bigint {
  const { least, most } = ZIPFIAN_PARAMETERS;
  if (!(parameter >= least && parameter <= most))
    throw new DistributionError(`its parameter must be from ${least} to ${most}, not ${parameter}`);
  const count = Number(spanOf(low, high));
  const rank = zipfianRank(random, count, parameter);
  return clamp(low + BigInt(rank) - 1n, low, high);
}

/**
 * Rejection-inversion (Hörmann and Derflinger, "Rejection-inversion to generate variates from monotone discrete
 * distributions", 1996): exact, and seldom a second draw, whatever the count and the exponent.
 */
function zipfianRank(random: Random, count: number, exponent: number): number {
  const area = (x: number) => Math.expm1((1 - exponent) * Math.log(x)) / (1 - exponent);
  const inverse = (y: number) => Math.exp(Math.log1p(Math.max(y * (1 - exponent), -1)) / (1 - exponent));
  const top = area(1.5) - 1;
  const bottom = area(count + 0.5);
  const sure = 2 - inverse(area(2.5) - 2 ** -exponent);
  for (;;) {
    const y = bottom + (1 - random.uniform()) * (top - bottom);
    const x = inverse(y);
    const rank = Math.min(Math.max(Math.round(x), 1), count);
    if (rank - x <= sure || y >= area(rank + 0.5) - rank ** -exponent) return rank;
  }
}

/** Box and Muller's transform. */
function standardNormal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
  return radius * Math.cos(2 * Math.PI * random.uniform());
}

function spanOf(low: bigint, high: bigint): bigint {
  if (low > high) throw new DistributionError(`its range is empty: ${low} is above ${high}`);
  const span = high - low + 1n;
  if (span > LARGEST_SPAN) throw new DistributionError('its range is larger than 64 bits can count');
  return span;
}

/** The value at a share of [0, 1) of the range. */
function placed(low: bigint, span: bigint, share: number): bigint {
  return clamp(low + BigInt(Math.floor(share * Number(span))), low, low + span - 1n);
}

/** A double near the end of a range can be rounded past it. */
function clamp(value: bigint, low: bigint, high: bigint): bigint {
  if (value < low) return low;
  return value > high ? high : value;
}

/** From 0 to below a span that no double can hold; what would make the first values likelier is thrown away. */
function below(random: Random, span: bigint): bigint {
  const all = 2n ** 64n;
  const fair = all - (all % span);
  for (;;) {
    const drawn = (BigInt(random.bits32()) << 32n) | BigInt(random.bits32());
    if (drawn < fair) return drawn % span;
  }
}
