/** A writer was killed after its transaction had spilled into the database: only the journal can undo that. */
import { addWideTable, makeRollbackDatabase } from './database.js';
import { byEachKind, staged } from './situation.js';

const PAGES = 200;

export const situations = byEachKind('hot-journal', async (stage, kind) => {
  const database = stage.path('app.db');
  const writer = await stage.actor(kind);
  const connection = await makeRollbackDatabase(writer, database);
  await addWideTable(connection, PAGES);
  // A cache of 5 pages has to sync the journal and write to the database before COMMIT.
  await connection.exec(
    'PRAGMA cache_size=5',
    'BEGIN IMMEDIATE',
    'UPDATE wide SET payload = randomblob(3500)',
  );
  await writer.kill();
  return staged(database, {}, { 'hot-journal': {} });
});
