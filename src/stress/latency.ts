/** From what the actors recorded to one distribution. */
// Only this class: the index would load WebAssembly too, to record faster than we need to merge.
import hdr from 'hdr-histogram-js/dist/Int32Histogram.js';
import { leastOf } from './actor/histogram.js';
import type { Recorded } from './protocol.js';
import type { Latency } from './run-shapes.js';

const LARGEST_US = 2 ** 31;
const SIGNIFICANT_DIGITS = 3;

/** Merges into one HdrHistogram of microseconds with three significant digits, and reads it off. */
export function mergeLatencies(parts: readonly Recorded[]): Latency {
  const histogram = new hdr.default(1, LARGEST_US, SIGNIFICANT_DIGITS);
  const counts = new Map<number, number>();
  for (const { buckets } of parts) {
    for (let at = 0; at < buckets.length; at += 2) {
      const us = leastOf(buckets[at] ?? 0);
      const count = buckets[at + 1] ?? 0;
      histogram.recordValueWithCount(us, count);
      counts.set(us, (counts.get(us) ?? 0) + count);
    }
  }
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const sumUs = parts.reduce((sum, part) => sum + part.sumUs, 0);
  const maxUs = Math.max(0, ...parts.map((part) => part.maxUs));
  // the histogram answers with the upper end of a bucket, which may lie above the greatest value
  const percentile = (percent: number) =>
    count === 0 ? 0 : Math.min(maxUs, histogram.getValueAtPercentile(percent)) / 1000;
  return {
    ...{ count, totalMs: sumUs / 1000, meanMs: count === 0 ? 0 : sumUs / count / 1000, maxMs: maxUs / 1000 },
    ...{ p50Ms: percentile(50), p90Ms: percentile(90), p99Ms: percentile(99), p999Ms: percentile(99.9) },
    buckets: coarse(counts),
  };
}

/** 1, 2, 5, 10, … microseconds: few enough for a chart in a terminal. */
function coarse(counts: ReadonlyMap<number, number>): Latency['buckets'] {
  const largest = Math.max(0, ...counts.keys());
  const buckets: { fromMs: number; toMs: number; count: number }[] = [];
  let fromUs = 0;
  for (const toUs of boundaries()) {
    const count = [...counts].reduce(
      (sum, [us, n]) => (us <= toUs && (us > fromUs || fromUs === 0) ? sum + n : sum),
      0,
    );
    buckets.push({ fromMs: fromUs / 1000, toMs: toUs / 1000, count });
    fromUs = toUs;
    if (toUs >= largest) break;
  }
  const first = buckets.findIndex(({ count }) => count > 0);
  return first < 0 ? [] : buckets.slice(first);
}

function* boundaries(): Generator<number> {
  for (let decade = 1; decade <= LARGEST_US; decade *= 10) yield* [decade, decade * 2, decade * 5];
}
