/** Which remedies are tried together, from what each does alone. */
import { describe, expect, it } from 'vitest';
import { nextCombinations, type Outcome, type Tried } from '../../src/stress/remedies/search.js';
import type { ThresholdResult } from '../../src/stress/result-shapes.js';

function failures(measured: number): ThresholdResult {
  return {
    ...{ threshold: 'failure_rate<1%', metric: 'failure_rate', comparison: '<', limit: 0.01, unit: 'ratio' },
    ...{ measured, state: measured < 0.01 ? 'held' : 'broken' },
  };
}

function outcome(measured: number, ...untrue: string[]): Outcome {
  return { thresholds: [failures(measured)], untrue };
}

function tried(of: number[], measured: number, ...untrue: string[]): Tried {
  return { of, outcome: outcome(measured, ...untrue) };
}

const asFound = outcome(0.3, 'claimed-once', 'none-orphaned');

describe('combinations', () => {
  const immediate = tried([0], 0, 'claimed-once');
  const atomic = tried([1], 0.25, 'none-orphaned');
  const cache = tried([2], 0.3, 'claimed-once', 'none-orphaned');
  const fewer = tried([3], 0.1, 'claimed-once', 'none-orphaned');

  it('first those that together leave nothing', () => {
    const singles = [cache, immediate, fewer, atomic];
    expect(nextCombinations(asFound, singles, singles)[0]).toEqual([0, 1]);
  });

  it('none that promises no more than one of them does alone', () => {
    const singles = [immediate, cache];
    expect(nextCombinations(asFound, singles, singles)).toEqual([]);
  });

  it('each once, and of three: what came of two and what a third one does', () => {
    const outside = tried([3], 0.08, 'claimed-once', 'none-orphaned');
    const singles = [immediate, atomic, cache, outside];
    const pairs = [tried([0, 1], 0.02), tried([0, 3], 0.005, 'claimed-once')];
    const next = nextCombinations(asFound, singles, pairs);
    expect(next[0]).toEqual([0, 1, 3]);
    expect(new Set(next.map((of) => of.join())).size).toBe(next.length);
    expect(next.every((of) => of.length === 3)).toBe(true);
  });

  it('what breaks something else promises less', () => {
    const slow: Tried = {
      of: [4],
      outcome: {
        thresholds: [failures(0), { ...failures(1), threshold: 'wait.max<5s', state: 'broken' }],
        untrue: ['claimed-once'],
      },
    };
    const singles = [slow, atomic, immediate];
    expect(nextCombinations(asFound, singles, singles)[0]).toEqual([0, 1]);
  });
});
