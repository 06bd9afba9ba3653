/** The probabilities that pgbench's documentation gives, against what is drawn. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/stress/random.js';
import {
  exponentialInteger,
  gaussianInteger,
  uniformInteger,
  zipfianInteger,
} from '../../../src/stress/script/distributions.js';
import { chooser, parseScriptArgument } from '../../../src/stress/script/mix.js';

const DRAWS = 50_000;
/** 99.999 % point of chi-square with 9 degrees of freedom. The seeds are fixed, so that it holds or never does. */
const MOST_9 = 39.3;

function chiSquare(expected: readonly number[], draw: () => bigint, low: bigint): number {
  const counts = expected.map(() => 0);
  for (let index = 0; index < DRAWS; index += 1) {
    const at = Number(draw() - low);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  expect(counts).toHaveLength(expected.length);
  return expected.reduce(
    (sum, share, at) => sum + ((counts[at] ?? 0) - share * DRAWS) ** 2 / (share * DRAWS),
    0,
  );
}

const values = Array.from({ length: 10 }, (_, index) => index + 1);

/** The error function by its series, as good as needed. */
function phi(x: number): number {
  let [sum, term] = [x, x];
  for (let n = 1; n < 200; n += 1) {
    term *= (-x * x) / (2 * n);
    sum += term / (2 * n + 1);
  }
  return 0.5 + sum / Math.sqrt(2 * Math.PI);
}

describe('distributions over 1 to 10', () => {
  it('uniform', () => {
    const random = createRandom(7);
    expect(
      chiSquare(
        values.map(() => 0.1),
        () => uniformInteger(random, 1n, 10n),
        1n,
      ),
    ).toBeLessThan(MOST_9);
  });

  it.each([0.5, 3, 10])('exponential, parameter %d: f(i) − f(i+1)', (parameter) => {
    const f = (x: number) => Math.exp((-parameter * (x - 1)) / 10) / (1 - Math.exp(-parameter));
    const random = createRandom(11);
    const expected = values.map((i) => f(i) - f(i + 1));
    expect(chiSquare(expected, () => exponentialInteger(random, 1n, 10n, parameter), 1n)).toBeLessThan(
      MOST_9,
    );
  });

  it.each([2, 2.5, 4])('gaussian, parameter %d: f(i + 0.5) − f(i − 0.5)', (parameter) => {
    const f = (x: number) => phi((2 * parameter * (x - 5.5)) / 10) / (2 * phi(parameter) - 1);
    const random = createRandom(13);
    const expected = values.map((i) => f(i + 0.5) - f(i - 0.5));
    expect(chiSquare(expected, () => gaussianInteger(random, 1n, 10n, parameter), 1n)).toBeLessThan(MOST_9);
  });

  it.each([1.001, 1.5, 2.5])('zipfian, parameter %d: k to the power of −parameter', (parameter) => {
    const weights = values.map((k) => k ** -parameter);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const random = createRandom(17);
    const expected = weights.map((weight) => weight / total);
    expect(chiSquare(expected, () => zipfianInteger(random, 1n, 10n, parameter), 1n)).toBeLessThan(MOST_9);
  });

  it.each([[1.001], [1.07], [1000]])('zipfian, parameter %d, stays in a range of 10^12', (parameter) => {
    const random = createRandom(19);
    for (let index = 0; index < 1000; index += 1) {
      const value = zipfianInteger(random, -5n, 10n ** 12n, parameter);
      expect(value >= -5n && value <= 10n ** 12n).toBe(true);
    }
  });
});

describe('random numbers', () => {
  it('repeat with the seed, and differ by stream and by seed', () => {
    const draw = (seed: number, stream: number) => {
      const random = createRandom(seed, stream);
      return Array.from({ length: 20 }, () => random.bits32());
    };
    expect(draw(42, 1)).toEqual(draw(42, 1));
    const all = [draw(42, 0), draw(42, 1), draw(43, 0), draw(42 + 2 ** 40, 0), draw(0, 0), draw(0, 1)];
    expect(new Set(all.map(String)).size).toBe(all.length);
  });

  it('are uniform over streams, too: the first number of each', () => {
    const random = Array.from({ length: DRAWS }, (_, stream) => createRandom(5, stream).uniform());
    let next = 0;
    const draw = () => BigInt(Math.floor((random[next++] ?? 0) * 10));
    expect(
      chiSquare(
        values.map(() => 0.1),
        draw,
        0n,
      ),
    ).toBeLessThan(MOST_9);
  });
});

describe('several scripts', () => {
  it.each([
    ['a.sql', { file: 'a.sql', weight: 1 }],
    ['a.sql@3', { file: 'a.sql', weight: 3 }],
    ['a@3@1', { file: 'a@3', weight: 1 }],
    ['a@b.sql', { file: 'a@b.sql', weight: 1 }],
    ['a.sql@0', null],
    ['a.sql@99999999999', null],
    ['', null],
  ])('%s', (text, argument) => {
    expect(parseScriptArgument(text)).toEqual(argument);
  });

  it('are drawn by weight', () => {
    const choose = chooser([6, 3, 1]);
    const random = createRandom(23);
    expect(chiSquare([0.6, 0.3, 0.1], () => BigInt(choose(random)), 0n)).toBeLessThan(MOST_9);
  });
});
