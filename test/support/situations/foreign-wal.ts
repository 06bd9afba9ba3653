/** A -wal beside a database that it does not belong to. SQLite applies it all the same. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActorKind } from '../actor.js';
import type { Stage } from '../stage.js';
import { type DatabaseOptions, INSERT, makeRollbackDatabase, makeWalDatabase } from './database.js';
import { byEachKind, staged, walResetBug } from './situation.js';

/** @returns the path of the valid WAL of another database, whose writer was killed. */
async function otherWal(stage: Stage, kind: ActorKind, options: DatabaseOptions = {}): Promise<string> {
  const database = join(await stage.elsewhere(), 'other.db');
  const writer = await stage.actor(kind);
  const connection = await makeWalDatabase(writer, database, options);
  await connection.repeat(5, INSERT);
  await writer.kill();
  return `${database}-wal`;
}

/** A database restored, or copied, in rollback mode over one that was in WAL mode. */
const besideRollback = byEachKind('foreign-wal-beside-rollback', async (stage, kind) => {
  const database = stage.path('app.db');
  const maker = await stage.actor(kind);
  await makeRollbackDatabase(maker, database);
  await maker.exit({ closeSqlite: true });
  await copyFile(await otherWal(stage, kind), `${database}-wal`);
  return staged(database, {}, { 'foreign-wal': {} });
});

const pageSize = byEachKind('foreign-wal-page-size', async (stage, kind) => {
  const database = stage.path('app.db');
  const maker = await stage.actor(kind);
  await makeWalDatabase(maker, database);
  await maker.exit({ closeSqlite: true });
  await copyFile(await otherWal(stage, kind, { pageBytes: 8192 }), `${database}-wal`);
  return staged(database, {}, { 'foreign-wal': {} });
});

/** Somebody emptied the database to start afresh and left its WAL. */
const besideEmpty = byEachKind('foreign-wal-beside-empty', async (stage, kind) => {
  const database = stage.path('app.db');
  await copyFile(await otherWal(stage, kind), `${database}-wal`);
  await writeFile(database, '');
  return staged(database, {}, { 'foreign-wal': {} });
});

/** Overwritten in place while a process has it open: the index has the salts of the WAL that was there. */
const salts = byEachKind('foreign-wal-salts', async (stage, kind) => {
  const database = stage.path('app.db');
  const owner = await stage.actor(kind);
  const connection = await makeWalDatabase(owner, database);
  await connection.repeat(5, INSERT);
  await writeFile(`${database}-wal`, await readFile(await otherWal(stage, kind)));
  return staged(database, { owner }, { 'foreign-wal': {}, ...walResetBug(owner) });
});

export const situations = [...besideRollback, ...pageSize, ...besideEmpty, ...salts];
