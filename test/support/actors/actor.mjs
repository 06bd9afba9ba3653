/**
 * A process with better-sqlite3 connections that does what it is told: a JSON object a line in, a
 * reply a line out. actor.py speaks the same protocol with Python's sqlite3; ../actor.ts is the client of both.
 */
import fs from 'node:fs';
import { createInterface } from 'node:readline';
import { setImmediate as turnOfTheEventLoop } from 'node:timers/promises';
import { loadDriver } from '../../../dist/sqlite/driver.js';

const Database = await loadDriver();
const connections = new Map();
const cursors = new Map();
const rawFiles = new Map();
const loops = [];

const reply = (message) => fs.writeSync(1, `${JSON.stringify(message)}\n`);
const connect = (path, timeoutMs, readOnly) => new Database(path, { timeout: timeoutMs, readonly: readOnly });

const commands = {
  open: ({ connection, path, timeoutMs = 0, readOnly = false }) => {
    connections.set(connection, connect(path, timeoutMs, readOnly));
  },
  exec: ({ connection, sql, times = 1 }) => {
    const db = connections.get(connection);
    for (let turn = 0; turn < times; turn += 1) for (const statement of sql) db.exec(statement);
  },
  query: ({ connection, sql }) => connections.get(connection).prepare(sql).raw().all(),
  iterate: ({ connection, cursor, sql }) => {
    const rows = connections.get(connection).prepare(sql).raw().iterate();
    cursors.set(cursor, rows);
    return rows.next().value ?? null;
  },
  'end-iterate': ({ cursor }) => {
    cursors.get(cursor).return();
    cursors.delete(cursor);
  },
  close: ({ connection }) => {
    connections.get(connection).close();
    connections.delete(connection);
  },
  'raw-open': ({ file, path }) => {
    rawFiles.set(file, fs.openSync(path, 'r'));
  },
  'raw-read': ({ file, bytes }) => fs.readSync(rawFiles.get(file), Buffer.alloc(bytes), 0, bytes, 0),
  'raw-close': ({ file }) => {
    fs.closeSync(rawFiles.get(file));
    rawFiles.delete(file);
  },
  fork: () => {
    throw new Error('Node has no fork() that keeps descriptors: use a python actor');
  },
  'write-loop': ({ path, setup, sql, timeoutMs = 0 }) => {
    const db = connect(path, timeoutMs, false);
    for (const statement of setup) db.exec(statement);
    const statements = sql.map((statement) => db.prepare(statement));
    return startLoop(() => writeOnce(db, statements));
  },
  // Two connections read in turn, each starting before the other ends: never a gap without a reader.
  'overlap-loop': ({ path, sql, timeoutMs = 0 }) => {
    const readers = [connect(path, timeoutMs, false), connect(path, timeoutMs, false)];
    beginRead(readers[0], sql);
    return startLoop(() => {
      beginRead(readers[1], sql);
      readers[0].exec('COMMIT');
      readers.reverse();
    });
  },
  'loop-counts': () => loops.at(-1).counts,
  'stop-loop': async () => {
    const loop = loops.pop();
    loop.stopping = true;
    await loop.ended;
    return loop.counts;
  },
  exit: ({ closeSqlite }) => {
    if (closeSqlite) for (const db of connections.values()) db.close();
    reply({ ok: null });
    // process.exit() would let better-sqlite3 close what is open; only a signal does not.
    if (!closeSqlite) process.kill(process.pid, 'SIGKILL');
    process.exit(0);
  },
};

function beginRead(db, sql) {
  db.exec('BEGIN');
  db.prepare(sql).raw().all();
}

function writeOnce(db, statements) {
  try {
    for (const statement of statements) statement.run();
  } catch (error) {
    // A COMMIT that failed leaves its transaction open.
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Runs `turn` at full speed until told to stop; resolves after the first turn. */
async function startLoop(turn) {
  const loop = { stopping: false, counts: { rounds: 0, errors: {} }, ended: undefined };
  loops.push(loop);
  countTurn(turn, loop.counts);
  loop.ended = keepTurning(turn, loop);
}

async function keepTurning(turn, loop) {
  while (!loop.stopping) {
    await turnOfTheEventLoop();
    countTurn(turn, loop.counts);
  }
}

function countTurn(turn, counts) {
  try {
    turn();
    counts.rounds += 1;
  } catch (error) {
    const name = error.code ?? error.name;
    counts.errors[name] = (counts.errors[name] ?? 0) + 1;
  }
}

async function handle({ do: command, ...parameters }) {
  try {
    reply({ ok: (await commands[command](parameters)) ?? null });
  } catch (error) {
    reply({ error: error.code ?? error.name, message: error.message });
  }
}

const [sqliteVersion] = new Database(':memory:').prepare('SELECT sqlite_version()').pluck().all();
reply({ ok: { pid: process.pid, sqliteVersion } });
for await (const line of createInterface({ input: process.stdin })) await handle(JSON.parse(line));
process.exit(0);
