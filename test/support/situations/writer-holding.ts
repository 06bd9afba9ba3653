/** A process took the write lock and has not given it back. WAL: WRITE. Rollback: RESERVED. */
import { INSERT, makeRollbackDatabase, makeWalDatabase } from './database.js';
import { byEachKind, staged, walResetBug } from './situation.js';

const wal = byEachKind('writer-holding', async (stage, kind) => {
  const database = stage.path('app.db');
  const writer = await stage.actor(kind);
  const connection = await makeWalDatabase(writer, database);
  await connection.exec(INSERT, 'BEGIN IMMEDIATE', INSERT);
  const found = { 'write-lock-held': { pids: [writer.pid] }, ...walResetBug(writer) };
  return staged(database, { writer }, found);
});

const rollback = byEachKind('writer-holding-rollback', async (stage, kind) => {
  const database = stage.path('app.db');
  const writer = await stage.actor(kind);
  const connection = await makeRollbackDatabase(writer, database);
  await connection.exec('BEGIN IMMEDIATE', INSERT);
  return staged(database, { writer }, { 'write-lock-held': { pids: [writer.pid] } });
});

export const situations = [...wal, ...rollback];
