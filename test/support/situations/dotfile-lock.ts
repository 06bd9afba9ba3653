/** A process locks with the unix-dotfile VFS: by a folder beside the database, and by nothing that the kernel knows. */
import { utimes } from 'node:fs/promises';
import type { Stage } from '../stage.js';
import { INSERT, makeRollbackDatabase } from './database.js';
import { byKind, staged } from './situation.js';

async function lockByFolder(stage: Stage) {
  const database = stage.path('app.db');
  const writer = await stage.actor('python');
  await (await makeRollbackDatabase(writer, database)).close();
  const connection = await writer.open(database, { vfs: 'unix-dotfile' });
  await connection.exec('BEGIN IMMEDIATE', INSERT);
  return { database, writer };
}

const held = byKind('python', 'dotfile-lock-held', async (stage) => {
  const { database, writer } = await lockByFolder(stage);
  return staged(database, { writer }, { 'dotfile-lock': { severity: 'info', pids: [writer.pid] } });
});

/** As old as one that its process left behind an hour ago. */
const leftBehind = byKind('python', 'dotfile-lock-left-behind', async (stage) => {
  const { database, writer } = await lockByFolder(stage);
  await writer.kill();
  const anHourAgo = Date.now() / 1000 - 3600;
  await utimes(`${database}.lock`, anHourAgo, anHourAgo);
  return staged(database, {}, { 'dotfile-lock': { severity: 'warning' } });
});

/** Both believe that they are the only writer. */
const beside = byKind('python', 'dotfile-lock-beside-ordinary', async (stage) => {
  const { database, writer } = await lockByFolder(stage);
  const other = await stage.actor('node');
  const connection = await other.open(database);
  await connection.exec('BEGIN IMMEDIATE', INSERT);
  return staged(
    database,
    { writer, other },
    {
      'dotfile-lock': { severity: 'warning', pids: [other.pid] },
      'write-lock-held': { pids: [other.pid] },
      'rollback-journal': {},
    },
  );
});

export const situations = [held, leftBehind, beside];
