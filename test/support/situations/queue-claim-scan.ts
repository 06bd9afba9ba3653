/** A queue of one's own, as in incident 1: jobs are taken by priority and age, and no index knows either. */
import { makeRollbackDatabase } from './database.js';
import { byEachKind, staged } from './situation.js';

export const situations = byEachKind('queue-claim-scan', async (stage, kind) => {
  const database = stage.path('app.db');
  const maker = await stage.actor(kind);
  const connection = await makeRollbackDatabase(maker, database);
  await connection.exec(`CREATE TABLE episode_jobs (
    id INTEGER PRIMARY KEY,
    status TEXT NOT NULL DEFAULT 'queued',
    priority INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
  )`);
  await maker.exit({ closeSqlite: true });
  return staged(database, {}, { 'queue-claim-scan': { severity: 'info' } });
});
