import { describe, expect, it } from 'vitest';
import { withPreset } from '../preset-fixture.js';
import { differences, HOST, LIVING_PID, MICRO, NO_PID, timesOf } from './difference.js';

const DEAD = `'host:${HOST} pid:${NO_PID}'`;
const LOCKED = `'SQLite3::BusyException: database is locked\n/app/worker.rb:3'`;

function rows(now: number): string[] {
  const { micro } = timesOf(now);
  const insert = (id: number, attempts: number, run: number, lock: string, failed = 'NULL', error = 'NULL') =>
    `INSERT INTO delayed_jobs VALUES (${id}, 0, ${attempts}, '--- !ruby/object:Mail {}', ${error}, ${micro(run)}, ${lock.split(' BY ')[0]}, ${failed}, ${lock.split(' BY ')[1] ?? 'NULL'}, 'mails', ${micro(900)}, ${micro(900)})`;
  return [
    insert(1, 0, 600, 'NULL'), // queued
    insert(2, 0, -600, 'NULL'), // delayed
    insert(3, 0, 600, `${micro(500)} BY ${DEAD}`), // orphaned at its first attempt
    insert(4, 24, 600, `${micro(500)} BY 'delayed_job.2 host:${HOST} pid:${NO_PID}'`), // with one attempt left
    insert(5, 0, 600, `${micro(1)} BY 'host:${HOST} pid:${LIVING_PID}'`), // alive
    insert(6, 0, 600, `${micro(500)} BY 'host:elsewhere pid:${NO_PID}'`), // of another host
    insert(7, 0, 600, `${micro(500)} BY 'nightly batch'`), // of a worker with a name of its own
    insert(8, 25, 600, `${micro(500)} BY ${DEAD}`, micro(400), `'boom'`), // failed, and keeps its lock
    insert(9, 25, 600, `${micro(500)} BY ${DEAD}`, micro(400), LOCKED), // failed of a lock
  ];
}

describe('delayed-job', () => {
  it('unlocks the jobs of the dead worker, and nothing else; attempts and run_at stay', async () => {
    await withPreset(
      { schema: 'delayed_job', rows, attached: true, args: ['--apply'] },
      ({ status, report, changes }) => {
        expect(status).toBe(0);
        expect(report.queues[0]).toMatchObject({
          preset: 'delayed-job',
          counts: { queued: 1, delayed: 1, claimed: 5, failed: 2 },
          alive: { count: 1, examples: [{ id: '5' }] },
          unknown: { count: 2, examples: [{ id: '6' }, { id: '7' }] },
        });
        expect(report.queues[0]?.orphans.examples.map(({ proof }) => proof)).toEqual([
          'owner-gone',
          'owner-gone',
        ]);
        const unlocked = { locked_at: 'NULL', locked_by: 'NULL' };
        expect(differences(changes)).toEqual([
          { row: 'delayed_jobs 3', set: unlocked },
          { row: 'delayed_jobs 4', set: unlocked },
        ]);
      },
    );
  });

  it('fails them like Job#fail!, which keeps the lock, and retries what failed of a lock', async () => {
    const args = ['--apply', '--mode', 'fail', '--id', '3', '--id', '9', '--include-lock-failures'];
    await withPreset({ schema: 'delayed_job', rows, attached: true, args }, ({ changes }) => {
      const now = expect.stringMatching(MICRO);
      expect(differences(changes)).toEqual([
        {
          row: 'delayed_jobs 3',
          set: {
            attempts: '1',
            last_error: expect.stringContaining('The worker died'),
            failed_at: now,
            updated_at: now,
          },
        },
        {
          row: 'delayed_jobs 9',
          set: { run_at: now, locked_at: 'NULL', failed_at: 'NULL', locked_by: 'NULL' },
        },
      ]);
    });
  });
});
