/**
 * A process opened and closed a file of its own database (a backup, a checksum, a copy): close() dropped every
 * lock that it had on that file, and SQLite does not know. sqlite-locking.md, "The close() hazard".
 */
import { INSERT, makeWalDatabase } from './database.js';
import { byEachKind, staged, walResetBug } from './situation.js';

/** SHARED is gone, DMS is still held: the next to close takes itself for the last. */
const database = lostBy('lost-locks-database', '');
/** DMS is gone, and WRITE or READ would be: the next to open takes itself for the first. */
const shm = lostBy('lost-locks-shm', '-shm');

function lostBy(name: string, suffix: string) {
  return byEachKind(name, async (stage, kind) => {
    const path = stage.path('app.db');
    const careless = await stage.actor(kind);
    const connection = await makeWalDatabase(careless, path);
    await connection.exec(INSERT);
    const file = await careless.openRaw(`${path}${suffix}`);
    await file.read(4096);
    await file.close();
    return staged(
      path,
      { careless },
      { 'lost-locks': { pids: [careless.pid], severity: 'critical' }, ...walResetBug(careless) },
    );
  });
}

export const situations = [...database, ...shm];
