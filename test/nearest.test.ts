import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, editDistance, nearest } from '../src/nearest.js';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['wal', 'wal', 0],
    ['wal', 'wall', 1],
    ['wal', 'wl', 1],
    ['wal', 'wel', 1],
    ['wal', 'wla', 1],
    ['kitten', 'sitting', 3],
    // Each letter is touched once at most: the swapped neighbours are not taken apart again.
    ['ca', 'abc', 3],
    ['', 'abc', 3],
  ])('%j to %j: %d', (from, to, expected) => {
    expect(editDistance(from, to)).toBe(expected);
    expect(editDistance(to, from)).toBe(expected);
  });

  it('is 0 for equal texts only, and at most the length of the longer one', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(letters, letters, (from, to) => {
        const distance = editDistance(from, to);
        expect(distance === 0).toBe(from === to);
        expect(distance).toBeLessThanOrEqual(Math.max(from.length, to.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(from.length - to.length));
      }),
    );
  });

  it('is at most 1 after one swap of neighbours', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 2 }), fc.nat(), (text, seed) => {
        const at = seed % (text.length - 1);
        const swapped = text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2);
        expect(editDistance(text, swapped)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('nearest', () => {
  const ids = ['write-lock-held', 'reader-pins-wal', 'wal-starved', 'wal-oversized', 'page-size'];

  it.each([
    ['write-lock-hold', 'write-lock-held'],
    ['reader-pin-wal', 'reader-pins-wal'],
    ['WAL-Starved', 'wal-starved'],
    ['wal_oversized', 'wal-oversized'],
    ['reader', 'reader-pins-wal'],
    ['busy-timeout', null],
    ['', null],
    ['x', null],
  ])('%j: %j', (name, expected) => {
    expect(nearest(name, ids)).toBe(expected);
  });

  it('prefers a small mistake to a name that was only begun', () => {
    expect(nearest('storage', ['storage.sqlite3', 'storrage'])).toBe('storrage');
  });

  it('takes the first of equally near ones', () => {
    expect(nearest('cat.db', ['bat.db', 'rat.db'])).toBe('bat.db');
  });

  it('becomes a question, or nothing', () => {
    expect(didYouMean('page-sice', ids)).toBe(' Did you mean "page-size"?');
    expect(didYouMean('zzz', ids)).toBe('');
  });
});
