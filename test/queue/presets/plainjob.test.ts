import { describe, expect, it } from 'vitest';
import { withPreset } from '../preset-fixture.js';
import { differences, timesOf, UNIX_MS } from './difference.js';

function rows(now: number): string[] {
  const { ms } = timesOf(now);
  const insert = (id: number, status: number, due: string, failed = 'NULL', error = 'NULL') =>
    `INSERT INTO plainjob_jobs VALUES (${id}, 'mail', '{}', ${status}, ${failed}, ${error}, ${due}, ${ms(9000)})`;
  return [
    insert(1, 0, ms(600)),
    insert(2, 0, ms(-600)),
    insert(3, 1, ms(7200)),
    insert(4, 2, ms(7200)),
    insert(5, 3, ms(7200), ms(7100), `'Error: boom'`),
    `INSERT INTO plainjob_scheduled_jobs VALUES (1, 'nightly', 0, '0 3 * * *', ${ms(-600)}, ${ms(9000)})`,
    `INSERT INTO plainjob_scheduled_jobs VALUES (2, 'hourly', 1, '0 * * * *', ${ms(7200)}, ${ms(9000)})`,
  ];
}

const NOW = expect.stringMatching(UNIX_MS);

describe('plainjob', () => {
  it('puts back the job and the cron entry when nobody has the file open', async () => {
    await withPreset({ schema: 'plainjob', rows, args: ['--apply'] }, ({ status, report, changes }) => {
      expect(status).toBe(0);
      expect(report.queues).toMatchObject([
        {
          preset: 'plainjob',
          counts: { queued: 1, delayed: 1, claimed: 1, done: 1, failed: 1 },
          orphans: { count: 1 },
        },
        { preset: 'plainjob-schedule', counts: { delayed: 1, claimed: 1 }, orphans: { count: 1 } },
      ]);
      const byRow = differences(changes).sort((a, b) => a.row.localeCompare(b.row));
      expect(byRow).toEqual([
        { row: 'plainjob_jobs 3', set: { status: '0', next_run_at: NOW } },
        { row: 'plainjob_scheduled_jobs 2', set: { status: '0' } },
      ]);
    });
  });

  it('leaves them alone while somebody has: next_run_at is not when it was taken', async () => {
    const args = ['--apply', '--older-than', '1h'];
    await withPreset({ schema: 'plainjob', rows, attached: true, args }, ({ report, changes }) => {
      expect(report.queues).toMatchObject([{ unknown: { count: 1 } }, { unknown: { count: 1 } }]);
      expect(changes).toEqual([]);
    });
  });

  it('fails the job like markJobAsFailed', async () => {
    const args = ['--apply', '--mode', 'fail', '--table', 'plainjob_jobs'];
    await withPreset({ schema: 'plainjob', rows, args }, ({ changes }) => {
      expect(differences(changes)).toEqual([
        {
          row: 'plainjob_jobs 3',
          set: { status: '3', failed_at: NOW, error: expect.stringContaining('The worker died') },
        },
      ]);
    });
  });
});
