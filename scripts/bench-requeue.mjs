/**
 * `npm run bench:requeue [orphans]`: what it costs to requeue very many orphans, against a single UPDATE that does the
 * same, and beside a writer with a busy timeout of one second. It judges nothing.
 */
import { fork, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';

const SELF = fileURLToPath(import.meta.url);
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
  const database = new Database(path);
  database.exec(`UPDATE jobs SET ${SET} WHERE status = 'running'`);
  database.close();
  const { user, system } = process.cpuUsage(before);
  return { wallMs: elapsedMs(start), cpuMs: (user + system) / 1000 };
}

function requeueAll(path, folder) {
  const program = [process.execPath, DBLOCK, 'requeue-orphans', path, ...OWN_TABLE.split(' ')];
  const { stdout, stderr } = spawnSync(
    '/usr/bin/time',
    ['-f', '%M %U %S', ...program, '--older-than', '1h', '--apply', '--format', 'json'],
    { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 27 },
  );
  const { applied } = JSON.parse(stdout).databases[0].queues[0];
  const [peakKib, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { ...applied, peakMib: peakKib / 1024, cpuMs: (user + system) * 1000 };
}

async function bench(orphans) {
  const folder = mkdtempSync(join(tmpdir(), 'dblock-bench-'));
  try {
    const paths = ['update.db', 'alone.db', 'beside.db'].map((name) => join(folder, name));
    const [update, alone, beside] = paths;
    fill(update, orphans);
    copyFileSync(update, alone);
    copyFileSync(update, beside);
    const load = loadavg()[0].toFixed(1);
    console.log(
      `${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model.trim()}, load ${load}`,
    );
    const single = updateAll(update);
    console.log(
      `a single UPDATE of ${orphans} rows: ${single.wallMs.toFixed(0)} ms, CPU ${single.cpuMs.toFixed(0)} ms`,
    );
    report('requeue-orphans --apply, alone', requeueAll(alone, folder), single);
    const writer = fork(SELF, ['writer', beside]);
    await new Promise((resolve) => writer.once('message', resolve));
    report('requeue-orphans --apply, beside a writer', requeueAll(beside, folder), single);
    const counts = await new Promise((resolve) => writer.once('message', resolve).send('stop'));
    console.log(
      `  the writer: ${counts.commits} commits, ${counts.errors} errors, at most ${counts.longestMs.toFixed(0)} ms each`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(
  what,
  { duration_ms: durationMs, longest_hold_ms: holdMs, peakMib, cpuMs, ...counts },
  single,
) {
  console.log(
    `${what}: ${durationMs.toFixed(0)} ms, ${(durationMs / single.wallMs).toFixed(2)} × the UPDATE; CPU of the whole process ${cpuMs.toFixed(0)} ms, ${(cpuMs / single.cpuMs).toFixed(2)} ×; ${counts.requeued} requeued in ${counts.transactions} transactions, WRITE held for ${holdMs.toFixed(0)} ms at most, ${peakMib.toFixed(0)} MiB`,
  );
}
