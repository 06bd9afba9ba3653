/** A writer was stopped (Ctrl-Z, a debugger, a frozen container) while it held the write lock. */
import { INSERT, makeRollbackDatabase, makeWalDatabase } from './database.js';
import { byEachKind, staged, walResetBug } from './situation.js';

const wal = byEachKind('stopped-writer', async (stage, kind) => {
  const database = stage.path('app.db');
  const writer = await stage.actor(kind);
  const connection = await makeWalDatabase(writer, database);
  await connection.exec('BEGIN IMMEDIATE', INSERT);
  await writer.signal('SIGSTOP');
  return staged(
    database,
    { writer },
    {
      'stopped-lock-holder': { pids: [writer.pid], severity: 'critical' },
      'write-lock-held': { pids: [writer.pid] },
      ...walResetBug(writer),
    },
  );
});

const rollback = byEachKind('stopped-writer-rollback', async (stage, kind) => {
  const database = stage.path('app.db');
  const writer = await stage.actor(kind);
  const connection = await makeRollbackDatabase(writer, database);
  await connection.exec('BEGIN IMMEDIATE', INSERT);
  await writer.signal('SIGSTOP');
  return staged(
    database,
    { writer },
    {
      'stopped-lock-holder': { pids: [writer.pid], severity: 'critical' },
      'write-lock-held': { pids: [writer.pid] },
    },
  );
});

export const situations = [...wal, ...rollback];
