/** Triggers fire, foreign keys hold, and what a constraint refuses is told and left as it was. */
import { describe, expect, it } from 'vitest';
import { openStage } from '../../support/stage.js';
import { withPreset } from '../preset-fixture.js';
import { OWN_TABLE, requeueOrphans } from '../requeue.js';
import { deadPid, rowsOf, withDatabase } from '../tables.js';
import { differences, HOST, NO_PID, timesOf } from './difference.js';

function delayedJobs(now: number, ...more: string[]): string[] {
  const { micro } = timesOf(now);
  const insert = (id: number) =>
    `INSERT INTO delayed_jobs(id, handler, run_at, locked_at, locked_by) VALUES (${id}, '', ${micro(600)}, ${micro(500)}, 'host:${HOST} pid:${NO_PID}')`;
  return [...[1, 2, 3].map(insert), ...more];
}

const unlocked = { locked_at: 'NULL', locked_by: 'NULL' };

describe('constraints of the table', () => {
  it('triggers fire once for each job', async () => {
    const rows = (now: number) =>
      delayedJobs(
        now,
        'CREATE TABLE audit(job INTEGER REFERENCES delayed_jobs(id), was TEXT)',
        'CREATE TRIGGER audited AFTER UPDATE ON delayed_jobs BEGIN INSERT INTO audit VALUES (new.id, old.locked_by); END',
      );
    await withPreset({ schema: 'delayed_job', rows, args: ['--apply'] }, ({ status, changes, query }) => {
      expect(status).toBe(0);
      const jobs = changes.filter(({ table }) => table === 'delayed_jobs');
      expect(differences(jobs)).toEqual(
        [1, 2, 3].map((id) => ({ row: `delayed_jobs ${id}`, set: unlocked })),
      );
      expect(query('SELECT job FROM audit ORDER BY job')).toEqual([{ job: '1' }, { job: '2' }, { job: '3' }]);
    });
  });

  it('a trigger that refuses one job keeps no other from being requeued', async () => {
    const rows = (now: number) =>
      delayedJobs(
        now,
        `CREATE TRIGGER frozen BEFORE UPDATE ON delayed_jobs WHEN old.id = 2 BEGIN SELECT raise(ABORT, 'job 2 is frozen'); END`,
      );
    await withPreset({ schema: 'delayed_job', rows, args: ['--apply'] }, ({ status, report, changes }) => {
      expect(status).toBe(1);
      expect(report.queues[0]?.applied).toMatchObject({
        ...{ requeued: 2, refused_count: 1 },
        refused: [{ id: '2', reason: expect.stringContaining('job 2 is frozen') }],
      });
      expect(differences(changes)).toEqual(
        [1, 3].map((id) => ({ row: `delayed_jobs ${id}`, set: unlocked })),
      );
    });
  });

  it('of two orphans with one unique key only one becomes available', async () => {
    const rows = (now: number) => {
      const { micro } = timesOf(now);
      const insert = (id: number) =>
        `INSERT INTO river_job(id, kind, state, attempted_at, attempt, unique_key, unique_states) VALUES (${id}, 'mail', 'running', ${micro(7200)}, 1, x'c0ffee', 1)`;
      return [insert(1), insert(2)];
    };
    await withPreset({ schema: 'river', rows, args: ['--apply'] }, ({ status, report, changes }) => {
      expect(status).toBe(1);
      expect(report.queues[0]?.applied).toMatchObject({ requeued: 1, refused_count: 1 });
      expect(report.queues[0]?.applied?.refused[0]?.reason).toContain('UNIQUE constraint failed');
      expect(changes).toHaveLength(1);
      expect(changes[0]?.after).toMatchObject({ id: '1', state: `'available'` });
    });
  });

  it('a key that is to replace others replaces no job', async () => {
    await using stage = await openStage();
    const path = stage.path('app.db');
    const pid = deadPid();
    const rows = [
      [1, 'running', pid, 1_700_000_000, 'mail'],
      [2, 'running', pid, 1_700_000_000, 'report'],
      [3, 'queued', null, null, 'mail'],
    ];
    withDatabase(path, (db) => {
      db.exec(`CREATE TABLE jobs(id INTEGER PRIMARY KEY, status TEXT, worker_pid INTEGER, started_at INTEGER,
        name TEXT, UNIQUE (name, status) ON CONFLICT REPLACE)`);
      const insert = db.prepare('INSERT INTO jobs VALUES (?, ?, ?, ?, ?)');
      for (const row of rows) insert.run(...row);
    });
    const { status, requeued } = await requeueOrphans(path, ...OWN_TABLE, '--apply');
    expect({ status, requeued }).toEqual({ status: 1, requeued: 1 });
    expect(rowsOf(path, 'SELECT id, status FROM jobs ORDER BY id')).toEqual([
      { id: 1, status: 'running' },
      { id: 2, status: 'queued' },
      { id: 3, status: 'queued' },
    ]);
  });
});
