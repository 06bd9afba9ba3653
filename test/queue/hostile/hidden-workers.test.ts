/** Workers that are hard to find, and live. */
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { processState } from '../../support/actor-process.js';
import { PROGRAM } from '../../support/dblock.js';
import { skipReason, titled } from '../../support/programs.js';
import { fixtureScript, RealProgram } from '../../support/real-program.js';
import { openStage } from '../../support/stage.js';
import { requeueAs, requeueOrphans } from '../requeue.js';
import { ago, delayedJobs, ownerText, railsTime, rowsOf, schemaOf, withDatabase } from '../tables.js';

const NOBODY = 65534;
const LINUX = ['linux'] as const;
const AS_ROOT = ['linux', 'root'] as const;

describe.skipIf(skipReason(AS_ROOT))(titled('a worker that cannot be looked up', AS_ROOT), () => {
  it('because its pid is of another namespace keeps its job', async () => {
    await using stage = await openStage();
    const path = stage.path('queue.db');
    withDatabase(path, (db) => {
      db.pragma('journal_mode = WAL');
      db.exec(schemaOf('django-background-tasks'));
    });
    // no process of this machine has the pid that the worker writes
    const script = `exec 3<&0; echo ${freePid() - 1} > /proc/sys/kernel/ns_last_pid; "$@" <&3 & wait`;
    const worker = [process.execPath, fixtureScript('queue/played.mjs'), 'django-background-tasks'];
    const runs = `${await stage.elsewhere()}/runs.txt`;
    const enqueue = new RealProgram({
      program: worker[0] ?? '',
      args: [...worker.slice(1), 'enqueue', path, 'first'],
    });
    await enqueue.end();
    await using contained = new RealProgram({
      program: 'unshare',
      args: [
        '--pid',
        '--fork',
        '--kill-child',
        '--mount-proc',
        'sh',
        '-c',
        script,
        'sh',
        ...worker,
        'work',
        path,
        runs,
        'hold',
      ],
    });
    expect(await contained.line()).toBe('inside first');
    const [{ locked_by: pid }] = rowsOf(path, 'SELECT locked_by FROM background_task') as [
      { locked_by: string },
    ];
    expect(processState(Number(pid))).toBeNull();
    const answer = await requeueOrphans(path, '--apply');
    expect(answer).toMatchObject({ status: 0, orphans: [] });
    expect(rowsOf(path, 'SELECT locked_by FROM background_task')).toEqual([{ locked_by: pid }]);
  });

  it('because /proc hides it (hidepid) keeps its job', async () => {
    await using stage = await openStage();
    const worker = await stage.actor('node');
    const path = delayedJobs(stage, [{ lockedBy: ownerText(worker.pid), lockedAt: ago(0) }]);
    await Promise.all([stage.folder, path].map((one) => chown(one, NOBODY, NOBODY)));
    const mount = 'mount -t proc -o hidepid=2 proc /proc && exec "$@"';
    const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
    const dblock = [process.execPath, PROGRAM, 'requeue-orphans', path, '--apply', '--format', 'json'];
    const args = ['--mount', 'sh', '-c', mount, 'sh', ...asNobody, ...dblock];
    const { status, stderr } = spawnSync('unshare', args, { cwd: stage.folder, encoding: 'utf8' });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(rowsOf(path, 'SELECT id FROM delayed_jobs WHERE locked_by IS NOT NULL')).toHaveLength(1);
  });

  it('because it is of another user keeps its job', async () => {
    await using stage = await openStage();
    const path = stage.path('queue.db');
    withDatabase(path, (db) => {
      db.exec(schemaOf('symfony-messenger'));
      db.prepare(
        `INSERT INTO messenger_messages(body, headers, queue_name, created_at, available_at, delivered_at)
           VALUES ('', '[]', 'default', @now, @now, @now)`,
      ).run({ now: railsTime(ago(0)).slice(0, 19) });
    });
    await Promise.all([stage.folder, path].map((one) => chown(one, NOBODY, NOBODY)));
    const worker = await stage.actor('node');
    const connection = await worker.open(path);
    await connection.query('SELECT 1 FROM messenger_messages');
    const answer = await requeueAs({ uid: NOBODY, cwd: stage.folder }, path, '--apply');
    expect(answer).toMatchObject({ status: 0, orphans: [], unknown: ['1'] });
  });
});

describe.skipIf(skipReason(LINUX))('a worker that has the database open', () => {
  it('under another path is seen', async () => {
    await using stage = await openStage();
    const path = stage.path('queue.db');
    withDatabase(path, (db) => {
      db.exec(schemaOf('laravel'));
      db.prepare(
        `INSERT INTO jobs(queue, payload, attempts, reserved_at, available_at, created_at) VALUES ('default', '{}', 1, unixepoch(), 0, 0)`,
      ).run();
    });
    const link = `${await stage.elsewhere()}/link.db`;
    symlinkSync(path, link);
    const worker = await stage.actor('node');
    const connection = await worker.open(link);
    await connection.query('SELECT 1 FROM jobs');
    expect(await requeueOrphans(path, '--apply')).toMatchObject({ status: 0, orphans: [], unknown: ['1'] });
    await connection.close();
    expect(await requeueOrphans(path)).toMatchObject({ status: 1, proofs: ['nobody-attached'] });
  });
});

/** Beyond what this machine has given out, and within what it may. */
function freePid(): number {
  for (let pid = 32_000; pid > 20_000; pid -= 1) if (processState(pid) === null) return pid;
  throw new Error('12,000 processes run here');
}
