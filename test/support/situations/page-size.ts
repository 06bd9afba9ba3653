/** The smallest and the largest page. 65536 does not fit into the header's 16 bits and is written as 1. */
import { INSERT, makeWalDatabase } from './database.js';
import { byEachKind, staged, walResetBug } from './situation.js';

export const situations = [512, 65_536].flatMap((pageBytes) =>
  byEachKind(`page-size-${pageBytes}`, async (stage, kind) => {
    const database = stage.path('app.db');
    const worker = await stage.actor(kind);
    const connection = await makeWalDatabase(worker, database, { pageBytes });
    await connection.repeat(5, INSERT);
    return staged(database, { worker }, { 'page-size': { severity: 'info' }, ...walResetBug(worker) });
  }),
);
