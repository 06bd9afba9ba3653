/** The parts of the engine that can be judged without a process. */
import fc from 'fast-check';
import { build } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { classify, type FailedStatement } from '../../src/stress/actor/failure.js';
import { Histogram, leastOf } from '../../src/stress/actor/histogram.js';
import { pauseBefore } from '../../src/stress/actor/retry.js';
import { createRandom } from '../../src/stress/random.js';
import { findStalls } from '../../src/stress/stalls.js';

describe('the histogram of an actor', () => {
  it('keeps what HdrHistogram keeps with three significant digits', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 200 }),
        (values) => {
          const ours = new Histogram();
          const theirs = build({
            numberOfSignificantValueDigits: 3,
            highestTrackableValue: 2 ** 31,
            bitBucketSize: 32,
          });
          const merged = build({
            numberOfSignificantValueDigits: 3,
            highestTrackableValue: 2 ** 31,
            bitBucketSize: 32,
          });
          for (const us of values) {
            ours.record(us / 1000);
            theirs.recordValue(us);
          }
          const { buckets, count, sumUs, maxUs } = ours.recorded();
          for (let at = 0; at < buckets.length; at += 2)
            merged.recordValueWithCount(leastOf(buckets[at] ?? 0), buckets[at + 1] ?? 0);
          expect(count).toBe(values.length);
          expect(maxUs).toBe(Math.max(...values));
          expect(sumUs).toBe(values.reduce((sum, us) => sum + us, 0));
          for (const percent of [0, 50, 90, 99, 99.9, 100])
            expect(merged.getValueAtPercentile(percent)).toBe(theirs.getValueAtPercentile(percent));
        },
      ),
    );
  });

  it('counts what is too long as the longest', () => {
    const histogram = new Histogram();
    histogram.record(1e9);
    expect(histogram.recorded()).toMatchObject({ count: 1, maxUs: 2 ** 31 - 1 });
  });
});

describe('why a statement failed when it did', () => {
  const failed: FailedStatement = {
    ...{ code: 'SQLITE_BUSY', phase: 'write', elapsedMs: 0.1, busyTimeoutMs: 30_000 },
  };

  it.each<[Partial<FailedStatement>, string, string]>([
    [{ readBefore: true }, 'instant', 'upgrade'],
    [{ readBefore: true, busyTimeoutMs: 1 }, 'instant', 'upgrade'],
    [{ readBefore: true, busyTimeoutMs: 3, elapsedMs: 40 }, 'instant', 'upgrade'],
    // it had only seemed to have read
    [{ readBefore: true, elapsedMs: 30_001 }, 'timed-out', 'timed-out'],
    [{ phase: 'pragma', busyTimeoutMs: 1 }, 'instant', 'journal-mode'],
    [{ code: 'SQLITE_BUSY_SNAPSHOT', readBefore: true }, 'instant', 'snapshot'],
    // even where a busy process made it look slow
    [{ code: 'SQLITE_BUSY_SNAPSHOT', readBefore: true, elapsedMs: 31_000 }, 'instant', 'snapshot'],
    [{ busyTimeoutMs: 0 }, 'instant', 'no-timeout'],
    [{ busyTimeoutMs: 0, readBefore: true }, 'instant', 'no-timeout'],
    [{ elapsedMs: 30_001, phase: 'begin' }, 'timed-out', 'timed-out'],
    [{ elapsedMs: 30_001, phase: 'commit' }, 'timed-out', 'timed-out-commit'],
    [{ spentBefore: true }, 'instant', 'spent'],
    [{ phase: 'pragma' }, 'instant', 'journal-mode'],
    [{ code: 'SQLITE_BUSY_RECOVERY' }, 'instant', 'recovery'],
    [{ code: 'SQLITE_LOCKED', elapsedMs: 0 }, 'instant', 'locked'],
    [{ code: 'SQLITE_PROTOCOL', elapsedMs: 10_000 }, 'other', 'protocol'],
    [{ code: 'SQLITE_FULL' }, 'other', 'other'],
  ])('%j: %s, %s', (difference, expectedClass, reason) => {
    expect(classify({ ...failed, ...difference })).toEqual({ class: expectedClass, reason });
  });
});

describe('the pause before a retry', () => {
  const random = createRandom(1);

  it('doubles up to the cap, with some jitter, and ends', () => {
    const policy = { kind: 'backoff', baseMs: 50, capMs: 2000, jitterMs: 0, tries: 8 } as const;
    const pauses = Array.from({ length: 9 }, (_, nth) => pauseBefore(policy, nth + 1, random));
    expect(pauses).toEqual([50, 100, 200, 400, 800, 1600, 2000, 2000, null]);
    const pause = pauseBefore({ ...policy, jitterMs: 50 }, 1, random);
    expect(pause).toBeGreaterThanOrEqual(50);
    expect(pause).toBeLessThan(100);
  });

  it('is none, or there is no retry', () => {
    expect(pauseBefore({ kind: 'immediate', tries: 1 }, 1, random)).toBe(0);
    expect(pauseBefore({ kind: 'immediate', tries: 1 }, 2, random)).toBeNull();
    expect(pauseBefore({ kind: 'none' }, 1, random)).toBeNull();
  });
});

describe('a stall', () => {
  it('is a wait of which at least half fell into a checkpoint', () => {
    const checkpoints = [
      [100, 200],
      [400, 410],
    ] as const;
    const waits = [
      [120, 180],
      [150, 290],
      [150, 250],
      [395, 425],
      [0, 50],
    ] as const;
    expect(findStalls(waits, checkpoints)).toEqual({ stalls: 2, longestStallMs: 100 });
    expect(findStalls(waits, [])).toEqual({ stalls: 0, longestStallMs: 0 });
  });
});
