import { describe, expect, it } from 'vitest';
import { withPreset } from '../preset-fixture.js';
import { differences, LIVING_PID, MICRO, NO_PID, timesOf } from './difference.js';

function rows(now: number): string[] {
  const { micro } = timesOf(now);
  const insert = (id: number, more: Record<string, string> = {}, table = 'background_task') => {
    const values = {
      ...{ id: String(id), task_name: `'app.mail'`, task_params: `'[[${id}], {}]'`, task_hash: `'h${id}'` },
      ...{
        priority: '0',
        run_at: micro(600),
        repeat: '0',
        queue: `'mails'`,
        attempts: '0',
        last_error: `''`,
        ...more,
      },
    };
    return `INSERT INTO ${table}(${Object.keys(values)}) VALUES (${Object.values(values)})`;
  };
  const by = (pid: number | string, seconds: number) => ({
    locked_by: `'${pid}'`,
    locked_at: micro(seconds),
  });
  return [
    insert(1),
    insert(2, { run_at: micro(-600) }),
    insert(3, by(NO_PID, 500)), // orphaned
    insert(4, { ...by(NO_PID, 500), attempts: '24', repeat: '3600', verbose_name: `'Nightly'` }), // with one attempt left
    insert(5, by(LIVING_PID, 1)), // alive
    insert(6, by(`web-1`, 500)), // of a fork that writes something else
    // of these the lock stays for ever
    insert(7, by(NO_PID, 500), 'background_task_completedtask'),
    insert(
      8,
      { ...by(NO_PID, 500), failed_at: micro(400), last_error: `'boom'` },
      'background_task_completedtask',
    ),
  ];
}

const unlocked = { locked_by: 'NULL', locked_at: 'NULL' };

describe('django-background-tasks', () => {
  it('unlocks the tasks of a dead pid, and leaves the archive alone, which has locks too', async () => {
    const fixture = { schema: 'django-background-tasks', rows, attached: true, args: ['--apply'] };
    await withPreset(fixture, ({ status, report, changes }) => {
      expect(status).toBe(0);
      expect(report.queues).toHaveLength(1);
      expect(report.queues[0]).toMatchObject({
        preset: 'django-background-tasks',
        counts: { queued: 1, delayed: 1, claimed: 4, done: 1, failed: 1 },
        alive: { count: 1, examples: [{ id: '5' }] },
        unknown: { count: 1, examples: [{ id: '6' }] },
      });
      expect(differences(changes)).toEqual([
        { row: 'background_task 3', set: unlocked },
        { row: 'background_task 4', set: unlocked },
      ]);
    });
  });

  it('fails like reschedule() without attempts left: into the archive, with all that was there', async () => {
    const args = ['--apply', '--mode', 'fail', '--id', '4'];
    const fixture = { schema: 'django-background-tasks', rows, attached: true, args };
    await withPreset(fixture, ({ changes }) => {
      const [moved] = changes.filter(({ after }) => after === null);
      const now = expect.stringMatching(MICRO);
      expect(differences(changes)).toEqual([
        { row: 'background_task 4', gone: true },
        {
          row: 'background_task_completedtask',
          added: {
            ...moved?.before,
            ...{ id: '9', run_at: now, failed_at: now, attempts: '25' },
            last_error: expect.stringContaining('The worker died'),
          },
        },
      ]);
    });
  });
});
