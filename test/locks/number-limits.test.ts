/** Numbers that a JavaScript number does not hold, and fields that are none. */
import { expect, it } from 'vitest';
import { parseLsof } from '../../src/locks/lsof-fields.js';
import { parseProcessStat } from '../../src/locks/proc.js';
import { parseKernelLocks } from '../../src/locks/proc-locks.js';

it('a lock that reaches beyond 2^53 reaches to the end', () => {
  const line = '1: POSIX  ADVISORY  WRITE 9 fe:00:1 0 9223372036854775806';
  expect(parseKernelLocks(line)).toMatchObject([{ firstByte: 0, lastByte: null }]);
});

it('a pid of more digits than there are is none', () => {
  expect(parseKernelLocks('1: POSIX  ADVISORY  WRITE 99999999999 fe:00:1 0 1')).toEqual([]);
  expect(parseLsof('p99999999999999999999\n')).toEqual([]);
});

it.each(['', 'S', '7 (a) S', '7 (a) S x 1 1 0 -1 0 0', '7 (a'])('a stat of %j tells nothing', (text) => {
  expect(parseProcessStat(text)).toBeNull();
});
