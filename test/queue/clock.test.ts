/** Times as queues write them: what they mean, and how a column's format is found out. */
import { describe, expect, it } from 'vitest';
import { readTime, writeNow, type Zone } from '../../src/queue/clock.js';
import { detectFormat } from '../../src/queue/detect-clock.js';
import type { TimeFormat } from '../../src/queue/preset.js';

const AT = Date.UTC(2026, 10, 21, 3, 4, 5, 678);
const BERLIN: Zone = { timeZone: 'Europe/Berlin' };

describe('a time', () => {
  it.each<[TimeFormat, unknown, number]>([
    ['unix-s', 1_795_230_245, 1_795_230_245_000],
    ['unix-ms', AT, AT],
    ['unix-us', AT * 1000, AT],
    ['unix-ns', AT * 1e6, AT],
    ['ticks', 621_355_968_000_000_000 + AT * 10_000, AT],
    ['julian-day', 2_440_587.5, 0],
    ['text', '2026-11-21T03:04:05.678Z', AT],
    ['text', '2026-11-21 03:04:05.678000', AT],
    ['text', '2026-11-21 05:04:05.678+02:00', AT],
    ['text', '2026-11-20 22:04:05.678-0500', AT],
    ['text', '2026-11-21', Date.UTC(2026, 10, 21)],
  ])('as %s %j', (format, value, ms) => {
    const read = readTime(value, format, 'utc');
    expect(read).toMatchObject({ kind: 'time' });
    // numbers beyond 2^53 are read to a few hundred nanoseconds
    expect(read.kind === 'time' ? read.ms : null).toBeCloseTo(ms, 0);
  });

  it.each<[TimeFormat, unknown]>([
    ['unix-s', 'soon'],
    ['unix-s', ''],
    ['text', '21.11.2026'],
    ['text', '2026-11-21 03:04:05 CET'],
  ])('that is none: %s %j', (format, value) => {
    expect(readTime(value, format, 'utc').kind).toBe('unreadable');
  });

  it('without a zone is of the one that --tz names, and unreadable without', () => {
    const local = '2026-11-21 04:04:05.678';
    expect(readTime(local, 'text', BERLIN)).toEqual({ kind: 'time', ms: AT });
    expect(readTime(local, 'text', { timeZone: '+05:30' })).toEqual({
      kind: 'time',
      ms: AT - 4.5 * 3_600_000,
    });
    expect(readTime(local, 'text', null)).toMatchObject({
      kind: 'unreadable',
      reason: expect.stringContaining('--tz'),
    });
  });

  it('that the clock showed twice is the later one: a claim must not seem older than it is', () => {
    // Berlin put its clocks back at 01:00 UTC
    const read = readTime('2026-10-25 02:30:00', 'text', BERLIN);
    expect(read).toEqual({ kind: 'time', ms: Date.UTC(2026, 9, 25, 1, 30) });
    expect(readTime('2026-07-01 12:00:00', 'text', BERLIN)).toEqual({
      kind: 'time',
      ms: Date.UTC(2026, 6, 1, 10),
    });
  });

  it.each([
    ['unix-s', '1795230245'],
    ['unix-ns', '1795230245678000000'],
    ['YYYY-MM-DD HH:MM:SS.ffffff', '2026-11-21 03:04:05.678000'],
    ['YYYY-MM-DDTHH:MM:SS.fffZ', '2026-11-21T03:04:05.678Z'],
    ['YYYY-MM-DD HH:MM:SS', '2026-11-21 03:04:05'],
  ])('of now as %s', (format, text) => {
    expect(writeNow(format, AT)).toBe(text);
  });
});

describe('the format of a column', () => {
  it.each<[unknown[], TimeFormat | null]>([
    [[1_795_230_245, null, 0], 'unix-s'],
    [['1795230245'], 'unix-s'],
    [[1_795_230_245.25], 'unix-s'],
    [[AT], 'unix-ms'],
    [[AT * 1000], 'unix-us'],
    [[AT * 1e6], 'unix-ns'],
    [[639_000_000_000_000_000], 'ticks'],
    [[2_461_365.6], 'julian-day'],
    [['2026-11-21T03:04:05Z', '2026-11-21 03:04:05'], 'text'],
    [[1_795_230_245, AT], null],
    [['soon'], null],
    [[42], null],
    [[], null],
  ])('%j', (values, format) => {
    expect(detectFormat(values)).toBe(format);
  });
});
