/** A process of the demo: one connection, told by its parent what to do. Arguments: role, database. */
import { loadDriver } from '../dist/sqlite/driver.js';

const [, , role, path] = process.argv;
const BUSY_TIMEOUT_MS = 300;
const Database = await loadDriver();
let connection = null;

const open = () => {
  connection ??= new Database(path, { timeout: BUSY_TIMEOUT_MS });
  return connection;
};

const requests = {
  create() {
    open().pragma('journal_mode = WAL');
    open().exec('CREATE TABLE orders(id INTEGER PRIMARY KEY, note TEXT)');
    open().exec("INSERT INTO orders(note) VALUES ('first')");
  },
  'begin-reading'() {
    open().exec('BEGIN');
    open().prepare('SELECT count(*) FROM orders').get();
  },
  'end-reading': () => open().exec('COMMIT'),
  'commit-many'() {
    const insert = open().prepare('INSERT INTO orders(note) VALUES (hex(randomblob(1500)))');
    for (let count = 0; count < 1200; count += 1) insert.run();
  },
  'begin-writing'() {
    open().exec('BEGIN IMMEDIATE');
    open().exec("UPDATE orders SET note = 'being written' WHERE id = 1");
  },
  commit: () => open().exec('COMMIT'),
  write() {
    const start = performance.now();
    try {
      open().exec("INSERT INTO orders(note) VALUES ('customer')");
      return { error: null, waitedMs: 0 };
    } catch (error) {
      return { error: `${error.code}: ${error.message}`, waitedMs: Math.round(performance.now() - start) };
    }
  },
};

process.title = `demo-${role}`;
process.on('message', (request) => process.send(requests[request]() ?? { done: true }));
