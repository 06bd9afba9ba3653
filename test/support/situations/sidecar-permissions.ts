/** Who may write the database may not write its -wal and -shm. */
import { chmod, chown } from 'node:fs/promises';
import { INSERT, makeWalDatabase } from './database.js';
import { byEachKind, staged, walResetBug } from './situation.js';

/** Any user but root will do; that of the application, who is not the one who ran a script as root. */
const APPLICATION_UID = 1000;

/** The group may write the database; its -wal and -shm were made when it still could not. */
const mode = byEachKind('sidecar-permissions-mode', async (stage, kind) => {
  const database = stage.path('app.db');
  const worker = await stage.actor(kind);
  const connection = await makeWalDatabase(worker, database);
  await connection.exec(INSERT);
  await chmod(`${database}-wal`, 0o600);
  await chmod(`${database}-shm`, 0o600);
  await chmod(database, 0o664);
  return staged(database, { worker }, { 'sidecar-permissions': {}, ...walResetBug(worker) });
});

/** The database is the application's, its -wal and -shm are root's. */
const owner = byEachKind(
  'sidecar-permissions-owner',
  async (stage, kind) => {
    const database = stage.path('app.db');
    const worker = await stage.actor(kind);
    const connection = await makeWalDatabase(worker, database);
    await connection.exec(INSERT);
    for (const suffix of ['', '-wal', '-shm']) await chmod(`${database}${suffix}`, 0o644);
    for (const path of [database, stage.folder]) await chown(path, APPLICATION_UID, APPLICATION_UID);
    await chmod(stage.folder, 0o755);
    return staged(database, { worker }, { 'sidecar-permissions': {}, ...walResetBug(worker) });
  },
  ['root'],
);

export const situations = [...mode, ...owner];
