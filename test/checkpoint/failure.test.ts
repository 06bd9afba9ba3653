import { expect, it } from 'vitest';
import { describeFailure } from '../../src/checkpoint/failure.js';

it.each([
  ['SQLITE_FULL', /disk is full.*Nothing is lost/],
  ['SQLITE_READONLY_DIRECTORY', /may not write/],
  ['SQLITE_CANTOPEN', /could not open/],
  ['SQLITE_BUSY_RECOVERY', /kept SQLite from opening/],
  ['SQLITE_IOERR_WRITE', /failed to read or write/],
  ['SQLITE_CORRUPT', /malformed/],
])('%s is told in words', (code, says) => {
  expect(describeFailure(code, 'x').summary).toMatch(says);
});

it('what it does not know it repeats', () => {
  expect(describeFailure('SQLITE_MISUSE', 'out of order').summary).toBe('Out of order.');
  expect(describeFailure('CHANGED', 'It was removed.').summary).toBe('It was removed.');
});
