/**
 * Counts of microseconds with three significant digits, in the buckets that HdrHistogram uses for them: so merging
 * into one loses nothing, and recording takes 10 ns instead of 120 (scripts/bench-stress.mjs).
 */
import type { Recorded } from '../protocol.js';

/** Half of the 2,048 buckets that HdrHistogram needs to tell three digits apart. */
const HALF = 1024;
const HALF_BITS = 10;
/** 35 minutes; longer ones count as this. */
const LARGEST_US = 2 ** 31 - 1;
const BUCKETS = bucketOf(LARGEST_US) + 1;

export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;
  sumUs = 0;
  #maxUs = 0;

  /** @param ms with its fraction */
  record(ms: number): void {
    const us = Math.min(LARGEST_US, Math.round(ms * 1000));
    const bucket = bucketOf(us);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    this.sumUs += us;
    if (us > this.#maxUs) this.#maxUs = us;
  }

  recorded(): Recorded {
    const buckets: number[] = [];
    const end = bucketOf(this.#maxUs);
    for (let bucket = 0; bucket <= end; bucket += 1) {
      const count = this.#counts[bucket] ?? 0;
      if (count > 0) buckets.push(bucket, count);
    }
    return { buckets, count: this.#count, sumUs: this.sumUs, maxUs: this.#maxUs };
  }
}

function bucketOf(us: number): number {
  if (us < 2 * HALF) return us;
  const shift = 31 - HALF_BITS - Math.clz32(us);
  return shift * HALF + (us >> shift);
}

/** The least value, in microseconds, that is counted there. */
export function leastOf(bucket: number): number {
  if (bucket < 2 * HALF) return bucket;
  const shift = (bucket >> HALF_BITS) - 1;
  return (bucket - shift * HALF) * 2 ** shift;
}
