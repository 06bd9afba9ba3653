/** requeue-orphans for CI systems: a queue with orphans is a failed test and an annotation. */
import { describe, expect, it } from 'vitest';
import { render } from '../../src/report/render.js';
import { context } from '../support/reports.js';
import { found, orphan, queue, requeueReport } from '../support/requeue-reports.js';

const done = { requeued: 1199, failed: 0, retried: 0, changedMeanwhile: 1, refused: [], refusedCount: 0 };
const applied = { ...done, transactions: 3, longestHoldMs: 12, waitedMs: 0, durationMs: 90, stopped: null };
const cleared = { ...found, outcome: 'done' as const, queues: [{ ...queue, applied }] };
const unsure = { ...queue, orphans: { count: 0, examples: [] }, unknown: { count: 1, examples: [orphan] } };
const broken = {
  ...found,
  outcome: 'failed' as const,
  queues: [],
  summary: 'Its rows could not be read: <&>.',
};

describe('for GitHub', () => {
  it('a queue with orphans is a warning with the proof and the command', async () => {
    const text = await render(requeueReport([found]), 'github', context());
    expect(text).toContain('::warning file=');
    expect(text).toContain(
      'title=1%2C200 jobs of a dead worker in Laravel::12: pid 4711 is not running on this host',
    );
    expect(text).toContain('dblock requeue-orphans /data/app.db --apply');
    expect(text).toMatch(
      /\ndblock requeue-orphans: 1,200 jobs left running by a dead worker\. Nothing was changed\.\n$/,
    );
  });

  it('texts of the database speak for nobody but it', async () => {
    const forged = { ...broken, summary: 'No table "a\n::error::owned".' };
    const text = await render(requeueReport([forged]), 'github', context());
    expect(text.split('\n').filter((line) => line.startsWith('::error::'))).toEqual([]);
  });

  it('what was put back is none, and what could not be read is an error', async () => {
    expect(await render(requeueReport([cleared]), 'github', context())).not.toContain('::');
    expect(await render(requeueReport([broken]), 'github', context())).toMatch(
      /^::error .*could not be read/,
    );
  });
});

describe('as JUnit', () => {
  const junit = (databases: Parameters<typeof requeueReport>[0]) =>
    render(requeueReport(databases), 'junit', context());

  it('a queue with orphans is a failure, one without is passed, and one of which nothing is known is skipped', async () => {
    const text = await junit([found]);
    expect(text).toContain('tests="1" failures="1" errors="0"');
    expect(text).toContain('<testcase name="no orphans in jobs (laravel)"');
    expect(text).toContain('<failure type="orphans" message="1,200 jobs of a dead worker">');
    expect(await junit([cleared])).toContain('tests="1" failures="0" errors="0"');
    expect(await junit([{ ...found, queues: [unsure] }])).toContain(
      '<skipped message="Of 1 it cannot be told: ',
    );
  });

  it('what could not be read is an error, escaped', async () => {
    const text = await junit([broken]);
    expect(text).toContain('errors="1"');
    expect(text).toContain('Its rows could not be read: &lt;&amp;&gt;.');
  });
});
