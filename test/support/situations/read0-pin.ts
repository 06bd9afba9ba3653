/** A reader that began when the WAL was empty reads the database file alone: no page may be copied into it. */
import { makeWalDatabase, ONE_FRAME, READ } from './database.js';
import { byEachKind, staged, walResetBug } from './situation.js';

export const situations = byEachKind('read0-pin', async (stage, kind) => {
  const database = stage.path('app.db');
  const [writer, reader] = [await stage.actor(kind), await stage.actor(kind)];
  const connection = await makeWalDatabase(writer, database);
  // A cursor with unread rows, as an application forgets one.
  await (await reader.open(database)).iterate(READ);
  await connection.repeat(1_200, ONE_FRAME);
  const pinned = { pids: [reader.pid], severity: 'warning' } as const;
  return staged(database, { writer, reader }, { 'reader-pins-wal': pinned, ...walResetBug(writer, reader) });
});
