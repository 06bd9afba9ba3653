/** Jobs of the user's own queue, on a copy: claimed, done, left running, and put back. Rows of their own table, too. */
import { readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { runDblock } from '../support/dblock.js';
import { readCopy } from '../support/read-copy.js';
import { expectUnchanged, snapshotFolder } from '../support/snapshot.js';
import { openStage, type Stage } from '../support/stage.js';
import { expectTruth, stress } from '../support/stress.js';

const kept: string[] = [];

afterAll(async () => {
  for (const folder of kept) await rm(folder, { recursive: true, force: true });
});

interface Truth {
  readonly id: string;
  readonly state: string;
  readonly detail: string;
}

/** As Laravel's own worker left it when it was killed. */
function laravelQueue(stage: Stage): string {
  const path = stage.path('laravel.db');
  const packed = readFileSync(new URL('../../fixtures/queue-databases/laravel.db.gz', import.meta.url));
  writeFileSync(path, gunzipSync(packed));
  return path;
}

async function episodes(stage: Stage): Promise<string> {
  const path = stage.path('podcasts.db');
  const actor = await stage.actor('node');
  const connection = await actor.open(path);
  await connection.exec(
    'PRAGMA journal_mode = WAL',
    `CREATE TABLE episode_jobs(id INTEGER PRIMARY KEY, status TEXT NOT NULL, priority INTEGER NOT NULL,
       created_at INTEGER NOT NULL, locked_by TEXT, audio TEXT)`,
    'CREATE TABLE touched(job INTEGER)',
    'CREATE TRIGGER job_touched AFTER UPDATE ON episode_jobs BEGIN INSERT INTO touched VALUES (new.id); END',
    `INSERT INTO episode_jobs(status, priority, created_at, locked_by, audio)
       WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 30)
       SELECT iif(n % 3 = 0, 'queued', iif(n % 3 = 1, 'processing', 'done')), n % 4, n, NULL, hex(zeroblob(200)) FROM numbers`,
  );
  await connection.close();
  return path;
}

function count(path: string, sql: string): unknown {
  return readCopy(path, (database) => database.prepare(sql).pluck().get());
}

it("plays claim-race in the queue of the database, and requeue-orphans puts that queue's orphans back", async () => {
  await using stage = await openStage();
  const path = laravelQueue(stage);
  const before = await snapshotFolder(stage.folder);
  const { report, run, status } = await stress([path, '--scenario', 'claim-race', '--keep'], { cwd: '/' });
  kept.push(dirname(report.arena.path));
  expectUnchanged(before, await snapshotFolder(stage.folder));
  expect(status).toBe(1);
  expect(run.ground).toMatchObject({
    ...{ tables: 'queue', table: 'jobs', preset: 'laravel', order: 'id', waiting: 2000 },
    states: 'reserved_at: NULL → time → row deleted',
  });

  const copy: string = report.arena.path;
  const orphans = count(copy, 'SELECT count(*) FROM jobs WHERE reserved_at IS NOT NULL');
  expect(orphans).toBeGreaterThan(0);
  const truth = run.truth.find(({ id }: Truth) => id === 'none-orphaned');
  expect(truth.detail).toMatch(new RegExp(`^${orphans} jobs? (is|are) still running`));
  expect(report.notes.join(' ')).toContain(`dblock requeue-orphans ${copy}`);
  const applied = await runDblock(['requeue-orphans', copy, '--apply', '--interval', '10ms'], {
    cwd: stage.folder,
    env: { COLUMNS: '1000' },
  });
  expect(applied.stdout).toMatch(new RegExp(`^✔ ${orphans} jobs? requeued`));
  expect(applied.status).toBe(0);
  expect(count(copy, 'SELECT count(*) FROM jobs WHERE reserved_at IS NOT NULL')).toBe(0);
});

it('plays the jobs of a table that is named, as found and with the atomic claim', async () => {
  await using stage = await openStage();
  const path = await episodes(stage);
  const { report, run } = await stress(
    [
      ...[path, '--workload', 'claim', '--table', 'episode_jobs', '--begin', 'immediate'],
      ...[
        '--compare',
        'atomic-claim',
        '--runs',
        '1',
        '--transactions',
        '40',
        '--synchronous',
        'off',
        '--keep',
      ],
    ],
    { cwd: stage.folder },
  );
  kept.push(dirname(report.arena.path));
  expect(run.ground).toMatchObject({
    ...{ tables: 'queue', table: 'episode_jobs', guessed: true, triggers: ['job_touched'] },
    ...{ states: 'status: queued → processing → done', order: 'priority, created_at, id', waiting: 1000 },
  });
  expectTruth(run);
  expect(report.comparison.variants[0]).toMatchObject({ id: 'atomic-claim', untrue: [] });
  // of the last run: each worker claims and finishes in turn
  const ended = "SELECT count(*) FROM episode_jobs WHERE status = 'done'";
  expect(count(report.arena.path, ended)).toBe(80);
  expect(count(report.arena.path, "SELECT count(*) FROM dblock_stress_log WHERE did = 'claimed'")).toBe(80);
});

it('plays the writes of another scenario on rows of a table, which stay as they are', async () => {
  await using stage = await openStage();
  const path = await episodes(stage);
  const { report, run } = await stress(
    [path, '--scenario', 'upgrade-from-read', '--table', 'episode_jobs', '--keep'],
    { cwd: stage.folder },
  );
  kept.push(dirname(report.arena.path));
  expect(report.scenario.missed).toEqual([]);
  expect(run.ground).toEqual({ tables: 'rows', table: 'episode_jobs' });
  expectTruth(run);
  const copy: string = report.arena.path;
  expect(count(copy, 'SELECT count(*) FROM touched')).toBe(run.counters.lock_successes);
  const all = 'SELECT group_concat(quote(status) || priority || created_at || audio) FROM episode_jobs';
  expect(count(copy, all)).toBe(count(path, all));
});
