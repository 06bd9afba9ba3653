/** Files were replaced or removed under a process that goes on using them: what it commits, nobody else sees. */
import { copyFile, rename, rm } from 'node:fs/promises';
import { INSERT, makeRollbackDatabase, makeWalDatabase, READ } from './database.js';
import { byEachKind, staged, walResetBug } from './situation.js';

/** A restore by `mv backup.db app.db` while the application runs. */
const replaced = byEachKind('split-brain-replaced', async (stage, kind) => {
  const database = stage.path('app.db');
  const orphan = await stage.actor(kind);
  const connection = await makeWalDatabase(orphan, database);
  await connection.exec(INSERT);
  const backup = `${await stage.elsewhere()}/backup.db`;
  await copyFile(database, backup);
  await rename(backup, database);
  return staged(
    database,
    { orphan },
    { 'split-brain': { pids: [orphan.pid], severity: 'critical' }, ...walResetBug(orphan) },
  );
});

const replacedRollback = byEachKind('split-brain-replaced-rollback', async (stage, kind) => {
  const database = stage.path('app.db');
  const orphan = await stage.actor(kind);
  await makeRollbackDatabase(orphan, database);
  const backup = `${await stage.elsewhere()}/backup.db`;
  await copyFile(database, backup);
  await rename(backup, database);
  return staged(database, { orphan }, { 'split-brain': { pids: [orphan.pid], severity: 'critical' } });
});

/** `rm app.db-wal app.db-shm`, as bad advice has it, and then another process comes. */
const unlinked = byEachKind('split-brain-unlinked', async (stage, kind) => {
  const database = stage.path('app.db');
  const [orphan, other] = [await stage.actor(kind), await stage.actor(kind)];
  const connection = await makeWalDatabase(orphan, database);
  await connection.exec(INSERT);
  await rm(`${database}-wal`);
  await rm(`${database}-shm`);
  await (await other.open(database)).exec(READ);
  return staged(
    database,
    { orphan, other },
    { 'split-brain': { pids: [orphan.pid], severity: 'critical' }, ...walResetBug(orphan, other) },
  );
});

export const situations = [...replaced, ...replacedRollback, ...unlinked];
