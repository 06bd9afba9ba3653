import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { doublingGrid, type Grid, searchLimit, writersGrid } from '../../../src/stress/limit/search.js';

/** @param limit all that is not more holds */
function search(limit: number, grid: Grid) {
  const steps = searchLimit(grid);
  const tried: number[] = [];
  for (let step = steps.next(); !step.done; ) {
    tried.push(step.value);
    step = steps.next({ held: step.value <= limit, exhausted: false });
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
    const steps = searchLimit(writersGrid(256));
    expect(steps.next().value).toBe(1);
    expect(steps.next({ held: true, exhausted: false }).value).toBe(2);
    expect(steps.next({ held: false, exhausted: true }).done).toBe(true);
  });
});

describe('the search for a rate or a time', () => {
  it('goes down where the first breaks', () => {
    const grid = doublingGrid({ first: 100, least: 10, most: 1000 });
    expect(search(30, grid)).toMatchObject({ lastHeld: 30, firstBroken: 35 });
    expect(search(5, grid)).toMatchObject({
      tried: [100, 200, 400, 50, 25, 13],
      lastHeld: null,
      firstBroken: 13,
    });
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
