import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bracketOf } from '../../../src/stress/limit/bracket.js';
import {
  doublingGrid,
  type Grid,
  MOST_FOR_SINGLE,
  searchLimit,
  writersGrid,
} from '../../../src/stress/limit/search.js';

/** @param limit all that is not more holds */
function search(limit: number, grid: Grid) {
  const steps = searchLimit(grid, []);
  const tried: number[] = [];
  for (let step = steps.next(); !step.done; ) {
    tried.push(step.value);
    step = steps.next({ held: step.value <= limit, broken: [], exhausted: false });
  }
  const held = tried.filter((value) => value <= limit);
  const broken = tried.filter((value) => value > limit);
  return {
    tried,
    lastHeld: held.length === 0 ? null : Math.max(...held),
    firstBroken: broken.length === 0 ? null : Math.min(...broken),
  };
}

describe('the search for the most writers', () => {
  it('doubles, looks a little beyond for the other thresholds, then bisects to a tenth', () => {
    expect(search(11, writersGrid(256)).tried).toEqual([1, 2, 4, 8, 16, 32, 64, 12, 10, 11]);
    expect(search(75, writersGrid(256)).tried).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 96, 80, 72, 76]);
  });

  it.each([
    [0, 64, null, 1],
    [1, 64, 1, 2],
    [64, 64, 64, null],
    [1000, 100, 100, null],
    [5, 1, 1, null],
  ])('limit %d of at most %d', (limit, most, lastHeld, firstBroken) => {
    expect(search(limit, writersGrid(most))).toMatchObject({ lastHeld, firstBroken });
  });

  it('always ends, as near as it says, and never tries a number twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 256 }), (limit, most) => {
        const { tried, lastHeld, firstBroken } = search(limit, writersGrid(most));
        expect(new Set(tried).size).toBe(tried.length);
        expect(tried.every((value) => value >= 1 && value <= most)).toBe(true);
        if (limit >= most) expect([lastHeld, firstBroken]).toEqual([most, null]);
        else expect((firstBroken ?? 0) - (lastHeld ?? 0)).toBeLessThanOrEqual(Math.max(1, limit / 10));
      }),
    );
  });

  it('goes no further where more tells nothing new', () => {
    const steps = searchLimit(writersGrid(256), []);
    expect(steps.next().value).toBe(1);
    expect(steps.next({ held: true, broken: [], exhausted: false }).value).toBe(2);
    expect(steps.next({ held: false, broken: [], exhausted: true }).done).toBe(true);
  });
});

describe('the limits of single thresholds', () => {
  const LIMITS: Readonly<Record<string, number>> = { early: 3, later: 11, last: 13, never: 1000 };

  /** All that is not more holds, for each. */
  function searchAll(names: readonly string[], most: number) {
    const steps = searchLimit(writersGrid(most), names);
    const points: { value: number; broken: string[] }[] = [];
    for (let step = steps.next(); !step.done; ) {
      const value = step.value;
      const broken = names.filter((name) => value > (LIMITS[name] ?? 0));
      points.push({ value, broken });
      step = steps.next({ held: broken.length === 0, broken, exhausted: false });
    }
    return names.map((name) => bracketOf(points, ({ broken }) => !broken.includes(name)));
  }

  it('are narrowed down too, where another one broke first', () => {
    expect(searchAll(['last', 'early', 'later'], 64)).toEqual([
      { lastHeld: 13, firstBroken: 14 },
      { lastHeld: 3, firstBroken: 4 },
      { lastHeld: 11, firstBroken: 12 },
    ]);
  });

  it('in so many runs at most: of what is left, it is known where it lies', () => {
    const names = Object.keys(LIMITS);
    const brackets = searchAll(names, 256);
    expect(brackets[0]).toEqual({ lastHeld: 3, firstBroken: 4 });
    expect(brackets[3]).toMatchObject({ firstBroken: null });
    for (const [index, { lastHeld, firstBroken }] of brackets.entries()) {
      const limit = LIMITS[names[index] ?? ''] ?? 0;
      expect(lastHeld).toBeLessThanOrEqual(limit);
      expect(firstBroken ?? Number.POSITIVE_INFINITY).toBeGreaterThan(limit);
    }
  });

  it('take no more runs than was said', () => {
    const limit = fc.integer({ min: 1, max: 300 });
    fc.assert(
      fc.property(fc.array(limit, { minLength: 1, maxLength: 8 }), (limits) => {
        const runs = (names: readonly string[]) => {
          const steps = searchLimit(writersGrid(256), names);
          let count = 0;
          for (let step = steps.next(); !step.done; count += 1) {
            const { value } = step;
            const broken = limits.flatMap((one, index) => (value > one ? [String(index)] : []));
            step = steps.next({ held: broken.length === 0, broken, exhausted: false });
          }
          return count;
        };
        const more = runs(limits.map((_, index) => String(index))) - runs([]);
        expect(more).toBeLessThanOrEqual(MOST_FOR_SINGLE);
      }),
    );
  });
});

describe('the search for a rate or a time', () => {
  it('tries the least where the first breaks', () => {
    const grid = doublingGrid({ first: 100, least: 10, most: 1000 });
    expect(search(30, grid)).toMatchObject({ tried: [100, 200, 400, 10, 32, 18, 24, 28], lastHeld: 28 });
    expect(search(5, grid)).toMatchObject({ tried: [100, 200, 400, 10], lastHeld: null, firstBroken: 10 });
  });

  it('always ends, within a fifth and a rounding', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 5000, noNaN: true }), (limit) => {
        const grid = doublingGrid({ first: 20, least: 1, most: 1000 });
        const { tried, lastHeld, firstBroken } = search(limit, grid);
        expect(new Set(tried).size).toBe(tried.length);
        if (lastHeld !== null && firstBroken !== null)
          expect(firstBroken / lastHeld).toBeLessThanOrEqual(1.2);
      }),
    );
  });
});
