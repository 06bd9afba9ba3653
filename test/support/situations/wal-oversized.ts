/** One long transaction, or one long-gone reader, once made the WAL large. It is checkpointed, but files do not shrink. */
import { addWideTable, makeWalDatabase } from './database.js';
import { byEachKind, staged, walResetBug } from './situation.js';

const PAGES = 500;
/** 500 pages × 4,120 bytes × 34 = 66.8 MiB. */
const TRANSACTIONS = 34;

export const situations = byEachKind('wal-oversized', async (stage, kind) => {
  const database = stage.path('app.db');
  const writer = await stage.actor(kind);
  const connection = await makeWalDatabase(writer, database);
  await addWideTable(connection, PAGES);
  await connection.exec('PRAGMA wal_checkpoint(TRUNCATE)', 'PRAGMA wal_autocheckpoint=0');
  await connection.repeat(TRANSACTIONS, 'UPDATE wide SET payload = randomblob(3500)');
  await connection.exec('PRAGMA wal_checkpoint(PASSIVE)');
  return staged(database, { writer }, { 'wal-oversized': { severity: 'info' }, ...walResetBug(writer) });
});
