import { describe, expect, it } from 'vitest';
import { lockNamesIn } from '../../src/locks/byte-ranges.js';

const range = (firstByte: number, lastByte: number | null) => ({ firstByte, lastByte });

describe('lockNamesIn', () => {
  it.each([
    ['SHARED', range(1073741826, 1073742335), ['SHARED']],
    ['RESERVED', range(1073741825, 1073741825), ['RESERVED']],
    ['PENDING merged with RESERVED', range(1073741824, 1073741825), ['PENDING', 'RESERVED']],
    ['EXCLUSIVE through RESERVED', range(1073741824, 1073742335), ['PENDING', 'RESERVED', 'SHARED']],
    ['everything to the end of the file', range(0, null), ['PENDING', 'RESERVED', 'SHARED']],
    ['a lock that is none of SQLite’s', range(0, 99), []],
    ['the bytes after SHARED', range(1073742336, null), []],
  ])('database: %s', (_, bytes, names) => {
    expect(lockNamesIn('database', bytes)).toEqual(names);
  });

  it.each([
    ['a checkpoint that keeps writers out', range(120, 121), ['WRITE', 'CKPT']],
    ['recovery', range(120, 122), ['WRITE', 'CKPT', 'RECOVER']],
    ['READ4 merged with DMS', range(127, 128), ['READ4', 'DMS']],
    ['a reset', range(124, 127), ['READ1', 'READ2', 'READ3', 'READ4']],
    ['READ0', range(123, 123), ['READ0']],
    ['the byte before WRITE', range(119, 119), []],
  ])('-shm: %s', (_, bytes, names) => {
    expect(lockNamesIn('shm', bytes)).toEqual(names);
  });
});
