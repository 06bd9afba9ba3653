/** Rollback mode: a COMMIT found a reader inside, failed, and keeps PENDING: no new reader gets in. */
import { ActorError } from '../actor.js';
import { INSERT, makeRollbackDatabase, READ } from './database.js';
import { byEachKind, staged } from './situation.js';

export const situations = byEachKind('commit-waits-for-readers', async (stage, kind) => {
  const database = stage.path('app.db');
  const [writer, reader] = [await stage.actor(kind), await stage.actor(kind)];
  const connection = await makeRollbackDatabase(writer, database);
  await (await reader.open(database)).iterate(READ);
  await connection.exec('BEGIN', INSERT);
  const failure = await connection.exec('COMMIT').catch((error: unknown) => error);
  if (!(failure instanceof ActorError) || failure.code !== 'SQLITE_BUSY') {
    throw new Error(`COMMIT should have been busy behind a reader, got ${failure}`);
  }
  // Not write-lock-held as well: RESERVED is held for no other reason.
  const waiting = { pids: [writer.pid, reader.pid] };
  return staged(
    database,
    { writer, reader },
    { 'commit-waits-for-readers': waiting, 'rollback-journal': {} },
  );
});
