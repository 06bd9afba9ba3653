/** The last process that had the database open was killed: committed rows are in the WAL alone. */
import { rm } from 'node:fs/promises';
import type { ActorKind } from '../actor.js';
import type { Stage } from '../stage.js';
import { INSERT, makeWalDatabase } from './database.js';
import { byEachKind, staged } from './situation.js';

async function leaveWal(stage: Stage, kind: ActorKind): Promise<string> {
  const database = stage.path('app.db');
  const writer = await stage.actor(kind);
  const connection = await makeWalDatabase(writer, database);
  await connection.repeat(5, INSERT);
  await writer.kill();
  return database;
}

const withIndex = byEachKind('leftover-wal', async (stage, kind) =>
  staged(await leaveWal(stage, kind), {}, { 'leftover-wal': {} }),
);

/** As in a backup of the database and its -wal. */
const withoutIndex = byEachKind('leftover-wal-without-shm', async (stage, kind) => {
  const database = await leaveWal(stage, kind);
  await rm(`${database}-shm`);
  return staged(database, {}, { 'leftover-wal': {} });
});

export const situations = [...withIndex, ...withoutIndex];
