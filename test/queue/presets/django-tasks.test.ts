import { describe, expect, it } from 'vitest';
import { withPreset } from '../preset-fixture.js';
import { differences, MICRO, timesOf } from './difference.js';

const TABLE = 'django_tasks_database_dbtaskresult';
const id = (number: number) => `'${String(number).padStart(32, '0')}'`;

function rows(now: number): string[] {
  const { micro } = timesOf(now);
  const insert = (number: number, status: string, more: Record<string, string> = {}) => {
    const values = {
      ...{ id: id(number), status: `'${status}'`, enqueued_at: micro(900), priority: '0' },
      ...{ task_path: `'app.tasks.mail'`, queue_name: `'default'`, backend_name: `'default'` },
      ...{ args_kwargs: `'{"args": [1], "kwargs": {}}'`, run_after: `'9999-01-01 00:00:00'` },
      ...{ worker_ids: `'[]'`, exception_class_path: `''`, traceback: `''`, ...more },
    };
    return `INSERT INTO ${TABLE}(${Object.keys(values)}) VALUES (${Object.values(values)})`;
  };
  const ran = (seconds: number) => ({ started_at: micro(seconds), worker_ids: `'["w0", "w1"]'` });
  const ended = { finished_at: micro(300), ...ran(400) };
  const failedBy = (error: string) => ({
    ...ended,
    exception_class_path: `'x.Error'`,
    traceback: `'${error}'`,
  });
  return [
    insert(1, 'READY'),
    insert(2, 'READY', { run_after: micro(-600) }),
    insert(3, 'RUNNING', ran(7200)), // orphaned
    insert(4, 'RUNNING', ran(2)), // alive
    insert(5, 'SUCCESSFUL', { ...ended, return_value: `'1'` }),
    insert(6, 'SUCCEEDED', { ...ended, return_value: 'NULL' }),
    insert(7, 'FAILED', failedBy('ValueError: boom')),
    insert(8, 'FAILED', failedBy('django.db.utils.OperationalError: database is locked')),
  ];
}

describe('django-tasks', () => {
  it('makes what has been running for too long ready again; the history of workers stays', async () => {
    const args = ['--apply', '--older-than', '1h'];
    await withPreset(
      { schema: 'django-tasks-db', rows, attached: true, args },
      ({ status, report, changes }) => {
        expect(status).toBe(0);
        expect(report.queues[0]).toMatchObject({
          preset: 'django-tasks',
          counts: { queued: 1, delayed: 1, claimed: 2, done: 2, failed: 2 },
          orphans: { count: 1, examples: [{ id: id(3).slice(1, -1), proof: 'age', attempts: 2 }] },
          alive: { count: 1 },
        });
        // '' in the columns of the error is what they were and must be: both are NOT NULL
        expect(differences(changes)).toEqual([
          { row: `${TABLE} ${id(3)}`, set: { status: `'READY'`, started_at: 'NULL' } },
        ]);
      },
    );
  });

  it('says nothing of an orphan while somebody has it open and no age is given', async () => {
    const args = ['--apply'];
    await withPreset({ schema: 'django-tasks-db', rows, attached: true, args }, ({ report, changes }) => {
      expect(report.queues[0]).toMatchObject({ orphans: { count: 0 }, unknown: { count: 2 } });
      expect(changes).toEqual([]);
    });
  });

  it('fails like set_failed, and retries what failed of a lock', async () => {
    const args = ['--apply', '--mode', 'fail', '--older-than', '1h', '--include-lock-failures'];
    await withPreset({ schema: 'django-tasks-db', rows, attached: true, args }, ({ changes }) => {
      expect(differences(changes)).toEqual([
        {
          row: `${TABLE} ${id(3)}`,
          set: {
            status: `'FAILED'`,
            finished_at: expect.stringMatching(MICRO),
            exception_class_path: `'builtins.RuntimeError'`,
            traceback: expect.stringContaining('The worker died'),
          },
        },
        {
          row: `${TABLE} ${id(8)}`,
          set: {
            ...{ status: `'READY'`, started_at: 'NULL', finished_at: 'NULL' },
            ...{ exception_class_path: `''`, traceback: `''` },
          },
        },
      ]);
    });
  });
});
