/** auto_vacuum=FULL: every COMMIT that frees pages also moves others, with the write lock held. */
import { makeWalDatabase } from './database.js';
import { byEachKind, staged } from './situation.js';

export const situations = byEachKind('auto-vacuum-full', async (stage, kind) => {
  const database = stage.path('app.db');
  const maker = await stage.actor(kind);
  await makeWalDatabase(maker, database, { autoVacuum: 'FULL' });
  await maker.exit({ closeSqlite: true });
  return staged(database, {}, { 'auto-vacuum': {} });
});
