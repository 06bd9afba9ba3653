/** Healthy databases: nothing may be found but what is worth knowing. */
import { INSERT, makeRollbackDatabase, makeWalDatabase, ONE_FRAME, READ } from './database.js';
import { byEachKind, type Situation, staged, walResetBug } from './situation.js';

const wal = byEachKind('clean-wal', async (stage, kind) => {
  const database = stage.path('app.db');
  const worker = await stage.actor(kind);
  const connection = await makeWalDatabase(worker, database);
  await connection.repeat(20, INSERT);
  return staged(database, { worker }, walResetBug(worker));
});

const walClosed = byEachKind('clean-wal-closed', async (stage, kind) => {
  const database = stage.path('app.db');
  const worker = await stage.actor(kind);
  await makeWalDatabase(worker, database);
  await worker.exit({ closeSqlite: true });
  return staged(database, {}, {});
});

/** Read for the first time since the last close: an empty WAL, and an index that knows no page size yet. */
const walOpened = byEachKind('clean-wal-opened', async (stage, kind) => {
  const database = stage.path('app.db');
  const worker = await stage.actor(kind);
  await (await makeWalDatabase(worker, database)).close();
  await (await worker.open(database)).query(READ);
  return staged(database, { worker }, walResetBug(worker));
});

const rollback = byEachKind('clean-rollback', async (stage, kind) => {
  const database = stage.path('app.db');
  const worker = await stage.actor(kind);
  await makeRollbackDatabase(worker, database);
  await worker.exit({ closeSqlite: true });
  return staged(database, {}, {});
});

const rollbackLive = byEachKind('clean-rollback-live', async (stage, kind) => {
  const database = stage.path('app.db');
  const worker = await stage.actor(kind);
  await makeRollbackDatabase(worker, database);
  return staged(database, { worker }, {});
});

/** The write lock is seen in every sample, each time for another transaction. */
const walWriting = byEachKind('clean-wal-writing', async (stage, kind) => {
  const database = stage.path('app.db');
  const worker = await stage.actor(kind);
  await (await makeWalDatabase(worker, database)).close();
  await worker.writeLoop({ path: database, setup: ['PRAGMA synchronous=OFF'], sql: [ONE_FRAME] });
  return staged(database, { worker }, walResetBug(worker));
}).map((situation): Situation => ({ ...situation, still: false }));

export const situations = [...wal, ...walClosed, ...walOpened, ...rollback, ...rollbackLive, ...walWriting];
