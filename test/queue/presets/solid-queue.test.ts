import { describe, expect, it } from 'vitest';
import { withPreset } from '../preset-fixture.js';
import { differences, HOST, LIVING_PID, MICRO, NO_PID, timesOf } from './difference.js';

const LOCKED = `'{"exception_class":"SQLite3::BusyException","message":"database is locked","backtrace":[]}'`;
const BOOM = `'{"exception_class":"RuntimeError","message":"boom","backtrace":[]}'`;

function rows(now: number): string[] {
  const { micro } = timesOf(now);
  const milli = (seconds: number) => `${micro(seconds).slice(0, -4)}'`;
  const job = (id: number, finished = 'NULL', key = 'NULL') =>
    `INSERT INTO solid_queue_jobs VALUES (${id}, 'mails', 'MailJob', '{"executions":3}', ${id}, 'uuid-${id}', NULL, ${finished}, ${key}, ${micro(900)}, ${micro(900)})`;
  const process = (id: number, pid: number, beat: number, host = HOST) =>
    `INSERT INTO solid_queue_processes VALUES (${id}, 'Worker', ${micro(beat)}, NULL, ${pid}, '${host}', NULL, ${micro(9000)}, 'worker-${id}')`;
  const claimed = (id: number, by: number | 'NULL', seconds: number) =>
    `INSERT INTO solid_queue_claimed_executions VALUES (${100 + id}, ${id}, ${by}, ${milli(seconds)})`;
  const failed = (id: number, error: string) =>
    `INSERT INTO solid_queue_failed_executions VALUES (${100 + id}, ${id}, ${error}, ${micro(400)})`;
  return [
    ...[job(1), job(2), job(3), job(4, 'NULL', `'user/1'`), job(5), job(6), job(7), job(8, micro(600))],
    ...[job(9), job(10), job(11, micro(600)), job(12, 'NULL', `'user/2'`), job(13)],
    ...[
      process(1, NO_PID, 30),
      process(2, LIVING_PID, 5),
      process(3, 4711, 900, 'elsewhere'),
      process(4, 4711, 20, 'elsewhere'),
    ],
    `INSERT INTO solid_queue_ready_executions VALUES (101, 1, 'mails', 1, ${micro(900)})`,
    `INSERT INTO solid_queue_scheduled_executions VALUES (102, 2, 'mails', 2, ${micro(-600)}, ${micro(900)})`,
    claimed(3, 1, 500), // of a process that is gone
    claimed(4, 1, 500), // the same, with a concurrency limit: the semaphore stays with the job
    claimed(5, 2, 1), // alive
    claimed(6, 3, 500), // of another host, without a heartbeat for 15 minutes
    claimed(7, 4, 500), // of another host, with one
    claimed(8, 1, 500), // had finished when its worker died
    failed(9, BOOM),
    failed(10, LOCKED),
    failed(12, LOCKED), // with a concurrency limit
    claimed(13, 'NULL', 500), // of a process that has been pruned
    `INSERT INTO solid_queue_semaphores VALUES (1, 'user/1', 0, ${micro(-600)}, ${micro(900)}, ${micro(900)})`,
  ];
}

const ready = (job: number) => ({
  row: 'solid_queue_ready_executions',
  added: {
    ...{ id: expect.any(String), job_id: String(job), queue_name: `'mails'`, priority: String(job) },
    created_at: expect.stringMatching(MICRO),
  },
});

describe('solid-queue', () => {
  it('releases what dead processes claimed, semaphores untouched, and retries what failed of a lock', async () => {
    const args = ['--apply', '--include-lock-failures'];
    await withPreset({ schema: 'solid_queue', rows, attached: true, args }, ({ report, changes }) => {
      expect(report.queues[0]).toMatchObject({
        preset: 'solid-queue',
        counts: { queued: 1, delayed: 1, claimed: 7, failed: 3, done: 2 },
        orphans: { count: 4 },
        obstructed: { count: 1, examples: [{ id: '8' }] },
        alive: { count: 2 },
      });
      const proofs = report.queues[0]?.orphans.examples.map(({ id, proof }) => `${id} ${proof}`);
      expect(proofs).toEqual(['3 owner-gone', '4 owner-gone', '6 heartbeat-stale', '13 disowned']);
      const claims = changes.filter(({ table }) => table === 'solid_queue_claimed_executions');
      expect(differences(claims, 'job_id').map(({ row }) => row.split(' ')[1])).toEqual([
        '3',
        '4',
        '6',
        '13',
      ]);
      expect(claims.every(({ after }) => after === null)).toBe(true);
      const others = changes.filter(({ table }) => table !== 'solid_queue_claimed_executions');
      expect(differences(others, 'id')).toEqual(
        expect.arrayContaining([
          ...[ready(3), ready(4), ready(6), ready(10), ready(13)],
          { row: 'solid_queue_failed_executions 110', gone: true },
          { row: 'solid_queue_jobs 10', set: { arguments: `'{"executions":0}'` } },
        ]),
      );
      expect(others).toHaveLength(7);
    });
  });

  it('fails like ClaimedExecution#failed_with', async () => {
    const args = ['--apply', '--mode', 'fail', '--id', '3'];
    await withPreset({ schema: 'solid_queue', rows, attached: true, args }, ({ changes }) => {
      expect(differences(changes)).toEqual(
        expect.arrayContaining([
          { row: 'solid_queue_claimed_executions 103', gone: true },
          {
            row: 'solid_queue_failed_executions',
            added: {
              ...{ id: expect.any(String), job_id: '3', created_at: expect.stringMatching(MICRO) },
              error: expect.stringContaining('ProcessPrunedError'),
            },
          },
        ]),
      );
      expect(changes).toHaveLength(2);
    });
  });
});
