/**
 * Everything is copied into the database, and yet the WAL cannot start over: somebody is always on a
 * read slot. Two readers that overlap for hours, held still at the newest frame so that nothing moves.
 */
import { makeWalDatabase, ONE_FRAME, READ } from './database.js';
import { byEachKind, staged, walResetBug } from './situation.js';

/** More than twice the default autocheckpoint of 1,000: SQLite would have reset it long ago. */
const FRAMES = 2_500;

export const situations = byEachKind('wal-starved', async (stage, kind) => {
  const database = stage.path('app.db');
  const writer = await stage.actor(kind);
  const connection = await makeWalDatabase(writer, database);
  await connection.exec('PRAGMA wal_autocheckpoint=0');
  await connection.repeat(FRAMES, ONE_FRAME);
  const readers = [await stage.actor(kind), await stage.actor(kind)] as const;
  // Before the checkpoint: after it they would read the database file alone, on slot 0.
  for (const reader of readers) await (await reader.open(database)).exec('BEGIN', READ);
  await connection.exec('PRAGMA wal_checkpoint(PASSIVE)');
  const [reader1, reader2] = readers;
  return staged(
    database,
    { writer, reader1, reader2 },
    {
      'wal-starved': { pids: [reader1.pid, reader2.pid] },
      ...walResetBug(writer, reader1, reader2),
    },
  );
});
