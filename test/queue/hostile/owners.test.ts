/** Owners that look dead and are not, and owners that look alive and are not. */
import { describe, expect, it } from 'vitest';
import { processState } from '../../support/actor-process.js';
import { pythonPath, skipReason } from '../../support/programs.js';
import { RealProgram } from '../../support/real-program.js';
import { openStage } from '../../support/stage.js';
import { requeueOrphans } from '../requeue.js';
import {
  ago,
  delayedJobs,
  HOUR_MS,
  NO_PID,
  ownerText,
  railsTime,
  rowsOf,
  schemaOf,
  withDatabase,
} from '../tables.js';

const LINUX = ['linux'] as const;
const WITH_PYTHON = ['linux', 'python3'] as const;
const CLAIMED = 'SELECT id FROM delayed_jobs WHERE locked_by IS NOT NULL ORDER BY id';

describe.skipIf(skipReason(LINUX))('a pid', () => {
  it('that was given to another process is no proof of life', async () => {
    await using stage = await openStage();
    const stranger = await stage.actor('node');
    const path = delayedJobs(stage, [
      { lockedBy: ownerText(stranger.pid), lockedAt: ago(HOUR_MS) },
      { lockedBy: ownerText(stranger.pid), lockedAt: ago(0) },
    ]);
    const found = await requeueOrphans(path);
    expect(found).toMatchObject({ status: 1, orphans: ['1'], proofs: ['owner-reused'], alive: ['2'] });
    expect(await requeueOrphans(path, '--apply')).toMatchObject({ status: 0, requeued: 1 });
    expect(rowsOf(path, CLAIMED)).toEqual([{ id: 2 }]);
  });

  it('of a stopped process is alive', async () => {
    await using stage = await openStage();
    const worker = await stage.actor('node');
    const path = delayedJobs(stage, [{ lockedBy: ownerText(worker.pid), lockedAt: ago(0) }]);
    await worker.signal('SIGSTOP');
    expect(await requeueOrphans(path, '--apply')).toMatchObject({ status: 0, alive: ['1'], orphans: [] });
  });

  it.skipIf(skipReason(WITH_PYTHON))('of a zombie is dead', async () => {
    await using stage = await openStage();
    const program = `
import os, subprocess, sys
child = subprocess.Popen(['sleep', '600'])
print(child.pid, flush=True)
sys.stdin.readline()
child.kill()
os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
print('killed', flush=True)
sys.stdin.readline()`;
    await using parent = new RealProgram({ program: pythonPath() ?? 'python3', args: ['-c', program] });
    const pid = Number(await parent.line());
    const path = delayedJobs(stage, [{ lockedBy: ownerText(pid), lockedAt: ago(0) }]);
    expect(await requeueOrphans(path)).toMatchObject({ status: 0, alive: ['1'] });
    parent.send('kill it');
    await parent.line();
    expect(processState(pid)).toBe('Z');
    expect(await requeueOrphans(path)).toMatchObject({ status: 1, orphans: ['1'], proofs: ['owner-gone'] });
  });

  it('of another host says nothing', async () => {
    await using stage = await openStage();
    const path = delayedJobs(stage, [
      { lockedBy: ownerText(NO_PID, 'elsewhere.example'), lockedAt: ago(HOUR_MS) },
    ]);
    expect(await requeueOrphans(path, '--apply')).toMatchObject({ status: 0, orphans: [], unknown: ['1'] });
    const old = await requeueOrphans(path, '--older-than', '30m');
    expect(old).toMatchObject({ status: 1, orphans: ['1'], proofs: ['age'] });
  });

  it.each(['0', '-1', '1e3', '0x1F', '', ' ', '4294967297', '18446744073709551617', '12;13', '٣'])(
    'that is written %j names nobody',
    async (pid) => {
      await using stage = await openStage();
      const path = stage.path('queue.db');
      withDatabase(path, (db) => {
        db.exec(schemaOf('django-background-tasks'));
        db.prepare(
          `INSERT INTO background_task(task_name, task_params, task_hash, priority, run_at, repeat, attempts, last_error, locked_by, locked_at)
             VALUES ('notes.send', '[[],{}]', 'h', 0, '2026-01-01 00:00:00', 0, 0, '', ?, ?)`,
        ).run(pid, railsTime(ago(0)));
      });
      // somebody has the database open, and may be the one
      const worker = await stage.actor('node');
      const connection = await worker.open(path);
      await connection.query('SELECT 1 FROM background_task');
      expect(await requeueOrphans(path, '--apply')).toMatchObject({ status: 0, orphans: [], unknown: ['1'] });
    },
  );
});
