import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { reportShape } from '../../src/report/shapes.js';
import { camelKeys, camelName, snakeKeys, snakeName, snakeSchema } from '../../src/report/snake-case.js';

/** Every name under `properties`, however deep. */
function propertyNames(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, value]) => {
    if (keyword !== 'properties') return propertyNames(value);
    return Object.entries(value).flatMap(([name, inner]) => [name, ...propertyNames(inner)]);
  });
}

const names = [...new Set(propertyNames(z.toJSONSchema(reportShape)))];

describe('names', () => {
  it.each([
    ['path', 'path'],
    ['mxFrame', 'mx_frame'],
    ['nBackfill', 'n_backfill'],
    ['pageBytes', 'page_bytes'],
    ['p99Ms', 'p99_ms'],
    ['read0', 'read0'],
    ['aB', 'a_b'],
    ['mapsSHM', 'maps_s_h_m'],
  ])('%s ↔ %s', (camel, snake) => {
    expect(snakeName(camel)).toBe(snake);
    expect(camelName(snake)).toBe(camel);
  });

  it('all that a report has go over and come back, no two to the same', () => {
    expect(names).toEqual(
      expect.arrayContaining(['mxFrame', 'sqliteVersion', 'heldAtLeastMs', 'nBackfillAttempted']),
    );
    expect(names.map((name) => camelName(snakeName(name)))).toEqual(names);
    expect(new Set(names.map(snakeName)).size).toBe(names.length);
    expect(names.map(snakeName).filter((name) => !/^[a-z][a-z0-9_]*$/.test(name))).toEqual([]);
  });

  it('any name in camelCase comes back', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-zA-Z0-9]*$/), (name) => {
        expect(camelName(snakeName(name))).toBe(name);
      }),
    );
  });

  it.each(['/data/App.db', 'READ2', 'two words', '', '1stFrame', '__proto__'])(
    '%j is data and stays',
    (key) => {
      expect(snakeName(key)).toBe(key);
      expect(camelName(key)).toBe(key);
    },
  );
});

describe('keys', () => {
  it('are renamed at every depth, values never', () => {
    const value = { walBytes: 1, deepList: [{ readMarks: [null, 'readMarks'] }], nothing: null };
    const snake = { wal_bytes: 1, deep_list: [{ read_marks: [null, 'readMarks'] }], nothing: null };
    expect(snakeKeys(value)).toEqual(snake);
    expect(camelKeys(snake)).toEqual(value);
  });
});

describe('snakeSchema', () => {
  it('renames properties and what is required, also a property that is called so; constants stay', () => {
    const schema = {
      title: 'someTitle',
      properties: {
        required: { const: 'readMarks' },
        walBytes: { properties: { aB: { enum: ['aB'] } }, required: ['aB'] },
      },
      required: ['required', 'walBytes'],
    };
    expect(snakeSchema(schema)).toEqual({
      title: 'someTitle',
      properties: {
        required: { const: 'readMarks' },
        wal_bytes: { properties: { a_b: { enum: ['aB'] } }, required: ['a_b'] },
      },
      required: ['required', 'wal_bytes'],
    });
  });
});
