import { describe, expect, it } from 'vitest';
import { parseKernelLocks } from '../../src/locks/proc-locks.js';

describe('parseKernelLocks', () => {
  it('reads the lines of /proc/locks', () => {
    const text = `1: POSIX  ADVISORY  WRITE 21014 fe:00:2181350 1073741824 1073741825
2: POSIX  ADVISORY  READ 21014 fe:00:2181350 1073741826 1073742335
`;
    expect(parseKernelLocks(text)).toEqual([
      { pid: 21014, mode: 'WRITE', fileKey: 'fe:00:2181350', firstByte: 1073741824, lastByte: 1073741825 },
      { pid: 21014, mode: 'READ', fileKey: 'fe:00:2181350', firstByte: 1073741826, lastByte: 1073742335 },
    ]);
  });

  it('reads the lock lines of fdinfo', () => {
    const text =
      'pos:\t0\nflags:\t02100002\nmnt_id:\t26\nlock:\t1: POSIX  ADVISORY  READ 7 00:27:257 128 EOF\n';
    expect(parseKernelLocks(text)).toEqual([
      { pid: 7, mode: 'READ', fileKey: '00:27:257', firstByte: 128, lastByte: null },
    ]);
  });

  it.each([
    ['a waiter, which holds nothing', '5: -> POSIX  ADVISORY  WRITE 99 fe:00:1 120 120'],
    ['flock', '1: FLOCK  ADVISORY  WRITE 99 fe:00:1 0 EOF'],
    ['a lease', '1: LEASE  ACTIVE    READ  99 fe:00:1 0 EOF'],
    ['an open file description lock', '1: OFDLCK ADVISORY  WRITE -1 fe:00:1 0 EOF'],
    ['garbage', 'not a lock at all'],
  ])('passes over %s', (_, line) => {
    expect(parseKernelLocks(line)).toEqual([]);
  });
});
