/** Clocks that are wrong, and workers that are quicker than dblock. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { skipReason } from '../../support/programs.js';
import { openStage } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { requeueOrphans, startRequeue } from '../requeue.js';
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
const CLAIMED = 'SELECT id FROM delayed_jobs WHERE locked_by IS NOT NULL ORDER BY id';

describe.skipIf(skipReason(LINUX))('a clock', () => {
  it('that ran ahead makes a job unknown, whoever owned it', async () => {
    await using stage = await openStage();
    const path = delayedJobs(stage, [{ lockedBy: ownerText(NO_PID), lockedAt: ago(-HOUR_MS) }]);
    const answer = await requeueOrphans(path, '--apply', '--older-than', '1s');
    expect(answer).toMatchObject({ status: 0, orphans: [], unknown: ['1'] });
    expect(rowsOf(path, CLAIMED)).toEqual([{ id: 1 }]);
  });
});

describe.skipIf(skipReason(LINUX))('local time without a zone', () => {
  it('of Symfony Messenger ahead of UTC is the future until --tz tells', async () => {
    await using stage = await openStage();
    const path = stage.path('queue.db');
    const inTokyo = (date: Date) =>
      new Date(date.getTime() + 9 * HOUR_MS).toISOString().slice(0, 19).replace('T', ' ');
    withDatabase(path, (db) => {
      db.exec(schemaOf('symfony-messenger'));
      db.prepare(
        `INSERT INTO messenger_messages(body, headers, queue_name, created_at, available_at, delivered_at)
           VALUES ('', '[]', 'default', @now, @now, @now)`,
      ).run({ now: inTokyo(ago(HOUR_MS)) });
    });
    expect(await requeueOrphans(path)).toMatchObject({ status: 0, orphans: [], unknown: ['1'] });
    const told = await requeueOrphans(path, '--tz', 'Asia/Tokyo');
    expect(told).toMatchObject({ status: 1, orphans: ['1'], proofs: ['nobody-attached'] });
  });
});

describe.skipIf(skipReason(LINUX))('between preview and --apply', () => {
  it('a job that finished, or was taken by a live worker, is left alone', async () => {
    await using stage = await openStage();
    const dead = { lockedBy: ownerText(NO_PID), lockedAt: ago(HOUR_MS) };
    const path = delayedJobs(stage, [dead, dead, dead]);
    expect(await requeueOrphans(path)).toMatchObject({ status: 1, orphans: ['1', '2', '3'] });
    const worker = await stage.actor('node');
    withDatabase(path, (db) => {
      db.exec('DELETE FROM delayed_jobs WHERE id = 1');
      db.prepare('UPDATE delayed_jobs SET locked_by = ?, locked_at = ? WHERE id = 2').run(
        ownerText(worker.pid),
        railsTime(new Date()),
      );
    });
    expect(await requeueOrphans(path, '--apply')).toMatchObject({ status: 0, requeued: 1, alive: ['2'] });
    expect(rowsOf(path, CLAIMED)).toEqual([{ id: 2 }]);
  });

  it('a job that finishes while dblock waits for the lock is left alone', async () => {
    await using stage = await openStage();
    const dead = { lockedBy: ownerText(NO_PID), lockedAt: ago(HOUR_MS) };
    const path = delayedJobs(stage, [dead, dead]);
    withDatabase(path, (db) => db.pragma('journal_mode = WAL'));
    const worker = await stage.actor('node');
    const connection = await worker.open(path);
    await connection.exec('BEGIN IMMEDIATE', 'DELETE FROM delayed_jobs WHERE id = 1');
    await using repair = startRequeue(path, '--apply', '--format', 'json', '--wait', '60s');
    // it has read both jobs, and sleeps again and again until it gets the lock
    await until(() => hasOpen(repair.pid, `${path}-shm`), 'dblock to open the database');
    const before = sleeps(repair.pid);
    await until(() => sleeps(repair.pid) > before + 10, 'dblock to wait');
    await connection.exec('COMMIT');
    await repair.end();
    expect(rowsOf(path, 'SELECT id, locked_by FROM delayed_jobs')).toEqual([{ id: 2, locked_by: null }]);
  });
});

function hasOpen(pid: number, path: string): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((fd) => readlinkSync(`${folder}/${fd}`) === path);
  } catch {
    // a descriptor was closed between the two calls
    return false;
  }
}

/** How often the process has waited for something: proc(5), /proc/pid/status. */
function sleeps(pid: number): number {
  return Number(/^voluntary_ctxt_switches:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
