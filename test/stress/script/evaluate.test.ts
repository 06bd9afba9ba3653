import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/stress/random.js';
import { compileExpression } from '../../../src/stress/script/evaluate.js';
import { parseExpression } from '../../../src/stress/script/expression.js';

const random = createRandom(1);
const computed = (text: string, variables: [string, bigint | number][] = []) =>
  compileExpression(parseExpression(text))(new Map(variables), random);

describe('expressions', () => {
  it.each([
    ['1 + 2 * 3', 7n],
    ['(1 + 2) * 3', 9n],
    ['10 - 4 - 3', 3n],
    ['5 / 3', 1n],
    ['-5 / 3', -1n],
    ['-5 % 3', -2n],
    ['- - 5', 5n],
    ['-(2 + 3)', -5n],
    ['-9223372036854775808', -(2n ** 63n)],
    ['3 - 2.0', 1],
    ['5 / 2.0', 2.5],
    ['1.5e2', 150],
    ['.5 + 1', 1.5],
    ['abs(-17)', 17n],
    ['abs(-1.5)', 1.5],
    ['double(5432)', 5432],
    ['int(5.4 + 3.8)', 9n],
    ['int(2.5)', 2n],
    ['int(3.5)', 4n],
    ['int(-2.5)', -2n],
    ['greatest(5, 4, 3, 2)', 5n],
    ['least(5, 4, 3, 2.1)', 2.1],
    ['max(1, 2) + min(1, 2)', 3n],
    ['sqrt(2.0)', Math.SQRT2],
    ['POW(2.0, 10)', 1024],
    ['ln(exp(1))', 1],
    ['7 % 4.6', 2n],
    ['random(3, 3)', 3n],
    ['random_zipfian(5, 5, 2)', 5n],
  ])('%s', (text, value) => {
    expect(computed(text)).toEqual(value);
  });

  it('reads variables', () => {
    expect(
      computed('(1021 * :a) % (100000 * :scale) + 1', [
        ['a', 99n],
        ['scale', 1n],
      ]),
    ).toBe(1080n);
  });

  it('draws from ranges that no double can count', () => {
    const value = computed('random(0, 9223372036854775806)');
    expect(typeof value === 'bigint' && value >= 0n && value < 2n ** 63n - 1n).toBe(true);
    expect(() => computed('random(-9223372036854775807, 9223372036854775807)')).toThrow(/64 bits/);
  });
});
