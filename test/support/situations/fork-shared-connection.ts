/** A process forked with a connection open: the child has the same descriptors, and none of the locks. Python only. */
import { INSERT, makeWalDatabase } from './database.js';
import { byKind, staged, walResetBug } from './situation.js';

export const situations = [
  byKind('python', 'fork-shared-connection', async (stage, kind) => {
    const database = stage.path('app.db');
    const parent = await stage.actor(kind);
    const connection = await makeWalDatabase(parent, database);
    await connection.exec(INSERT);
    const child = { pid: await parent.fork(), sqliteVersion: parent.sqliteVersion };
    // Not lost-locks: the child never had any to lose.
    const shared = { pids: [parent.pid, child.pid] };
    const bug = walResetBug(parent, child);
    return staged(database, { parent }, { 'fork-shared-connection': shared, ...bug });
  }),
];
