/** The moment as SQL against the same as a literal, in every format that presets write. */
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { readTime, writeNow } from '../../src/queue/clock.js';
import { momentSql, withMoments } from '../../src/queue/moment.js';
import { timeFormats } from '../../src/queue/preset.js';
import { presets } from '../../src/queue/presets/index.js';

const database = new Database(':memory:');
const answer = (sql: string) => database.prepare(`SELECT ${sql}`).pluck().get();
const shapeOf = (value: unknown) => `${typeof value} ${String(value).replace(/\d/g, '0')}`;

const used = new Set(
  [...JSON.stringify(presets).matchAll(/\{now:([^}]+)\}/g)].map(([, format]) => format ?? ''),
);

it.each([...used])('{now:%s} of a preset', (format) => {
  const isText = format.startsWith('YYYY');
  const sql = isText ? `'{now:${format}}'` : `{now:${format}}`;
  const literal = isText ? `'${writeNow(format, Date.now())}'` : writeNow(format, Date.now());
  expect(shapeOf(answer(withMoments(sql)))).toBe(shapeOf(answer(literal)));
  expect(withMoments(sql)).not.toContain('{now');
});

it.each(timeFormats)('a time column of the format %s', (format) => {
  for (const [sample, later] of [
    [null, 0],
    ['2026-11-20T10:00:00.000Z', 300],
    ['2026-11-20 10:00:00.123456', 0],
  ] as const) {
    const read = readTime(answer(momentSql(format, sample, later)), format, 'utc');
    if (read.kind !== 'time') throw new Error(`${format} is not read`);
    // a second is the coarsest of them
    expect(read.ms - later * 1000).toBeGreaterThan(Date.now() - 60_000);
    expect(read.ms - later * 1000).toBeLessThan(Date.now() + 1000);
  }
});
