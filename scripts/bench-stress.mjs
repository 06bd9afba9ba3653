/**
 * `npm run bench:stress`: what measuring costs, as ratios measured in pairs in one run: `dblock stress` against bare
 * better-sqlite3 loops with the same SQL, the memory of many actors, and how soon a copy is ready. It judges nothing.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Histogram } from '../dist/stress/actor/histogram.js';

const DBLOCK = fileURLToPath(new URL('../bin/dblock.js', import.meta.url));
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAIRS = Number(process.argv[2] ?? 7);
const SECONDS = 2;
const MIB = 2 ** 20;

const folder = mkdtempSync(join(tmpdir(), 'dblock-bench-'));

/** What somebody would write who wants to know how fast it can be: the statement of the workload `insert`. */
const BARE = `
  const db = new (require('better-sqlite3'))(process.argv[1], { timeout: 60000 });
  db.pragma('journal_mode = wal');
  db.pragma('synchronous = normal');
  db.exec('CREATE TABLE IF NOT EXISTS dblock_stress_rows(id INTEGER PRIMARY KEY, actor INTEGER NOT NULL, seq INTEGER NOT NULL, payload TEXT NOT NULL)');
  const insert = db.prepare('INSERT INTO dblock_stress_rows(actor, seq, payload) VALUES (?, ?, ?)');
  const payload = 'dblock stress '.padEnd(100, '.');
  process.stdin.once('data', () => {
    const end = performance.now() + ${SECONDS} * 1000;
    let count = 0;
    while (performance.now() < end) insert.run(1, (count += 1), payload);
    console.log(count);
    process.exit();
  });
  console.log('ready');`;

async function bare(writers) {
  const path = join(folder, 'bare.db');
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  const loops = [];
  for (let nth = 0; nth < writers; nth += 1) {
    const loop = spawn(process.execPath, ['-e', BARE, path], {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    loop.stdout.setEncoding('utf8');
    await once(loop.stdout, 'data');
    loops.push(loop);
  }
  const counts = loops.map(async (loop) => {
    loop.stdin.write('go');
    const [text] = await once(loop.stdout, 'data');
    return Number(text);
  });
  const total = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  return total / SECONDS;
}

const LOAD = [
  '--workload',
  'insert',
  '--begin',
  'autocommit',
  '--synchronous',
  'normal',
  '--busy-timeout',
  '60s',
];

function stressed(writers) {
  const args = [
    'stress',
    '--format',
    'json',
    '--duration',
    `${SECONDS}s`,
    '--writers',
    String(writers),
    ...LOAD,
  ];
  const { stdout, stderr } = spawnSync(process.execPath, [DBLOCK, ...args], {
    cwd: '/',
    encoding: 'utf8',
    maxBuffer: 64 * MIB,
    env: { ...process.env, TMPDIR: folder },
  });
  if (stdout === '') throw new Error(stderr);
  // as of the loops: what was begun in that time, and ended when it did
  return JSON.parse(stdout).runs[0].counters.lock_successes / SECONDS;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

async function pairs(one, other, count = PAIRS) {
  const all = [];
  for (let nth = 0; nth < count; nth += 1) {
    // in turn, who comes first
    const first = nth % 2 === 0 ? await one() : null;
    const second = await other();
    all.push([first ?? (await one()), second]);
  }
  return {
    one: median(all.map(([a]) => a)),
    other: median(all.map(([, b]) => b)),
    ratio: median(all.map(([a, b]) => a / b)),
  };
}

function row(what, value, detail) {
  process.stdout.write(`${what.padEnd(62)} ${value.padStart(9)}   ${detail}\n`);
}

async function throughput(writers) {
  const { one, other, ratio } = await pairs(
    () => stressed(writers),
    () => bare(writers),
  );
  row(
    `stress, ${writers} writer(s) ÷ ${writers} bare loop(s), autocommit insert, WAL, NORMAL`,
    `${ratio.toFixed(2)} ×`,
    `${Math.round(one)}/s, ${Math.round(other)}/s`,
  );
}

/** Two looks at the clock and an entry in the histogram: what a wait costs that is recorded. */
function recording() {
  const histogram = new Histogram();
  const rounds = 2e6;
  const time = (work) => {
    const start = performance.now();
    for (let nth = 0; nth < rounds; nth += 1) work(nth);
    return ((performance.now() - start) / rounds) * 1000;
  };
  const measure = () => {
    const start = performance.now();
    histogram.record(performance.now() - start);
  };
  time(measure);
  const costs = Array.from({ length: 5 }, () => time(measure) - time(() => {}));
  row('recording a wait', `${median(costs).toFixed(2)} µs`, 'two looks at the clock, one count');
}

/** Proportional set size: pages that processes share count once. */
async function memory(writers) {
  const args = ['stress', '--duration', '8s', '--writers', String(writers), ...LOAD];
  const child = spawn(process.execPath, [DBLOCK, ...args], {
    cwd: '/',
    stdio: 'ignore',
    env: { ...process.env, TMPDIR: folder },
  });
  let [pss, rss] = [0, 0];
  const ended = once(child, 'exit');
  const timer = setInterval(() => {
    const actors = childrenOf(child.pid);
    pss = Math.max(pss, sumOf(actors, 'smaps_rollup', 'Pss'));
    rss = Math.max(rss, sumOf(actors, 'status', 'VmRSS'));
  }, 1000);
  await ended;
  clearInterval(timer);
  row(
    `memory of ${writers} actors, each`,
    `${(rss / writers / 1024).toFixed(1)} MiB`,
    `resident; ${(pss / writers / 1024).toFixed(1)} MiB if shared pages are shared out`,
  );
}

function childrenOf(parent) {
  return readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && read(`/proc/${name}/status`).includes(`\nPPid:\t${parent}\n`),
  );
}

function sumOf(pids, file, name) {
  const sizes = pids.map((pid) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(read(`/proc/${pid}/${file}`))?.[1] ?? 0),
  );
  return sizes.reduce((sum, kib) => sum + kib, 0);
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** A database of 1 GiB whose pages are there. */
function makeLarge() {
  const path = join(folder, 'large.db');
  execFileSync(
    process.execPath,
    [
      '-e',
      `
    const db = new (require('better-sqlite3'))(process.argv[1]);
    db.exec('CREATE TABLE blobs(id INTEGER PRIMARY KEY, data BLOB)');
    const insert = db.prepare('INSERT INTO blobs(data) VALUES (randomblob(1000000))');
    db.transaction(() => { for (let nth = 0; nth < 1060; nth += 1) insert.run(); })();
    db.close();`,
      path,
    ],
    { cwd: ROOT },
  );
  return path;
}

async function copying() {
  const large = makeLarge();
  const copyOf = join(folder, 'cp.db');
  const cp = () => {
    const start = performance.now();
    execFileSync('cp', [large, copyOf]);
    const took = performance.now() - start;
    rmSync(copyOf);
    return took;
  };
  // in turn, so that each finds the page cache and the disk as the other left them
  const runs = [];
  cp();
  for (let nth = 0; nth < 5; nth += 1) {
    runs.push({ before: cp(), ...(await firstActor(large)), after: cp() });
  }
  const of = (pick) => median(runs.map((run) => pick(run) / ((run.before + run.after) / 2)));
  const cpMs = Math.round(median(runs.map(({ before }) => before)));
  for (const [what, key] of [
    ['1 GiB ready ÷ cp', 'readyMs'],
    ['1 GiB, from the start of the command to that of its actor ÷ cp', 'actorMs'],
  ]) {
    row(
      what,
      `${of((run) => run[key]).toFixed(2)} ×`,
      `${Math.round(median(runs.map((run) => run[key])))} ms, ${cpMs} ms`,
    );
  }
}

/** How long the report says that it took to have the arena ready, and how long it was until the actor started. */
async function firstActor(path) {
  const options = ['--format', 'json', '--transactions', '1', '--writers', '1'];
  const start = performance.now();
  const child = spawn(process.execPath, [DBLOCK, 'stress', path, ...options], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: folder },
  });
  const report = text(child.stdout);
  const hasActor = () =>
    read(`/proc/${child.pid}/task/${child.pid}/children`)
      .split(' ')
      .some((pid) => read(`/proc/${pid}/cmdline`).includes('actor-process'));
  while (!hasActor()) await delay(2);
  const actorMs = performance.now() - start;
  return { actorMs, readyMs: JSON.parse(await report).arena.ready_ms };
}

try {
  process.stdout.write(
    `${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model.trim()}, load ${loadavg()[0].toFixed(1)}; medians of ${PAIRS} pairs of ${SECONDS} s\n\n`,
  );
  recording();
  await throughput(1);
  await throughput(8);
  await memory(64);
  await copying();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
