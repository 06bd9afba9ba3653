/**
 * `npm run bench:requeue [orphans] [rounds]`: what it costs to requeue very many orphans, alone and beside a writer with a busy
 * timeout of one second, against a single UPDATE that does the same. It judges nothing.
 */
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';

const SELF = fileURLToPath(import.meta.url);
const ROUNDS = Number(process.argv[3] ?? 5);
const DBLOCK = fileURLToPath(new URL('../bin/dblock.js', import.meta.url));
const SET = "status = 'queued', started_at = NULL, worker = NULL";
const OWN_TABLE =
  '--table jobs --status status --running running --queued queued --started started_at --owner worker';

if (process.argv[2] === 'writer') write(process.argv[3]);
else await bench(Number(process.argv[2] ?? 1_000_000));

function elapsedMs(start) {
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** Commits every 10 ms until it is told to stop; then tells how it fared. */
function write(path) {
  const insert = new Database(path, { timeout: 1000 }).prepare('INSERT INTO other VALUES (1)');
  const counts = { commits: 0, errors: 0, longestMs: 0 };
  const turn = () => {
    const start = process.hrtime.bigint();
    try {
      insert.run();
      counts.commits += 1;
    } catch {
      counts.errors += 1;
    }
    counts.longestMs = Math.max(counts.longestMs, elapsedMs(start));
  };
  const timer = setInterval(turn, 10);
  process.once('disconnect', () => clearInterval(timer));
  process.once('message', () => {
    clearInterval(timer);
    process.send(counts, () => process.disconnect());
  });
  turn();
  process.send('ready');
}

function fill(path, orphans) {
  const database = new Database(path);
  database.exec(`PRAGMA journal_mode = WAL; CREATE TABLE other(n);
    CREATE TABLE jobs(id INTEGER PRIMARY KEY, payload TEXT, status TEXT NOT NULL, started_at INTEGER, worker TEXT);
    CREATE INDEX jobs_status ON jobs(status);
    WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${orphans})
      INSERT INTO jobs SELECT i, hex(zeroblob(50)), 'running', 1790000000, 'worker-' || (i % 4) FROM n;
    PRAGMA wal_checkpoint(TRUNCATE);`);
  database.close();
}

/** One statement, and the close that moves its WAL into the database. */
function updateAll(path) {
  const start = process.hrtime.bigint();
  const before = process.cpuUsage();
  const database = new Database(path, { timeout: 30_000 });
  database.exec(`UPDATE jobs SET ${SET} WHERE status = 'running'`);
  database.close();
  const { user, system } = process.cpuUsage(before);
  return { wallMs: elapsedMs(start), cpuMs: (user + system) / 1000 };
}

/** The whole command, from its start to its end, and the requeueing in it as the report has it. */
function requeueAll(path) {
  const program = [process.execPath, DBLOCK, 'requeue-orphans', path, ...OWN_TABLE.split(' ')];
  const journal = `${path}.jsonl`;
  const start = process.hrtime.bigint();
  const { stdout, stderr } = spawnSync(
    '/usr/bin/time',
    [
      ...['-f', '%M %U %S', ...program, '--older-than', '1h', '--apply', '--journal', journal],
      ...['--format', 'json'],
    ],
    { encoding: 'utf8', maxBuffer: 2 ** 27 },
  );
  const commandMs = elapsedMs(start);
  rmSync(journal, { force: true });
  const { queues, summary, outcome } = JSON.parse(stdout).databases[0];
  if (outcome !== 'done') throw new Error(`requeue-orphans: ${summary}`);
  const { applied } = queues[0];
  const [peakKib, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return {
    ...{ wallMs: applied.duration_ms, commandMs, cpuMs: (user + system) * 1000 },
    ...{ rows: applied.requeued, transactions: applied.transactions },
    ...{ holdMs: applied.longest_hold_ms, peakMib: peakKib / 1024 },
  };
}

async function besideWriter(path, work) {
  const writer = fork(SELF, ['writer', path]);
  await new Promise((resolve) => writer.once('message', resolve));
  const done = work(path);
  // its end removes the WAL by its name: no other database may have that by then
  const ended = once(writer, 'exit');
  const counts = await new Promise((resolve) => writer.once('message', resolve).send('stop'));
  await ended;
  return { ...done, ...counts };
}

async function bench(orphans) {
  const folder = mkdtempSync(join(tmpdir(), 'dblock-bench-'));
  try {
    const original = join(folder, 'original.db');
    fill(original, orphans);
    const load = loadavg()[0].toFixed(1);
    console.log(
      `${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model.trim()}, load ${load}; ${orphans} orphans, medians of ${ROUNDS} rounds`,
    );
    const rounds = [];
    for (let nth = 0; nth < ROUNDS; nth += 1) rounds.push(await round(original));
    report(rounds);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each on a copy of its own, one after the other. */
async function round(original) {
  const path = `${original}-copy`;
  const onCopy = async (work) => {
    copyFileSync(original, path);
    const done = await work(path);
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    return done;
  };
  return {
    update: await onCopy(updateAll),
    alone: await onCopy(requeueAll),
    updateBeside: await onCopy((copy) => besideWriter(copy, updateAll)),
    beside: await onCopy((copy) => besideWriter(copy, requeueAll)),
  };
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function report(rounds) {
  const [of, most] = [median, (values) => Math.max(...values)].map(
    (pick) => (who, what) => pick(rounds.map((one) => one[who][what])),
  );
  const ratio = (who, what, base = 'wallMs') =>
    `${median(rounds.map((one) => one[who][what] / one.update[base])).toFixed(2)} ×`;
  const writer = (who) =>
    `the writer: ${of(who, 'commits')} commits, ${most(who, 'errors')} errors, at most ${most(who, 'longestMs').toFixed(0)} ms each`;
  const cpu = (who) => `CPU ${of(who, 'cpuMs').toFixed(0)} ms`;
  console.log(`one UPDATE, alone: ${of('update', 'wallMs').toFixed(0)} ms, ${cpu('update')}`);
  console.log(
    `one UPDATE, beside a writer: ${of('updateBeside', 'wallMs').toFixed(0)} ms; ${writer('updateBeside')}`,
  );
  for (const [who, where] of [
    ['alone', 'alone'],
    ['beside', 'beside a writer'],
  ]) {
    console.log(
      `requeue-orphans --apply, ${where}: ${of(who, 'wallMs').toFixed(0)} ms, ${ratio(who, 'wallMs')} the UPDATE alone; the whole command ${of(who, 'commandMs').toFixed(0)} ms, ${ratio(who, 'commandMs')}, ${cpu(who)}, ${ratio(who, 'cpuMs', 'cpuMs')}`,
    );
    console.log(
      `  ${of(who, 'rows')} requeued in ${of(who, 'transactions')} transactions, WRITE held for ${most(who, 'holdMs').toFixed(0)} ms at most, ${most(who, 'peakMib').toFixed(0)} MiB`,
    );
    if (who === 'beside') console.log(`  ${writer(who)}`);
  }
}
