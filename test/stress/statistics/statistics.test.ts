import { describe, expect, it } from 'vitest';
import { compareWithBaseline, loadDifferences } from '../../../src/stress/statistics/baseline.js';
import { ratioInterval } from '../../../src/stress/statistics/bootstrap.js';
import { jain } from '../../../src/stress/statistics/jain.js';
import { median, spreadOf } from '../../../src/stress/statistics/spread.js';
import { BASE_LOAD, runOf } from '../../support/stress-runs.js';

describe("Jain's index", () => {
  it.each([
    [[5, 5, 5, 5], 1],
    [[12, 0, 0], 1 / 3],
    [[1, 2, 3], 36 / 42],
    [[0, 0], 1],
    [[], 1],
  ])('of %j is %d', (shares, index) => {
    expect(jain(shares)).toBeCloseTo(index, 12);
  });
});

describe('spread', () => {
  const runs = [900, 1100, 1000].map((throughputPerSecond) => runOf({ throughputPerSecond }));

  it('has the median and both ends', () => {
    expect(spreadOf(runs)[0]).toEqual({
      ...{ metric: 'throughput', unit: 'per-second', values: [900, 1100, 1000] },
      ...{ median: 1000, least: 900, greatest: 1100 },
    });
    expect(spreadOf(runs.slice(0, 1))).toEqual([]);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });
});

describe('baseline', () => {
  const runs = (...rates: number[]) => rates.map((throughputPerSecond) => runOf({ throughputPerSecond }));
  const verdict = (before: number[], now: number[]) =>
    compareWithBaseline(runs(...before), runs(...now)).find(({ metric }) => metric === 'throughput');

  it.each([
    [[1000, 1010, 990], [1005, 995, 1015], 'same'],
    [[1000, 1100, 900], [1150, 1250, 1050], 'same'],
    [[1000, 1010, 990], [1200, 1190, 1210], 'better'],
    [[1000, 1010, 990], [800, 810, 790], 'worse'],
    [[1000, 1000], [1010, 1010], 'same'],
    [[1000], [1500], 'different'],
    [[1000, 1010], [1200, 1210], 'different'],
    [[1000], [1010], 'same'],
  ])('%j → %j: %s', (before, now, expected) => {
    expect(verdict(before, now)?.verdict).toBe(expected);
  });

  it('knows that less waiting is better', () => {
    const before = [runOf(), runOf(), runOf()];
    const now = before.map((run) => runOf({ wait: { ...run.wait, p99Ms: run.wait.p99Ms * 3 } }));
    const rows = compareWithBaseline(before, now);
    expect(rows.find(({ metric }) => metric === 'wait.p99')).toMatchObject({
      verdict: 'worse',
      change: expect.closeTo(2),
    });
    expect(rows.find(({ metric }) => metric === 'throughput')?.verdict).toBe('same');
  });

  it('tells what differs in the load', () => {
    expect(loadDifferences(BASE_LOAD, { ...BASE_LOAD, seed: 9 })).toEqual([]);
    const other = { ...BASE_LOAD, writers: 8, retry: { kind: 'immediate', tries: 3 } } as const;
    expect(loadDifferences(BASE_LOAD, other)).toEqual([
      'writers was 4 and is 8',
      'retry.kind was none and is immediate',
      'retry.tries was not set and is 3',
    ]);
  });
});

describe('bootstrap', () => {
  it('gives the ratio and an interval around it, the same for the same seed', () => {
    const before = [100, 102, 98, 101, 99, 100];
    const after = [50, 52, 49, 51, 50, 48];
    const interval = ratioInterval(before, after, 7);
    expect(interval).toEqual(ratioInterval(before, after, 7));
    expect(interval?.ratio).toBeCloseTo(0.5, 2);
    expect(interval?.low).toBeGreaterThan(0.47);
    expect(interval?.high).toBeLessThan(0.53);
    expect(
      (interval?.low ?? 1) <= (interval?.ratio ?? 0) && (interval?.ratio ?? 1) <= (interval?.high ?? 0),
    ).toBe(true);
  });

  it('draws whole rounds: what slowed both sides changes no ratio', () => {
    const before = [100, 200, 400, 800];
    const interval = ratioInterval(
      before,
      before.map((value) => value / 4),
      1,
    );
    expect(interval).toEqual({ ratio: 0.25, low: 0.25, high: 0.25 });
  });

  it('has no ratio to nothing', () => {
    expect(ratioInterval([], [], 1)).toBeNull();
    expect(ratioInterval([0, 0], [1, 2], 1)).toBeNull();
    // two of three resamples or so have a median above 0: an interval of those alone would have an end that it has not
    expect(ratioInterval([0, 0.01, 0.02], [0.01, 0.01, 0.01], 1)).toBeNull();
  });
});
