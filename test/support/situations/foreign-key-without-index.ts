/** Children without an index on their parent, as SQL written by hand leaves them. */
import { makeRollbackDatabase } from './database.js';
import { byEachKind, staged } from './situation.js';

export const situations = byEachKind('foreign-key-without-index', async (stage, kind) => {
  const database = stage.path('app.db');
  const maker = await stage.actor(kind);
  const connection = await makeRollbackDatabase(maker, database);
  await connection.exec(
    'CREATE TABLE customers (id INTEGER PRIMARY KEY, code TEXT COLLATE NOCASE UNIQUE)',
    `CREATE TABLE orders (
      id INTEGER PRIMARY KEY,
      customer_id INTEGER REFERENCES customers ON DELETE CASCADE,
      agent_id INTEGER REFERENCES customers,
      "customer's code" TEXT REFERENCES customers (code)
    )`,
    'CREATE INDEX orders_agent ON orders (agent_id)',
  );
  await maker.exit({ closeSqlite: true });
  return staged(database, {}, { 'foreign-key-without-index': { severity: 'info' } });
});
