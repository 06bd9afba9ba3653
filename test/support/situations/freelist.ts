/** Most of the file is free pages after a large deletion. */
import type { Connection } from '../actor.js';
import { addWideTable, makeWalDatabase } from './database.js';
import { byEachKind, staged, walResetBug } from './situation.js';

/** 8 MiB, of which nine tenths are deleted. */
const PAGES = 2_048;
const deleteMost = (connection: Connection) => connection.exec('DELETE FROM wide WHERE id > 200');

const closed = byEachKind('freelist', async (stage, kind) => {
  const database = stage.path('app.db');
  const maker = await stage.actor(kind);
  const connection = await makeWalDatabase(maker, database);
  await addWideTable(connection, PAGES);
  await deleteMost(connection);
  await maker.exit({ closeSqlite: true });
  return staged(database, {}, { freelist: { severity: 'info' } });
});

/** The header in the database still says 0; the current one is in the WAL. */
const inWal = byEachKind('freelist-in-wal', async (stage, kind) => {
  const database = stage.path('app.db');
  const worker = await stage.actor(kind);
  const connection = await makeWalDatabase(worker, database);
  await addWideTable(connection, PAGES);
  await connection.exec('PRAGMA wal_checkpoint(TRUNCATE)', 'PRAGMA wal_autocheckpoint=0');
  await deleteMost(connection);
  return staged(database, { worker }, { freelist: { severity: 'info' }, ...walResetBug(worker) });
});

export const situations = [...closed, ...inWal];
