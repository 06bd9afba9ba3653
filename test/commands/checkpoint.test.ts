/** `dblock checkpoint`, as a user runs it, beside real processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, copyFile, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { reportJsonSchema, reportLineJsonSchema } from '../../src/report/shapes.js';
import type { Actor, Connection } from '../support/actor.js';
import { PROGRAM, runDblock } from '../support/dblock.js';
import { skipReason, titled } from '../support/programs.js';
import {
  INSERT,
  makeRollbackDatabase,
  makeWalDatabase,
  ONE_FRAME,
  READ,
} from '../support/situations/database.js';
import { situationNamed } from '../support/situations/index.js';
import { mountSmall } from '../support/small-disk.js';
import { expectUnchanged, snapshotFolder } from '../support/snapshot.js';
import { openStage, type Stage } from '../support/stage.js';
import { until } from '../support/until.js';
import { watchWriteLock } from '../support/write-lock-watcher.js';

const NOBODY = 65534;
const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
const isReport = ajv.compile(reportJsonSchema());
const isLine = ajv.compile(reportLineJsonSchema());

/** Runs it with --format json, and holds what it prints to the schema. */
async function checkpoint(path: string, ...args: string[]) {
  const run = await runDblock(['checkpoint', path, '--format', 'json', '--interval', '20ms', ...args]);
  if (run.stdout === '') throw new Error(`no report: ${run.stderr}`);
  const report = JSON.parse(run.stdout);
  expect(isReport(report) || isReport.errors).toBe(true);
  expect(report.exit_code).toBe(run.status);
  return { ...run, report, database: report.databases[0] };
}

interface Pinned {
  readonly path: string;
  readonly writer: Actor;
  readonly connection: Connection;
  readonly reader: Actor;
  readonly reading: Connection;
}

/** 10 frames that the reader sees, and 200 that it does not. better-sqlite3's SQLite has no WAL-reset bug. */
async function pinnedWal(stage: Stage): Promise<Pinned> {
  const path = stage.path('app.db');
  const [writer, reader] = [await stage.actor('node'), await stage.actor('node')];
  const connection = await makeWalDatabase(writer, path);
  await connection.repeat(10, ONE_FRAME);
  const reading = await reader.open(path);
  await reading.exec('BEGIN', READ);
  await connection.repeat(200, ONE_FRAME);
  return { path, writer, connection, reader, reading };
}

const linux = skipReason(['linux']);

describe.skipIf(linux)('a pinned WAL', () => {
  it('passive moves what it can, and names pid, command, slot and mark', async () => {
    await using stage = await openStage();
    const { path, reader } = await pinnedWal(stage);
    const { status, database } = await checkpoint(path);
    expect(status).toBe(1);
    const { outcome, before, after } = database;
    expect(outcome).toMatchObject({
      outcome: 'incomplete',
      summary: /10 frames.*moved; 200 frames could not/,
    });
    expect(outcome.run).toMatchObject({
      ...{ mode: 'passive', tries: 1, frames_moved: 10, bytes_moved: 10 * (4096 + 24) },
      ...{ writers_kept_waiting_ms: 0, connection: 'abandoned' },
      steps: [{ row: { busy: 0, log: 210, checkpointed: 10 }, write_lock: { kind: 'not-taken' } }],
    });
    expect(outcome.blockers).toMatchObject([
      { pid: reader.pid, role: 'reader', slot: 1, mark: 10, frames_held_back: 200 },
    ]);
    expect(outcome.blockers[0].process).toContain('actor.mjs');
    expect(outcome.remedy.commands).toContain(`ps -o pid,ppid,stat,lstart,args -p ${reader.pid}`);
    expect(before.frames.value).toMatchObject({ mx_frame: 210, backfilled: 0, backlog_frames: 210 });
    expect(after.frames.value).toMatchObject({ mx_frame: 210, backfilled: 10, backlog_frames: 200 });
    expect(after.attached.map(({ pid }: { pid: number }) => pid)).toContain(reader.pid);
  });

  it('truncate ends with its wait, and after the reader has ended leaves 0 bytes', async () => {
    await using stage = await openStage();
    const { path, reader, reading } = await pinnedWal(stage);
    const blocked = await checkpoint(path, '--truncate', '--wait', '1s');
    expect(blocked.status).toBe(1);
    const { run, blockers } = blocked.database.outcome;
    expect(blockers).toMatchObject([{ pid: reader.pid, slot: 1, mark: 10 }]);
    const step = run.steps.at(-1);
    expect(step).toMatchObject({ mode: 'truncate', row: { busy: 1, log: 210, checkpointed: 10 } });
    // looking before and after counts: at least a quarter of the wait is left, and never all of it
    expect(step.duration_ms).toBeGreaterThanOrEqual(250);
    expect(step.duration_ms).toBeLessThan(blocked.report.duration_ms);
    expect(run.writers_kept_waiting_ms).toBeLessThanOrEqual(step.duration_ms);
    expect(blocked.database.after.wal_bytes).toBe(blocked.database.before.wal_bytes);

    await reading.exec('COMMIT');
    const done = await checkpoint(path, '--truncate', '--wait', '1s', '--retry-until', '20s');
    expect(done.status).toBe(0);
    expect(done.database.outcome).toMatchObject({
      outcome: 'complete',
      run: { frames_moved: 200, frames_moved_at_least: false },
    });
    expect(done.database.after).toMatchObject({ wal_bytes: 0, frames: { value: { backlog_frames: 0 } } });
    expect(statSync(`${path}-wal`).size).toBe(0);
  });

  it('--retry-until waits for the moment when the reader ends', async () => {
    await using stage = await openStage();
    const { path, reading } = await pinnedWal(stage);
    const running = checkpoint(path, '--truncate', '--wait', '200ms', '--retry-until', '20s');
    const shmInode = statSync(`${path}-shm`).ino;
    await until(() => isHeld(shmInode, 120), 'the checkpoint to keep writers out');
    await until(() => !isHeld(shmInode, 120), 'its first try to end');
    await reading.exec('COMMIT');
    const { status, database } = await running;
    expect(status).toBe(0);
    expect(database.outcome.run.tries).toBeGreaterThan(1);
    expect(statSync(`${path}-wal`).size).toBe(0);
  });

  it('--retry-until gives up in time', async () => {
    await using stage = await openStage();
    const { path, reader } = await pinnedWal(stage);
    const { status, database } = await checkpoint(path, '--wait', '100ms', '--retry-until', '4s');
    expect(status).toBe(1);
    expect(database.outcome.run.tries).toBeGreaterThan(1);
    expect(database.outcome.blockers).toMatchObject([{ pid: reader.pid }]);
  });

  it('of a stopped reader says so first', async () => {
    await using stage = await openStage();
    const { path, reader } = await pinnedWal(stage);
    await reader.signal('SIGSTOP');
    const { database } = await checkpoint(path);
    expect(database.outcome.blockers).toMatchObject([{ pid: reader.pid, state: 'T', summary: /is stopped/ }]);
    expect(database.outcome.remedy.commands[0]).toBe(`kill -CONT ${reader.pid}`);
  });
});

/** Whether anybody has a lock that contains this byte of the file. */
function isHeld(inode: number, byte: number): boolean {
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some(
      (fields) => fields[5]?.endsWith(`:${inode}`) && Number(fields[6]) <= byte && byte <= Number(fields[7]),
    );
}

describe('beside a writer at full speed without a busy timeout', () => {
  const needs = ['linux', 'python3'] as const;

  it.skipIf(linux)('a passive checkpoint causes no error', async () => {
    await using stage = await openStage();
    const path = stage.path('app.db');
    const writer = await stage.actor('node');
    await makeWalDatabase(writer, path);
    await writer.writeLoop({ path, setup: ['PRAGMA wal_autocheckpoint=0'], sql: [ONE_FRAME] });
    const started = (await writer.loopCounts()).rounds;
    for (let runs = 0; runs < 3; runs += 1) {
      const { database } = await checkpoint(path);
      expect(['complete', 'incomplete']).toContain(database.outcome.outcome);
      expect(database.outcome.run.frames_moved).toBeGreaterThan(0);
    }
    const { rounds, errors } = await writer.stopLoop();
    expect(errors).toEqual({});
    expect(rounds).toBeGreaterThan(started);
  });

  it.skipIf(skipReason(needs)).each(['full', 'restart', 'truncate'])(
    titled('the time that %s kept writers waiting is what an outsider measures', needs),
    async (mode) => {
      await using stage = await openStage();
      const { path, writer } = await pinnedWal(stage);
      await writer.writeLoop({ path, setup: ['PRAGMA wal_autocheckpoint=0'], sql: [ONE_FRAME] });
      await using watcher = await watchWriteLock(`${path}-shm`);
      // a time for tries does not count the looks, which take most of a wait where a machine is busy
      const tries = ['--wait', '1s', '--retry-until', '1s'];
      const { database } = await checkpoint(path, '--mode', mode, ...tries);
      const holds = await watcher.stop();
      await writer.stopLoop();
      const { [String(writer.pid)]: _, ...others } = holds;
      const measured = Object.values(others).flat();
      const total = measured.reduce((sum, { ms }) => sum + ms, 0);
      const doubt = measured.reduce((sum, { plusMinusMs }) => sum + plusMinusMs, 0);
      const { writers_kept_waiting_ms: reported, writers_kept_waiting_plus_minus_ms: plusMinus } =
        database.outcome.run;
      expect(measured.length).toBeGreaterThan(0);
      // a busy machine may keep either of the two from looking: then both know by how much they may be wrong
      expect(Math.abs(reported - total)).toBeLessThan(Math.max(0.1 * total, plusMinus + doubt));
    },
  );

  it.skipIf(linux)('a blocking checkpoint completes, and truncates', async () => {
    await using stage = await openStage();
    const path = stage.path('app.db');
    const writer = await stage.actor('node');
    await makeWalDatabase(writer, path);
    await writer.writeLoop({ path, setup: ['PRAGMA wal_autocheckpoint=0'], sql: [ONE_FRAME] });
    const { status, database } = await checkpoint(path, '--truncate', '--retry-until', '20s');
    await writer.stopLoop();
    expect(status).toBe(0);
    expect(database.outcome.run.frames_moved).toBeGreaterThan(0);
    expect(database.outcome.run.steps.at(-1).row).toEqual({ busy: 0, log: 0, checkpointed: 0 });
  });
});

describe('what is in the way', () => {
  it.skipIf(linux)('is a writer whose transaction does not end', async () => {
    await using stage = await openStage();
    const path = stage.path('app.db');
    const writer = await stage.actor('node');
    const connection = await makeWalDatabase(writer, path);
    await connection.exec('BEGIN IMMEDIATE', ONE_FRAME);
    const { status, database } = await checkpoint(path, '--mode', 'full', '--wait', '300ms');
    expect(status).toBe(1);
    expect(database.outcome.blockers).toMatchObject([{ pid: writer.pid, role: 'writer', slot: null }]);
    // it never had the lock, so nobody waited for it longer than between two looks; on a busy machine they are far apart
    const step = database.outcome.run.steps.at(-1);
    expect(database.outcome.run.writers_kept_waiting_ms).toBeLessThan(step.duration_ms);
  });

  it.skipIf(skipReason(['linux', 'python3']))(
    'is another checkpointer, which is told from a missing WAL',
    async () => {
      await using stage = await openStage();
      const path = stage.path('app.db');
      const writer = await stage.actor('node');
      const connection = await makeWalDatabase(writer, path);
      await connection.repeat(5, ONE_FRAME);
      await using holder = await holdCheckpointLock(path);
      const { status, database } = await checkpoint(path, '--wait', '100ms');
      expect(status).toBe(1);
      expect(database.outcome.run.steps).toMatchObject([{ row: { busy: 1, log: -1, checkpointed: -1 } }]);
      expect(database.outcome.run.steps[0].meaning).toMatch(/another process is checkpointing/);
      expect(database.outcome.blockers).toMatchObject([{ pid: holder.pid, role: 'checkpointer' }]);
    },
  );

  it.skipIf(linux)('is whoever has the database for itself: then it could not', async () => {
    await using stage = await openStage();
    const path = stage.path('app.db');
    const owner = await stage.actor('node');
    const connection = await owner.open(path);
    await connection.exec('PRAGMA locking_mode=EXCLUSIVE', 'PRAGMA journal_mode=WAL', 'CREATE TABLE t (x)');
    const { status, database } = await checkpoint(path, '--wait', '100ms');
    expect(status).toBe(2);
    expect(database.outcome).toMatchObject({ outcome: 'failed', code: 'SQLITE_BUSY', run: null });
    expect(database.outcome.blockers).toMatchObject([{ pid: owner.pid, role: 'exclusive' }]);
  });
});

/** With the locks of any attached process, so that it does not look like one that has lost them. */
const HOLD_CKPT = `
import fcntl, os, struct, sys
database, shm = os.open(sys.argv[1], os.O_RDWR), os.open(sys.argv[1] + "-shm", os.O_RDWR)
def lock(fd, kind, first, count):
    fcntl.fcntl(fd, fcntl.F_SETLK, struct.pack("hhqqi", kind, os.SEEK_SET, first, count, 0))
lock(database, fcntl.F_RDLCK, 1073741826, 510)
lock(shm, fcntl.F_RDLCK, 128, 1)
lock(shm, fcntl.F_WRLCK, 121, 1)
print("held", flush=True)
sys.stdin.read()
`;

async function holdCheckpointLock(path: string) {
  const child = spawn('python3', ['-c', HOLD_CKPT, path]);
  await once(child.stdout, 'data');
  // what python3 in PATH names may be a script that starts it
  const pid = lockOwner(statSync(`${path}-shm`).ino, 121);
  return {
    pid,
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit');
      child.stdin.end();
      await gone;
    },
  };
}

function lockOwner(inode: number, byte: number): number {
  const line = readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .find((one) => new RegExp(`:${inode} ${byte} ${byte}$`).test(one.trim()));
  return Number(line?.trim().split(/\s+/)[4]);
}

describe('a WAL that a crash left', () => {
  async function leftover(stage: Stage): Promise<string> {
    await situationNamed('leftover-wal-node').stage(stage);
    return stage.path('app.db');
  }

  async function rowsOf(stage: Stage, path: string): Promise<unknown> {
    const reader = await stage.actor('node');
    const connection = await reader.open(path);
    const rows = await connection.query('SELECT count(*) FROM jobs');
    await reader.exit({ closeSqlite: true });
    return rows;
  }

  it('is saved before it is opened; then it is in the database and gone', async () => {
    await using stage = await openStage();
    const path = await leftover(stage);
    const wal = await readFile(`${path}-wal`);
    const { status, database } = await checkpoint(path);
    expect(status).toBe(0);
    const [saved, ...others] = database.saved_files;
    expect(others).toEqual([]);
    expect(saved).toMatch(/app\.db-wal\.saved-\d{8}T\d{6}\.\d{3}Z$/);
    expect((await readFile(saved)).equals(wal)).toBe(true);
    expect(database.before.frames.value.backlog_frames).toBeGreaterThan(0);
    const expected = await rowsOf(stage, path);
    expect(expected).toEqual([[8]]);
    const names = (await readdir(stage.folder)).filter((name) => !name.includes('saved'));
    // whether the view is complete decides if a close may delete it
    if (database.outcome.run.connection === 'closed') {
      expect(names).toEqual(['app.db']);
      expect(database.after.wal_bytes).toBeNull();
    }
  });

  it('is saved even if it is damaged: SQLite would delete it', async () => {
    await using stage = await openStage();
    const path = await leftover(stage);
    const wal = await readFile(`${path}-wal`);
    wal.fill(0xff, 0, 32);
    await writeFile(`${path}-wal`, wal);
    const { database } = await checkpoint(path);
    expect((await readFile(database.saved_files[0])).equals(wal)).toBe(true);
  });

  it('is not saved with --no-save', async () => {
    await using stage = await openStage();
    const path = await leftover(stage);
    const { status, database } = await checkpoint(path, '--no-save', '--truncate');
    expect({ status, saved: database.saved_files }).toEqual({ status: 0, saved: [] });
    expect(await readdir(stage.folder)).toEqual(['app.db']);
    expect(await rowsOf(stage, path)).toEqual([[8]]);
  });
});

describe.skipIf(linux)('its own close', () => {
  it.each(['passive', 'full', 'restart'])(
    'after %s leaves the WAL to those who are attached',
    async (mode) => {
      await using stage = await openStage();
      const path = stage.path('app.db');
      const writer = await stage.actor('node');
      const connection = await makeWalDatabase(writer, path);
      await connection.repeat(5, ONE_FRAME);
      const before = statSync(`${path}-wal`);
      const { status, database } = await checkpoint(path, '--mode', mode);
      expect({ status, end: database.outcome.run.connection }).toEqual({ status: 0, end: 'abandoned' });
      expect(statSync(`${path}-wal`)).toMatchObject({ ino: before.ino, size: before.size });
      await connection.exec(ONE_FRAME);
      expect(await connection.query('PRAGMA integrity_check')).toEqual([['ok']]);
    },
  );

  it('does not touch a WAL that took the place of the one it had', async () => {
    await using stage = await openStage();
    const { path } = await pinnedWal(stage);
    const elsewhere = `${await stage.elsewhere()}/app.db`;
    const running = checkpoint(path, '--truncate', '--wait', '200ms', '--retry-until', '20s');
    const shmInode = statSync(`${path}-shm`).ino;
    await until(() => isHeld(shmInode, 121), 'the checkpoint to begin');
    await rename(path, elsewhere);
    await copyFile(elsewhere, path);
    await rename(`${path}-wal`, `${elsewhere}-wal`);
    await writeFile(`${path}-wal`, 'another one');
    const { status, database } = await running;
    expect(status).toBe(2);
    expect(database.outcome).toMatchObject({ outcome: 'failed', summary: /was replaced by another file/ });
    expect(await readFile(`${path}-wal`, 'utf8')).toBe('another one');
  });
});

describe.skipIf(skipReason(['linux', 'root']))('trouble with the disk', () => {
  it('deleted in the middle: it says so, and leaves what took its place alone', async () => {
    await using stage = await openStage();
    const { path } = await pinnedWal(stage);
    const running = checkpoint(path, '--retry-until', '20s');
    const shmInode = statSync(`${path}-shm`).ino;
    await until(() => isHeld(shmInode, 121) || attachedTo(path) > 2, 'the checkpoint to begin');
    await rm(path);
    const { status, stderr, database } = await running;
    expect(status).toBe(2);
    expect(database.outcome).toMatchObject({
      outcome: 'failed',
      summary: /was removed during the checkpoint/,
    });
    expect(database.after).toBeNull();
    expect(stderr).toMatch(/was removed|There is no file/);
    expect(await readdir(stage.folder)).toEqual(['app.db-shm', 'app.db-wal']);
  });

  it('full: nothing is lost, and with room again it completes', async () => {
    await using stage = await openStage();
    await using folder = mountSmall(stage.path('small'), '1m');
    const path = `${folder.path}/app.db`;
    const writer = await stage.actor('node');
    const connection = await makeWalDatabase(writer, path);
    await connection.exec('CREATE TABLE wide (x)');
    await connection.repeat(60, 'INSERT INTO wide VALUES (randomblob(3500))');
    folder.fill();
    const full = await checkpoint(path);
    expect(full.status).toBe(2);
    expect(full.database.outcome).toMatchObject({ code: 'SQLITE_FULL', summary: /Nothing is lost/ });
    expect(await connection.query('SELECT count(*) FROM wide')).toEqual([[60]]);
    folder.drain();
    expect((await checkpoint(path)).status).toBe(0);
    expect(await connection.query('PRAGMA integrity_check')).toEqual([['ok']]);
    await writer.exit({ closeSqlite: true });
  });

  it('no room to save what a crash left: nothing is opened', async () => {
    await using stage = await openStage();
    await using folder = mountSmall(stage.path('small'), '1m');
    const path = `${folder.path}/app.db`;
    const writer = await stage.actor('node');
    const connection = await makeWalDatabase(writer, path);
    await connection.repeat(60, ONE_FRAME);
    await writer.kill();
    folder.fill();
    const before = await snapshotFolder(folder.path);
    const { status, database } = await checkpoint(path);
    expect(status).toBe(2);
    expect(database.outcome.summary).toMatch(/could not be saved: the disk has .* Nothing was opened/);
    expect(database.outcome.remedy.text).toMatch(/--no-save/);
    expectUnchanged(before, await snapshotFolder(folder.path));
  });
});

/** How many processes hold SHARED. */
function attachedTo(path: string): number {
  const pattern = new RegExp(` (\\d+) \\S+:${statSync(path).ino} 1073741826 1073742335$`, 'gm');
  return new Set([...readFileSync('/proc/locks', 'utf8').matchAll(pattern)].map(([, pid]) => pid)).size;
}

describe('what it asks of the application', () => {
  it.skipIf(skipReason(['linux', 'python3']))(
    'prefers passive where its SQLite has the WAL-reset bug',
    async () => {
      await using stage = await openStage();
      const path = stage.path('app.db');
      const writer = await stage.actor('python');
      const connection = await makeWalDatabase(writer, path);
      await connection.repeat(5, ONE_FRAME);
      const careful = await checkpoint(path, '--truncate');
      const hasBug = /^3\.([0-4]?\d|50|51\.[012])\b/.test(writer.sqliteVersion);
      if (!hasBug) return expect(careful.status).toBe(0);
      expect(careful.status).toBe(1);
      expect(careful.stderr).toMatch(/Passive instead of truncate: .*WAL-reset bug/);
      expect(careful.database).toMatchObject({ requested_mode: 'truncate', notes: [/Passive instead/] });
      expect(careful.database.outcome).toMatchObject({
        run: { mode: 'passive', frames_moved: 5 },
        blockers: [],
      });
      const forced = await checkpoint(path, '--truncate', '--force');
      expect(forced.status).toBe(0);
      expect(statSync(`${path}-wal`).size).toBe(0);
    },
  );

  it.skipIf(linux).each([
    [100, /busy timeout is declared as 100 ms: they can fail/],
    [9000, null],
  ])('warns before it blocks writers whose busy timeout is declared as %i ms', async (ms, says) => {
    await using stage = await openStage();
    const path = stage.path('app.db');
    const writer = await stage.actor('node');
    await makeWalDatabase(writer, path);
    await writeFile(
      stage.path('dblock.config.json'),
      JSON.stringify({ connections: { busy_timeout_ms: ms } }),
    );
    const { stderr, database } = await checkpoint(
      path,
      '--truncate',
      '--config',
      stage.path('dblock.config.json'),
    );
    if (says === null) expect({ stderr, notes: database.notes }).toEqual({ stderr: '', notes: [] });
    else {
      expect(stderr).toMatch(says);
      expect(database.notes.join(' ')).toMatch(says);
    }
  });
});

describe('a database that must not be opened', () => {
  it.each([
    ['hot-journal-node', 'hot-journal'],
    ['foreign-wal-beside-rollback-node', 'foreign-wal'],
    ['foreign-wal-page-size-node', 'foreign-wal'],
    ['foreign-wal-beside-empty-node', 'foreign-wal'],
    ['foreign-wal-salts-node', 'foreign-wal'],
    ['split-brain-replaced-node', 'split-brain'],
    ['split-brain-unlinked-node', 'split-brain'],
  ])('%s is refused, and not touched', async (name, check) => {
    const situation = situationNamed(name);
    if (skipReason(situation.needs)) return;
    await using stage = await openStage();
    const { database: path } = await situation.stage(stage);
    const before = await snapshotFolder(stage.folder);
    const { status, database } = await checkpoint(path, '--truncate');
    expect(status).toBe(2);
    expect(database.outcome.outcome).toBe('refused');
    expect(database.outcome.refusals.map((one: { check: string }) => one.check)).toContain(check);
    expectUnchanged(before, await snapshotFolder(stage.folder));
  });

  it('is opened all the same with --force, and the reason is shown', async () => {
    await using stage = await openStage();
    const { database: path } = await situationNamed('foreign-wal-page-size-node').stage(stage);
    const { database, stderr } = await checkpoint(path, '--force');
    expect(stderr).toMatch(/Forced in spite of foreign-wal: /);
    expect(database.notes.join(' ')).toMatch(/Forced in spite of foreign-wal/);
    expect(database.saved_files).toHaveLength(1);
    expect(database.outcome.outcome).not.toBe('refused');
  });

  it('in rollback mode has no WAL, whatever is forced', async () => {
    await using stage = await openStage();
    const maker = await stage.actor('node');
    await makeRollbackDatabase(maker, stage.path('app.db'));
    const before = await snapshotFolder(stage.folder);
    const { status, database } = await checkpoint(stage.path('app.db'), '--force');
    expect(status).toBe(2);
    expect(database.outcome).toMatchObject({ outcome: 'failed', summary: /not in WAL mode/, run: null });
    expectUnchanged(before, await snapshotFolder(stage.folder));
  });
});

describe('nothing to do', () => {
  it('where nobody has it open and there is no WAL', async () => {
    await using stage = await openStage();
    const maker = await stage.actor('node');
    await makeWalDatabase(maker, stage.path('app.db'));
    await maker.exit({ closeSqlite: true });
    const before = await snapshotFolder(stage.folder);
    const { status, database } = await checkpoint(stage.path('app.db'));
    expect({ status, outcome: database.outcome.outcome }).toEqual({ status: 0, outcome: 'unneeded' });
    expectUnchanged(before, await snapshotFolder(stage.folder));
  });

  it('where the WAL is not above --only-above', async () => {
    await using stage = await openStage();
    const { path } = await pinnedWal(stage);
    const before = await snapshotFolder(stage.folder);
    const { status, database } = await checkpoint(path, '--only-above', '64MiB');
    expect(status).toBe(0);
    expect(database.outcome.summary).toMatch(/^The WAL has .* less than 64 MiB is left alone/);
    expectUnchanged(before, await snapshotFolder(stage.folder));
    expect((await checkpoint(path, '--only-above', '1KiB')).status).toBe(1);
  });
});

it('several databases: one after the other, one report, the worst decides', async () => {
  await using stage = await openStage();
  const actor = await stage.actor('node');
  const one = await makeWalDatabase(actor, stage.path('a.db'));
  await one.repeat(5, INSERT);
  await makeRollbackDatabase(actor, stage.path('b.db'));
  const run = await runDblock(['checkpoint', stage.folder, '--format', 'ndjson', '--interval', '10ms']);
  const lines = run.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const line of lines) expect(isLine(line) || isLine.errors).toBe(true);
  expect(lines.map(({ outcome, type }) => outcome?.outcome ?? type)).toEqual([
    'complete',
    'failed',
    'report',
  ]);
  expect(run.status).toBe(2);
});

describe('what users get wrong', () => {
  it.each<[string, string[], RegExp]>([
    ['no time', ['--wait', 'soon'], /--wait takes a time .* not "soon"/],
    ['a negative time', ['--wait=-1s'], /--wait takes a time/],
    ['days', ['--retry-until', '2d'], /--retry-until takes a time/],
    ['far too long', ['--wait', '2h'], /from 0 to 1h/],
    ['no size', ['--only-above', 'huge'], /--only-above takes a size/],
    ['no mode', ['--mode', 'trunkate'], /Did you mean "truncate"/],
    ['two modes', ['--mode', 'full', '--truncate'], /contradict each other/],
    ['a wait longer than all tries', ['--truncate', '--wait', '5s', '--retry-until', '1s'], /ends before/],
    [
      'a format for findings',
      ['--format', 'sarif'],
      /checkpoint has no format "sarif".*table, json or ndjson/,
    ],
  ])('%s', async (_, args, says) => {
    await using stage = await openStage();
    const maker = await stage.actor('node');
    await makeWalDatabase(maker, stage.path('app.db'));
    const { status, stdout, stderr } = await runDblock(['checkpoint', stage.path('app.db'), ...args]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/^dblock: .*\n$/);
  });

  it.each(['file', 'folder'])('a read-only %s', async (what) => {
    if (skipReason(['root'])) return;
    await using stage = await openStage();
    const maker = await stage.actor('node');
    const connection = await makeWalDatabase(maker, stage.path('app.db'));
    await connection.repeat(5, INSERT);
    await maker.kill();
    await chmod(stage.folder, what === 'folder' ? 0o555 : 0o777);
    await chmod(stage.path('app.db'), what === 'file' ? 0o444 : 0o666);
    for (const suffix of ['-wal', '-shm']) await chmod(stage.path(`app.db${suffix}`), 0o666);
    if (what === 'folder') await rm(stage.path('app.db-shm'));
    const before = await snapshotFolder(stage.folder);
    const args = ['checkpoint', stage.path('app.db'), '--format', 'json'];
    const { status, stdout } = await runDblock(args, { uid: NOBODY });
    expect(status).toBe(2);
    const [{ outcome }] = JSON.parse(stdout).databases;
    expect(outcome).toMatchObject({ outcome: 'failed', summary: /cannot be written: no permission/ });
    expectUnchanged(before, await snapshotFolder(stage.folder));
  });
});

describe('a signal', () => {
  it.skipIf(linux)('ends it, its child and its locks', async () => {
    await using stage = await openStage();
    const { path, connection } = await pinnedWal(stage);
    const child = spawn(process.execPath, [PROGRAM, 'checkpoint', path, '--truncate', '--wait', '60s']);
    const ended = once(child, 'exit');
    const output = text(child.stdout);
    const inode = statSync(`${path}-shm`).ino;
    await until(() => isHeld(inode, 120), 'the checkpoint to keep writers out');
    const worker = childrenOf(child.pid ?? 0);
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    expect(await output).toBe('');
    expect(worker).toHaveLength(1);
    expect(worker.filter(isAlive)).toEqual([]);
    await connection.exec(ONE_FRAME);
  });

  it.skipIf(linux)('that nobody can catch leaves no child behind', async () => {
    await using stage = await openStage();
    const { path } = await pinnedWal(stage);
    const child = spawn(process.execPath, [PROGRAM, 'checkpoint', path, '--truncate', '--wait', '500ms']);
    const ended = once(child, 'exit');
    const inode = statSync(`${path}-shm`).ino;
    await until(() => isHeld(inode, 120), 'the checkpoint to keep writers out');
    const [worker = 0] = childrenOf(child.pid ?? 0);
    const walBytes = (await stat(`${path}-wal`)).size;
    child.kill('SIGKILL');
    await ended;
    await until(() => !isAlive(worker), 'the child to end');
    expect((await stat(`${path}-wal`)).size).toBe(walBytes);
  });
});

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => parentOf(other) === pid);
}

function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  const parent = parentOf(pid);
  return parent !== null && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}
