import { expect, it } from 'vitest';
import { parseBytes } from '../src/units.js';

it.each([
  ['64MiB', 64 * 2 ** 20],
  ['64 mib', 64 * 2 ** 20],
  ['64M', 64 * 2 ** 20],
  ['64MB', 64e6],
  ['1.5GiB', 1.5 * 2 ** 30],
  ['4096', 4096],
  ['4096 bytes', 4096],
  ['1 byte', 1],
  ['0', 0],
  ['2k', 2048],
  ['1TiB', 2 ** 40],
])('%s is %i bytes', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

it.each(['', 'MiB', '-1', '1e3', '64 MiBs', '64ib', '64 XB', '1,5G', 'large'])('%j is no size', (text) => {
  expect(parseBytes(text)).toBeNull();
});
