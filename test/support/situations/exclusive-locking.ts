/**
 * PRAGMA locking_mode=EXCLUSIVE: one process shuts out all others for as long as it lives. Not write-lock-held
 * as well: there is no transaction that stays open.
 */
import { INSERT, makeRollbackDatabase, makeWalDatabase } from './database.js';
import { byEachKind, staged, walResetBug } from './situation.js';

/** SHARED after a read; RESERVED, PENDING and EXCLUSIVE after the first write, and kept. */
const rollback = byEachKind('exclusive-locking-rollback', async (stage, kind) => {
  const database = stage.path('app.db');
  const owner = await stage.actor(kind);
  const connection = await makeRollbackDatabase(owner, database);
  await connection.exec('PRAGMA locking_mode=EXCLUSIVE', INSERT);
  return staged(database, { owner }, { 'exclusive-locking': { pids: [owner.pid] } });
});

/** Set before the first access: EXCLUSIVE at once, and the WAL index on the heap, without a -shm. */
const wal = byEachKind('exclusive-locking-wal', async (stage, kind) => {
  const database = stage.path('app.db');
  const owner = await stage.actor(kind);
  await (await makeWalDatabase(owner, database)).close();
  const connection = await owner.open(database);
  await connection.exec('PRAGMA locking_mode=EXCLUSIVE', INSERT);
  return staged(database, { owner }, { 'exclusive-locking': { pids: [owner.pid] }, ...walResetBug(owner) });
});

export const situations = [...rollback, ...wal];
