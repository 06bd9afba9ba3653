/** SIGKILL at any moment, of dblock or of the process that has its connection: nothing is lost, and nothing half remains. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Random } from '../../fuzz/random.js';
import { cleanEnvironment, PROGRAM } from '../../support/dblock.js';
import { dumpOf, fix, resultsOf, shell, traces } from '../../support/fix.js';
import { skipReason, titled } from '../../support/programs.js';
import { openStage, type Stage } from '../../support/stage.js';
import { until } from '../../support/until.js';

const needs = ['linux', 'sqlite3'] as const;
const KILLS = process.env['DBLOCK_SOAK'] === '1' ? 50 : 8;
const SEED = 20_261_121;
const ALL = 'auto-vacuum,auto-vacuum-none,freelist,page-size,foreign-key-without-index,queue-claim-scan';

/** In WAL mode, 12 MiB, with something for every kind of repair that writes. */
async function makeNeedy(stage: Stage): Promise<string> {
  const path = stage.path('app.db');
  const actor = await stage.actor('node');
  const connection = await actor.open(path);
  await connection.exec(
    'PRAGMA page_size=1024',
    'PRAGMA auto_vacuum=FULL',
    'PRAGMA journal_mode=WAL',
    'PRAGMA synchronous=OFF',
    'CREATE TABLE parents (id INTEGER PRIMARY KEY)',
    'CREATE TABLE children (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parents, payload BLOB)',
    `CREATE TABLE jobs (id INTEGER PRIMARY KEY, status TEXT NOT NULL, priority INTEGER NOT NULL DEFAULT 0,
       created_at TEXT NOT NULL DEFAULT '2026-11-21')`,
    'INSERT INTO parents VALUES (1), (2)',
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
     INSERT INTO children SELECT i, 1 + i % 2, randomblob(3000) FROM n`,
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
     INSERT INTO jobs (id, status) SELECT i, 'done' FROM n`,
    'PRAGMA auto_vacuum=INCREMENTAL',
    'DELETE FROM children WHERE id > 1200',
    'PRAGMA auto_vacuum=FULL',
  );
  await actor.exit({ closeSqlite: true });
  return path;
}

function start(path: string): ChildProcess {
  const args = [PROGRAM, 'fix', path, '--apply', ALL, '--interval', '20ms', '--format', 'json'];
  return spawn(process.execPath, args, { env: cleanEnvironment(), stdio: 'ignore' });
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number);
  } catch {
    return []; // it has ended
  }
}

async function isWhole(stage: Stage, database: string, expected: string): Promise<void> {
  expect(await dumpOf(stage, database)).toBe(expected);
  const folder = await stage.elsewhere();
  for (const name of readdirSync(stage.folder).filter(
    (entry) => entry.startsWith('app.db') && !entry.includes('dblock'),
  ))
    cpSync(stage.path(name), join(folder, name));
  expect(shell(join(folder, 'app.db'), 'PRAGMA integrity_check').trim()).toBe('ok');
}

/** A backup that has its name has everything. */
async function backupsAreComplete(stage: Stage, expected: string): Promise<void> {
  const complete = (await traces(stage.path('app.db'))).filter((name) => /-backup-\w+(-\d+)?$/.test(name));
  for (const name of complete) expect(await dumpOf(stage, stage.path(name, 'app.db'))).toBe(expected);
}

describe.skipIf(skipReason(needs))('killed', () => {
  it(
    titled('after the last repair: the next run removes the mark, though it finds nothing to do', needs),
    async () => {
      await using stage = await openStage();
      const path = stage.path('app.db');
      shell(path, 'CREATE TABLE t (a)');
      const { pid } = spawnSync(process.execPath, ['-e', '0']);
      await symlink(`pid=${pid},ticks=1,at=2026-11-21T00:00:00.000Z,wal=0`, `${path}.dblock-fix`);
      expect((await fix(path)).status).toBe(0);
      expect(await traces(path)).toEqual(['app.db.dblock-fix']);
      expect((await fix(path, '--apply')).status).toBe(0);
      expect(await traces(path)).toEqual([]);
    },
  );

  it(titled(`${KILLS} times at random moments of a run, dblock and its child in turn`, needs), async () => {
    await using stage = await openStage();
    const original = await makeNeedy(stage);
    const expected = await dumpOf(stage, original);
    const keep = await stage.elsewhere();
    cpSync(original, join(keep, 'app.db'));
    const beganMs = performance.now();
    await once(start(original), 'close');
    const wholeRunMs = performance.now() - beganMs;

    for (let kill = 0; kill < KILLS; kill += 1) {
      await using next = await openStage();
      const path = next.path('app.db');
      cpSync(join(keep, 'app.db'), path);
      await killAt(
        path,
        new Random(SEED, kill).below(Math.round(wholeRunMs)),
        kill % 2 === 0 ? 'dblock' : 'its child',
      );
      await isWhole(next, path, expected);
      await backupsAreComplete(next, expected);

      // first what the kill may have left (a hot journal forbids everything else), then the rest
      await fix(path, '--apply');
      const again = await fix(path, '--apply', ALL);
      expect(again.status, JSON.stringify(resultsOf(again))).toBe(0);
      await isWhole(next, path, expected);
      expect(shell(path, 'PRAGMA journal_mode').trim()).toBe('wal');
      const left = await traces(path);
      expect(left.filter((name) => !/-backup-\w+(-\d+)?$/.test(name))).toEqual([]);
    }
  }, 600_000);
});

/** Resolves when nobody of the run is left. */
async function killAt(path: string, afterMs: number, victim: 'dblock' | 'its child'): Promise<void> {
  const run = start(path);
  const pid = run.pid ?? 0;
  const closed = once(run, 'close');
  const seen = new Set<number>();
  const atMs = performance.now() + afterMs;
  while (performance.now() < atMs && run.exitCode === null) {
    for (const child of childrenOf(pid)) seen.add(child);
    await delay(2);
  }
  for (const target of victim === 'dblock' ? [pid] : childrenOf(pid)) killIfThere(target);
  await closed;
  // its children notice that it is gone when they answer
  await until(() => [...seen].every((child) => !existsSync(`/proc/${child}`)), 'the children to end');
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}
