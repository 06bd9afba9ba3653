/**
 * dblock itself is killed at any moment of a long requeue: a rerun completes, and the journals give the table its
 * first state back, row for row.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { skipReason } from '../support/programs.js';
import { readCopy } from '../support/read-copy.js';
import { openStage, type Stage } from '../support/stage.js';
import { OWN_TABLE, requeueOrphans, startRequeue } from './requeue.js';
import { deadPid } from './tables.js';

const NEEDS = ['linux'] as const;
/** `DBLOCK_SOAK=1`: as many as the claim is about. */
const SOAK = process.env['DBLOCK_SOAK'] === '1';
const ROWS = SOAK ? 100_000 : 10_000;
const KILLS = SOAK ? 100 : 10;
const SCHEMA = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE jobs(id INTEGER PRIMARY KEY, status TEXT NOT NULL, worker_pid INTEGER, started_at INTEGER, payload TEXT);
  WITH RECURSIVE ids(id) AS (VALUES (1) UNION ALL SELECT id + 1 FROM ids WHERE id < ${ROWS})
    INSERT INTO jobs SELECT id, iif(id % 10 = 0, 'done', 'running'), ${deadPid()}, 1790000000000 + id, hex(id) FROM ids;`;

interface Scene {
  readonly stage: Stage;
  readonly original: string;
  readonly untouched: string;
  /** Of a run that nobody disturbs. */
  readonly journalBytes: number;
}

describe.skipIf(skipReason(NEEDS))(`SIGKILL at ${KILLS} moments of a requeue of ${ROWS} rows`, () => {
  it('is undone, also after a rerun, row for row', { timeout: SOAK ? 3_600_000 : 180_000 }, async () => {
    await using stage = await openStage();
    const scene = await setScene(stage);
    const moments = Array.from({ length: KILLS }, (_, index) => (index + Math.random()) / KILLS);
    const done: number[] = [];
    for (const [index, moment] of moments.entries()) done.push(await killAt(scene, moment, index % 2 === 0));
    // the kills did fall into the work: some rows were done, not all of them
    expect(done.filter((rows) => rows > 0 && rows < ROWS * 0.9).length).toBeGreaterThan(KILLS / 4);
  });
});

async function setScene(stage: Stage): Promise<Scene> {
  const original = stage.path('original.db');
  const db = new Database(original);
  db.exec(SCHEMA);
  db.close();
  const untouched = digest(original);
  const whole = stage.path('whole.db');
  copyFileSync(original, whole);
  const journal = stage.path('whole.jsonl');
  expect(await requeueOrphans(whole, ...OWN_TABLE, '--apply', '--journal', journal)).toMatchObject({
    status: 0,
  });
  expect(countOf(whole, 'running')).toBe(0);
  return { stage, original, untouched, journalBytes: statSync(journal).size };
}

/** @param moment from 0, when dblock starts to write its journal, to 1, when it has written all of it
 *  @param isRerun else the journal is undone at once
 *  @returns how many rows it had requeued */
async function killAt(scene: Scene, moment: number, isRerun: boolean): Promise<number> {
  const { stage, original, untouched, journalBytes } = scene;
  const folder = await stage.elsewhere();
  const [database, ...journals] = ['queue.db', 'first.jsonl', 'second.jsonl'].map((name) =>
    join(folder, name),
  );
  const [first, second] = journals;
  if (!database || !first || !second) throw new Error('three names are three paths');
  copyFileSync(original, database);

  await using child = startRequeue(database, ...OWN_TABLE, '--apply', '--journal', first);
  const written = () => (existsSync(first) ? statSync(first).size : 0);
  while (written() < moment * journalBytes && child.running()) await delay(1);
  await child.kill();
  const done = countOf(database, 'queued');

  // the one that was killed left a WAL
  if (isRerun) {
    const rerun = ['--apply', '--recover', '--journal', second];
    expect(await requeueOrphans(database, ...OWN_TABLE, ...rerun)).toMatchObject({ status: 0 });
    expect(countOf(database, 'running')).toBe(0);
  }
  const undo = (journal: string) => requeueOrphans(database, '--undo', journal, '--apply', '--recover');
  const before = digest(database);
  if (isRerun && existsSync(first)) {
    // where the second run did what the first one had only journalled, the first has to wait for its turn
    const { status, stdout } = await undo(first);
    if (status === 2) expect(stdout).toContain(`Undo the journal of that one first, ${second}.`);
    else expect(status).toBe(0);
    if (status === 2) expect(digest(database)).toBe(before);
  }
  for (const journal of [second, first].filter(existsSync)) {
    expect(await undo(journal)).toMatchObject({ status: 0 });
  }
  expect(digest(database)).toBe(untouched);
  rmSync(folder, { recursive: true });
  return done;
}

function digest(path: string): string {
  return readCopy(path, (db) => {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    const hash = createHash('sha256');
    for (const row of db.prepare('SELECT * FROM jobs ORDER BY id').raw().iterate())
      hash.update(JSON.stringify(row));
    return hash.digest('hex');
  });
}

function countOf(path: string, status: 'running' | 'queued'): number {
  const sql = 'SELECT count(*) FROM jobs WHERE status = ?';
  return readCopy(path, (db) => Number(db.prepare(sql).pluck().get(status)));
}
