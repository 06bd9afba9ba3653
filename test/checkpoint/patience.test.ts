import { expect, it } from 'vitest';
import { patienceFor } from '../../src/checkpoint/run.js';

it('is what is left of the wait, so that the whole command ends with it', () => {
  expect(patienceFor({ waitMs: 1000, untilMs: 10_900 }, 10_400)).toBe(500);
});

it('is a quarter of the wait at least, where looking took all of it', () => {
  expect(patienceFor({ waitMs: 1000, untilMs: 10_900 }, 12_000)).toBe(250);
});

it('is never more than the wait, and nothing without one', () => {
  expect(patienceFor({ waitMs: 1000, untilMs: 20_000 }, 10_000)).toBe(1000);
  expect(patienceFor({ waitMs: 0, untilMs: 10_000 }, 11_000)).toBe(0);
});

it('is all of the wait where only tries are limited', () => {
  expect(patienceFor({ waitMs: 1000, untilMs: null }, 0)).toBe(1000);
});
