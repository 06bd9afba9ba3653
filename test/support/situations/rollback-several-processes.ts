/** Three processes share a database in rollback mode: every writer shuts out every reader. */
import { makeRollbackDatabase, READ } from './database.js';
import { byEachKind, staged } from './situation.js';

export const situations = byEachKind('rollback-several-processes', async (stage, kind) => {
  const database = stage.path('app.db');
  const [worker1, worker2, worker3] = [
    await stage.actor(kind),
    await stage.actor(kind),
    await stage.actor(kind),
  ];
  await makeRollbackDatabase(worker1, database);
  for (const worker of [worker2, worker3]) await (await worker.open(database)).query(READ);
  return staged(database, { worker1, worker2, worker3 }, { 'rollback-journal': {} });
});
