/** A second name for the database: opened by it, the database has another -wal and another -journal. */
import { link } from 'node:fs/promises';
import { join } from 'node:path';
import { makeWalDatabase } from './database.js';
import { byEachKind, staged } from './situation.js';

export const situations = byEachKind('hard-links', async (stage, kind) => {
  const database = stage.path('app.db');
  const maker = await stage.actor(kind);
  await makeWalDatabase(maker, database);
  await maker.exit({ closeSqlite: true });
  await link(database, join(await stage.elsewhere(), 'link.db'));
  return staged(database, {}, { 'hard-links': {} });
});
