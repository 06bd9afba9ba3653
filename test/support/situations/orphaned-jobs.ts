/** Jobs of Delayed::Job, whose owners name host and process, and a worker that is killed inside one. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Actor, Connection } from '../actor.js';
import type { Stage } from '../stage.js';
import { byKind, staged } from './situation.js';

const SCHEMA = new URL('../../../fixtures/queues/delayed_job.sql', import.meta.url);
const QUEUED = `INSERT INTO delayed_jobs (handler, run_at) VALUES ('--- !ruby/object:Mail {}', '2026-01-01 00:00:00.000000')`;

async function makeQueue(maker: Actor, database: string, journalMode: 'WAL' | 'DELETE'): Promise<Connection> {
  const connection = await maker.open(database);
  const schema = readFileSync(SCHEMA, 'utf8').split(/;\s*\n/);
  await connection.exec(
    `PRAGMA journal_mode=${journalMode}`,
    ...schema.filter((statement) => statement.trim() !== ''),
    ...[QUEUED, QUEUED, QUEUED],
  );
  return connection;
}

/** As Delayed::Job writes it. */
async function claim(worker: Actor, database: string, job: number): Promise<void> {
  const connection = await worker.open(database);
  await connection.exec(
    `UPDATE delayed_jobs SET locked_at = strftime('%Y-%m-%d %H:%M:%f', 'now') || '000',
       locked_by = 'host:${hostname()} pid:${worker.pid}' WHERE id = ${job}`,
  );
}

async function startWorkers(stage: Stage, journalMode: 'WAL' | 'DELETE') {
  const database = stage.path('queue.db');
  const [one, other] = [await stage.actor('node'), await stage.actor('node')];
  await makeQueue(one, database, journalMode);
  await claim(one, database, 1);
  await claim(other, database, 2);
  return { database, one, other };
}

export const situations = [
  byKind('node', 'orphaned-job-beside-live-worker', async (stage) => {
    const { database, one, other } = await startWorkers(stage, 'WAL');
    await other.kill();
    return staged(database, { one }, { 'orphaned-jobs': { severity: 'warning', pids: [other.pid] } });
  }),
  byKind('node', 'orphaned-jobs-of-everybody', async (stage) => {
    const { database, one, other } = await startWorkers(stage, 'DELETE');
    await one.kill();
    await other.kill();
    return staged(database, {}, { 'orphaned-jobs': { severity: 'warning', pids: [one.pid] } });
  }),
  byKind('node', 'jobs-of-live-workers', async (stage) => {
    const { database, one, other } = await startWorkers(stage, 'WAL');
    return staged(database, { one, other }, {});
  }),
];
