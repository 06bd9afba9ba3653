/** Workers that are at work while nobody has the database open, or while their lease is over. */
import { describe, expect, it } from 'vitest';
import { skipReason } from '../../support/programs.js';
import { fixtureScript, RealProgram } from '../../support/real-program.js';
import { openStage, type Stage } from '../../support/stage.js';
import { requeueOrphans } from '../requeue.js';
import { ago, HOUR_MS, rowsOf, withDatabase } from '../tables.js';

const MAPPING = [
  ...['--table', 'jobs', '--status', 'status', '--running', 'running', '--queued', 'queued'],
  ...['--started', 'started_at', '--owner', 'worker'],
];
const JOBS = 'SELECT id, status, runs FROM jobs ORDER BY id';

function makeQueue(stage: Stage): string {
  const path = stage.path('queue.db');
  withDatabase(path, (db) => {
    db.exec(`CREATE TABLE jobs(id INTEGER PRIMARY KEY, status TEXT, worker TEXT, started_at INTEGER, runs INTEGER DEFAULT 0);
      CREATE TABLE polls(at INTEGER); INSERT INTO polls VALUES (0); INSERT INTO jobs(status) VALUES ('queued');`);
  });
  return path;
}

function start(path: string, what: 'claim' | 'poll'): RealProgram {
  return new RealProgram({ program: 'python3', args: [fixtureScript('queue/per_operation.py'), path, what] });
}

describe.skipIf(skipReason(['linux']))('a worker that opens the database for each operation', () => {
  it('keeps its job while it works elsewhere, and completes it once', async () => {
    await using stage = await openStage();
    const path = makeQueue(stage);
    await using worker = start(path, 'claim');
    expect(await worker.line()).toBe('claimed 1');
    const answer = await requeueOrphans(path, ...MAPPING, '--apply');
    expect(answer).toMatchObject({ status: 0, orphans: [], unknown: ['1'], requeued: 0 });
    expect(answer.stdout).toMatch(/had the database open in \d+ looks over/);
    expect(answer.advice).toMatch(/--workers-stopped$/);
    await worker.end();
    expect(rowsOf(path, JOBS)).toEqual([{ id: 1, status: 'done', runs: 1 }]);
  });

  it('loses its job once it is killed, and the user says that all are stopped', async () => {
    await using stage = await openStage();
    const path = makeQueue(stage);
    await using killed = start(path, 'claim');
    expect(await killed.line()).toBe('claimed 1');
    await killed.kill();
    expect(await requeueOrphans(path, ...MAPPING)).toMatchObject({ status: 0, unknown: ['1'] });
    // what was claimed a second ago contradicts the word of the user
    withDatabase(path, (db) => db.exec('UPDATE jobs SET started_at = started_at - 60'));
    const done = await requeueOrphans(path, ...MAPPING, '--workers-stopped', '--apply');
    expect(done).toMatchObject({ status: 0, proofs: ['workers-stopped'], requeued: 1 });
    await using fresh = start(path, 'claim');
    expect(await fresh.line()).toBe('claimed 1');
    await fresh.end();
    expect(rowsOf(path, JOBS)).toEqual([{ id: 1, status: 'done', runs: 1 }]);
  });

  it('is noticed between two looks, even where workers are said to keep it open', async () => {
    await using stage = await openStage();
    const path = makeQueue(stage);
    await using claimer = start(path, 'claim');
    expect(await claimer.line()).toBe('claimed 1');
    await using poller = start(path, 'poll');
    expect(await poller.line()).toBe('polling');
    const looking = [...MAPPING, '--keeps-open', '--interval', '2s'];
    expect(await requeueOrphans(path, ...looking)).toMatchObject({ status: 0, orphans: [], unknown: ['1'] });
    await poller.end();
    const quiet = await requeueOrphans(path, ...MAPPING, '--keeps-open');
    expect(quiet).toMatchObject({ status: 1, proofs: ['nobody-attached'] });
    await claimer.end();
  });
});

describe.skipIf(skipReason(['linux']))('a lease that is over, in a table without a fence', () => {
  it('is no proof while somebody has the database open who may hold it', async () => {
    await using stage = await openStage();
    const path = makeQueue(stage);
    withDatabase(path, (db) => {
      db.exec('ALTER TABLE jobs ADD COLUMN lease_until INTEGER');
      const over = Math.floor(ago(HOUR_MS).getTime() / 1000);
      db.prepare(`UPDATE jobs SET status = 'running', worker = 'w1', lease_until = ?`).run(over);
    });
    const leased = [...MAPPING.slice(0, 8), '--owner', 'worker', '--lease', 'lease_until'];
    const actor = await stage.actor('node');
    const connection = await actor.open(path);
    await connection.query('SELECT 1 FROM jobs');
    const beside = await requeueOrphans(path, ...leased, '--apply');
    expect(beside).toMatchObject({ status: 0, orphans: [], unknown: ['1'] });
    expect(beside.stdout).toContain('its lease expired 1 h ago');
    const aged = await requeueOrphans(path, ...leased, '--older-than', '30m');
    expect(aged).toMatchObject({ status: 1, proofs: ['lease-expired'] });
    await actor.kill();
    const alone = await requeueOrphans(path, ...leased, '--apply');
    expect(alone).toMatchObject({ status: 0, proofs: ['nobody-attached'], requeued: 1 });
  });
});
