import { describe, expect, it } from 'vitest';
import {
  buildHasWalResetBug,
  compareSqliteVersions,
  hasWalResetBug,
  parseSqliteVersion,
} from '../../src/sqlite/versions.js';

describe('parseSqliteVersion', () => {
  it.each([
    ['3.40.1', [3, 40, 1, 0]],
    ['3.8.11.1', [3, 8, 11, 1]],
    [3040001, [3, 40, 1, 0]],
    [3007000, [3, 7, 0, 0]],
  ])('reads %s', (version, parts) => {
    expect(parseSqliteVersion(version)).toEqual(parts);
  });

  it.each([
    '',
    '3.40',
    '2.8.17',
    'v3.40.1',
    '3.40.1 ',
    '3.40.1-beta',
    '4.0.0',
    0,
    3040001.5,
    -1,
    Number.NaN,
    2_008_017,
  ])('refuses %j', (version) => {
    expect(parseSqliteVersion(version)).toBeNull();
  });
});

it('compares part by part, as numbers', () => {
  const ascending = ['3.7.0', '3.7.17', '3.8.11', '3.8.11.1', '3.9.0', '3.10.0', '3.51.2', '3.51.10'];
  const versions = ascending.map((text) => parseSqliteVersion(text) ?? expect.fail(text));
  expect(versions.toReversed().toSorted(compareSqliteVersions)).toEqual(versions);
});

describe('hasWalResetBug', () => {
  it.each([
    ['3.6.23', false],
    ['3.7.0', true],
    ['3.8.11.1', true],
    ['3.40.1', true],
    ['3.44.5', true],
    ['3.44.6', false],
    ['3.44.7', false],
    ['3.45.0', true],
    ['3.49.2', true],
    ['3.50.6', true],
    ['3.50.7', false],
    ['3.51.0', true],
    ['3.51.2', true],
    ['3.51.3', false],
    ['3.52.0', false],
    ['3.53.2', false],
    [3051002, true],
    [3051003, false],
  ])('%s: %s', (version, expected) => {
    expect(hasWalResetBug(version)).toBe(expected);
  });

  it('does not take nonsense for a version without it', () => {
    expect(() => hasWalResetBug('unknown')).toThrow(RangeError);
  });
});

describe('buildHasWalResetBug', () => {
  const checkIn = (day: string) => `${day} 14:03:47 ${'0'.repeat(64)}`;

  it.each([
    ['its version tells', { version: '3.51.3', sourceId: checkIn('2025-01-01') }, false],
    ['checked in before the bug was discovered', { version: null, sourceId: checkIn('2026-01-09') }, true],
    ['checked in since then', { version: null, sourceId: checkIn('2026-03-13') }, null],
    ['checked in before there was a WAL', { version: null, sourceId: checkIn('2010-01-05') }, null],
    ['nothing is known', { version: null, sourceId: null }, null],
  ])('%s', (_, build, expected) => {
    expect(buildHasWalResetBug(build)).toBe(expected);
  });
});
