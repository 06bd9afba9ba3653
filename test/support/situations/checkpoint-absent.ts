/** Nobody checkpoints: the backlog grows although no reader is in the way. */
import { makeWalDatabase, ONE_FRAME } from './database.js';
import { byEachKind, staged, walResetBug } from './situation.js';

const FRAMES = 5_500;

export const situations = byEachKind('checkpoint-absent', async (stage, kind) => {
  const database = stage.path('app.db');
  const writer = await stage.actor(kind);
  const connection = await makeWalDatabase(writer, database);
  await connection.exec('PRAGMA wal_autocheckpoint=0');
  await connection.repeat(FRAMES, ONE_FRAME);
  return staged(database, { writer }, { 'checkpoint-absent': {}, ...walResetBug(writer) });
});
