import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold, truncate, visibleWidth, wrap } from '../../src/report/layout.js';

describe('visibleWidth', () => {
  it.each([
    ['abc', 3],
    ['größe', 5],
    ['e\u0301', 1],
    ['数据', 4],
    ['😀', 2],
    ['🚀', 2],
    ['⌚', 2],
    ['🇩🇪', 2],
    ['✖ ▲ ● …', 7],
  ])('%s takes %i', (text, width) => {
    expect(visibleWidth(text)).toBe(width);
  });
});

describe('wrap', () => {
  it('hangs the lines after the first', () => {
    expect(wrap('one two three four', 10, '- ', '  ')).toEqual(['- one two', '  three', '  four']);
  });

  it('counts columns, not characters', () => {
    expect(wrap('数据 数据 数据', 9)).toEqual(['数据 数据', '数据']);
  });

  it('loses no word, breaks none, and fills no line beyond the width that words allow', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,30}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 10, max: 120 }), (list, columns) => {
        const lines = wrap(list.join('  '), columns, '  ');
        expect(lines.flatMap((line) => line.trim().split(' '))).toEqual(list);
        for (const line of lines) expect(line.length <= columns || !line.trim().includes(' ')).toBe(true);
        expect(lines.every((line) => line === line.trimEnd())).toBe(true);
      }),
    );
  });
});

describe('fold', () => {
  it('fills lines and loses nothing', () => {
    expect(fold('abcdefgh', 3)).toEqual(['abc', 'def', 'gh']);
    expect(fold('数据数', 3)).toEqual(['数', '据', '数']);
    expect(fold('', 3)).toEqual(['']);
  });
});

describe('truncate', () => {
  it.each([
    ['short', 10, 'short'],
    ['exactly ten', 11, 'exactly ten'],
    ['somewhat longer', 10, 'somewhat…'],
    ['数据数据', 6, '数据…'],
  ])('%s to %i', (text, columns, result) => {
    expect(truncate(text, columns, '…')).toBe(result);
  });
});
