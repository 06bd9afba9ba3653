/**
 * `npm run bench`: what dblock costs, as ratios measured in one run, in pairs, so that a machine that is busy or slow
 * is so for both sides. It judges nothing: the numbers in README.md are quoted from here, with date and machine.
 */
import { fork, spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DBLOCK = fileURLToPath(new URL('../bin/dblock.js', import.meta.url));
const ACTOR = fileURLToPath(new URL('./demo-actor.mjs', import.meta.url));
const RUNS = Number(process.argv[2] ?? 15);
const INTERVAL_MS = 250;
const MANY = 2000;
const GIB = 2 ** 30;

const folder = mkdtempSync(join(tmpdir(), 'dblock-bench-'));

/** Wall time of one process, in milliseconds. */
function timeNode(...args) {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

const doctor = (...args) => timeNode(DBLOCK, 'doctor', '--fail-on', 'never', ...args);

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Runs both in turn after a warm-up; medians of each side, of the ratios and of the differences. */
function pair(one, other, runs = RUNS) {
  one();
  other();
  const pairs = Array.from({ length: runs }, () => [one(), other()]);
  return {
    one: median(pairs.map(([a]) => a)),
    other: median(pairs.map(([, b]) => b)),
    ratio: median(pairs.map(([a, b]) => a / b)),
    difference: median(pairs.map(([a, b]) => a - b)),
  };
}

/** A database like any other, made by a process that has ended. */
function makeDatabase(name, rows) {
  const path = join(folder, name);
  const program = `
    import { loadDriver } from './dist/sqlite/driver.js';
    const Database = await loadDriver();
    const db = new Database(process.argv[1]);
    db.exec('CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE posts(id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users(id), body TEXT); CREATE INDEX posts_user ON posts(user_id)');
    const insert = db.prepare('INSERT INTO posts(body) VALUES (hex(randomblob(500)))');
    db.transaction(() => { for (let i = 0; i < ${rows}; i += 1) insert.run(); })();
    db.close();`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program, path], {
    cwd: join(ACTOR, '../..'),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return path;
}

/** The same with 10 GiB of unwritten pages behind it, counted in its header. */
function makeSparse(source, bytes) {
  const path = join(folder, 'sparse.db');
  copyFileSync(source, path);
  truncateSync(path, bytes);
  const pageCount = Buffer.alloc(4);
  pageCount.writeUInt32BE(bytes / 4096);
  const fd = openSync(path, 'r+');
  writeSync(fd, pageCount, 0, 4, 28);
  closeSync(fd);
  return path;
}

async function withLive(path, measure) {
  const child = fork(ACTOR, ['writer', path]);
  const ask = (request) => new Promise((resolve) => child.once('message', resolve).send(request));
  await ask('create');
  try {
    return measure();
  } finally {
    child.kill();
  }
}

const ms = (value) => `${value.toFixed(1)} ms`;
function row(what, value, detail) {
  process.stdout.write(`${what.padEnd(58)} ${value.padStart(9)}   ${detail}\n`);
}

try {
  const small = makeDatabase('small.db', 1700);
  process.stdout.write(
    `${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / GIB)} GiB; medians of ${RUNS} pairs\n\n`,
  );

  const start = pair(
    () => doctor(small),
    () => timeNode('-e', '0'),
  );
  row(
    'doctor, nobody attached ÷ node -e 0',
    `${start.ratio.toFixed(2)} ×`,
    `${ms(start.one)}, ${ms(start.other)}`,
  );

  const live = join(folder, 'live.db');
  const used = await withLive(live, () =>
    pair(
      () => doctor(live),
      () => doctor(small),
    ),
  );
  row(
    'doctor, in use − nobody attached − interval',
    ms(used.difference - INTERVAL_MS),
    `${ms(used.one)}, ${ms(used.other)}, ${INTERVAL_MS} ms`,
  );

  const sparse = makeSparse(small, 10 * GIB);
  const size = pair(
    () => doctor(sparse),
    () => doctor(small),
  );
  row(
    'doctor, 10 GiB (sparse) ÷ 1 MiB',
    `${size.ratio.toFixed(2)} ×`,
    `${ms(size.one)}, ${ms(size.other)}; ${(statSync(small).size / 2 ** 20).toFixed(1)} MiB`,
  );

  const many = join(folder, 'many');
  mkdirSync(many);
  for (let count = 0; count < MANY; count += 1) copyFileSync(small, join(many, `${count}.db`));
  const all = pair(
    () => doctor(many),
    () => timeNode('-e', '0'),
    Math.min(RUNS, 3),
  );
  row(`doctor, ${MANY} databases in one call, each`, ms(all.one / MANY), `${ms(all.one)} in all`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
