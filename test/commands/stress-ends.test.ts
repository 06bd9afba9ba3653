/** How runs of `dblock stress` end that do not end by themselves, and what they leave behind: nothing. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { PROGRAM, runDblock } from '../support/dblock.js';
import { skipReason } from '../support/programs.js';
import { makeRollbackDatabase, makeWalDatabase } from '../support/situations/database.js';
import { expectUnchanged, snapshotFolder } from '../support/snapshot.js';
import { openStage, type Stage } from '../support/stage.js';
import { expectTruth, isReport, stress } from '../support/stress.js';
import { until } from '../support/until.js';

/** A run in the background, whose arena lies in the folder of the stage. */
interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>;
  /** Pids of its actors, once there are that many. */
  actors(count: number): Promise<number[]>;
  arena(): string | undefined;
}

function start(stage: Stage, ...args: string[]): Running {
  const child = spawn(process.execPath, [PROGRAM, 'stress', '--format', 'json', ...args], {
    cwd: stage.folder,
    env: { ...process.env, TMPDIR: stage.folder, DBLOCK_DATABASE: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = new Promise<[number | null, string | null]>((resolve) => {
    child.once('close', (code, signal) => resolve([code, signal]));
  });
  const ended = Promise.all([closed, text(child.stdout), text(child.stderr)]).then(
    ([[code, signal], stdout, stderr]) => ({ code, signal, stdout, stderr }),
  );
  return {
    child,
    ended,
    actors: async (count) => {
      await until(() => actorsOf(child.pid).length === count, `${count} actors`);
      return actorsOf(child.pid);
    },
    arena: () => arenasIn(stage.folder)[0],
  };
}

function arenasIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith('dblock-stress-'))
    .map((name) => join(folder, name));
}

/** Children that run an actor's program, by /proc. */
function actorsOf(parent: number | undefined): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const status = readOrEmpty(`/proc/${pid}/status`);
      return (
        status.includes(`\nPPid:\t${parent}\n`) &&
        readOrEmpty(`/proc/${pid}/cmdline`).includes('actor-process')
      );
    })
    .map(Number);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const isAlive = (pid: number) => /\nState:\t[^ZX]/.test(readOrEmpty(`/proc/${pid}/status`));

/** SQLite's busy handler sleeps; an actor that thinks waits for a futex. 0: the kernel does not tell. */
const sleepsInCall = (pid: number) => /nanosleep|^0?$/.test(readOrEmpty(`/proc/${pid}/wchan`));

/** Who holds WRITE (byte 120 of -shm), if it is one of them. */
function writerAmong(pids: readonly number[], shm: string): number | null {
  const inode = statSync(shm, { throwIfNoEntry: false })?.ino;
  const lines = readFileSync('/proc/locks', 'utf8').split('\n');
  const held = lines
    .map((line) => line.trim().split(/\s+/))
    .find((fields) => fields[3] === 'WRITE' && fields[5]?.endsWith(`:${inode}`) && fields[6] === '120');
  return pids.find((pid) => String(pid) === held?.[4]) ?? null;
}

async function walDatabase(stage: Stage): Promise<string> {
  const path = stage.path('data.db');
  const actor = await stage.actor('node');
  const connection = await makeWalDatabase(actor, path);
  await connection.close();
  return path;
}

const HOLDING = ['--begin', 'immediate', '--hold', '300ms', '--busy-timeout', '20s', '--synchronous', 'off'];

describe.skipIf(skipReason(['linux']))('a run that is disturbed', () => {
  it('a scenario that is interrupted is not said to be missed', async () => {
    await using stage = await openStage();
    const run = start(stage, '--scenario', 'long-scan');
    // 8 workers, the scan, and the session that some share
    await run.actors(10);
    run.child.kill('SIGINT');
    const { code, stdout } = await run.ended;
    expect(code).toBe(130);
    expect(JSON.parse(stdout).scenario).toMatchObject({ complete: false, missed: [] });
    expect(run.arena()).toBeUndefined();
  });

  it('goes on when an actor is killed in the middle of a transaction, says so, and the truth holds', async () => {
    await using stage = await openStage();
    const load = ['--writers', '3', '--transactions', '4', '--batch', '3', '--threshold', 'failure_rate<1%'];
    const run = start(stage, ...load, ...HOLDING);
    const pids = await run.actors(3);
    let killed: number | null = null;
    await until(() => {
      killed ??= writerAmong(pids, join(run.arena() ?? '', 'scratch.db-shm'));
      return killed !== null;
    }, 'an actor to hold WRITE');
    process.kill(killed ?? 0, 'SIGKILL');
    const { code, stdout } = await run.ended;
    const report = JSON.parse(stdout);
    expect(isReport(report) || isReport.errors).toBe(true);
    expect(code).toBe(0);
    const { actors, notes } = report.runs[0];
    const ends = actors.map(({ pid, end, committed }: { pid: number; end: object; committed: number }) =>
      pid === killed ? end : committed,
    );
    expect(ends).toEqual(expect.arrayContaining([{ end: 'died', how: 'SIGKILL' }, 4, 4]));
    expect(notes.join(' ')).toContain(`(pid ${killed}) died (SIGKILL)`);
    expectTruth(report.runs[0]);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s stops the actors, removes the arena, prints what it has, and exits with %i',
    async (signal, code) => {
      await using stage = await openStage();
      const path = await walDatabase(stage);
      const load = ['--writers', '3', '--duration', '10min', '--threshold', 'failure_rate<=100%'];
      const run = start(stage, path, ...load, ...HOLDING);
      const pids = await run.actors(3);
      await until(() => writerAmong(pids, join(run.arena() ?? '', 'copy.db-shm')) !== null, 'a transaction');
      process.kill(run.child.pid ?? 0, signal);
      const end = await run.ended;
      expect(end.code).toBe(code);
      const report = JSON.parse(end.stdout);
      expect(isReport(report) || isReport.errors).toBe(true);
      expect(report).toMatchObject({ interrupted: signal, verdict: 'incomplete', exit_code: 2 });
      expect(report.runs[0].actors).toHaveLength(3);
      expect(pids.filter(isAlive)).toEqual([]);
      expect(arenasIn(stage.folder)).toEqual([]);
    },
  );

  it('does not call a commit lost of which the writer queue was killed before it could tell', async () => {
    await using stage = await openStage();
    const load = ['--writers', '3', '--duration', '1s', '--writer-queue', '--threshold', 'errors.other>0'];
    const run = start(stage, ...load, ...HOLDING, '--hold', '20ms');
    const pids = await run.actors(4);
    let queue: number | null = null;
    await until(() => {
      queue ??= writerAmong(pids, join(run.arena() ?? '', 'scratch.db-shm'));
      return queue !== null;
    }, 'the queue to hold WRITE');
    process.kill(queue ?? 0, 'SIGKILL');
    const { code, stdout } = await run.ended;
    const report = JSON.parse(stdout);
    expect(report.runs[0].notes.join(' ')).toContain(`writer queue (pid ${queue}) died (SIGKILL)`);
    expectTruth(report.runs[0]);
    // hardly a transaction came about
    expect([code, report.exit_code]).toEqual([2, 2]);
  });

  it('killed with SIGKILL leaves no actor, and an arena that the next run removes', async () => {
    await using stage = await openStage();
    // who waits notices when its wait is over
    const run = start(stage, '--writers', '3', '--duration', '10min', ...HOLDING, '--busy-timeout', '2s');
    const pids = await run.actors(3);
    await until(() => writerAmong(pids, join(run.arena() ?? '', 'scratch.db-shm')) !== null, 'a transaction');
    const abandoned = run.arena() ?? '';
    run.child.kill('SIGKILL');
    await run.ended;
    await until(() => pids.filter(isAlive).length === 0, 'the actors to notice');
    expect(arenasIn(stage.folder)).toEqual([abandoned]);
    const next = await stress(['--transactions', '1'], { cwd: stage.folder, env: { TMPDIR: stage.folder } });
    expect(next.report.notes.join(' ')).toContain(abandoned);
    expect(arenasIn(stage.folder)).toEqual([]);
  });

  it('killed with SIGKILL leaves no actor, even if all of them wait for a lock that nobody gives up', async () => {
    await using stage = await openStage();
    const load = ['--writers', '3', '--duration', '10min', '--think', '50ms', '--synchronous', 'off'];
    const run = start(stage, ...load, '--begin', 'immediate', '--busy-timeout', '10min');
    const pids = await run.actors(3);
    const path = join(run.arena() ?? '', 'scratch.db');
    await until(() => (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0, 'a transaction');
    const actor = await stage.actor('node');
    const other = await actor.open(path, { timeoutMs: 60_000 });
    await other.exec('BEGIN IMMEDIATE');
    await until(() => pids.every(sleepsInCall), 'the actors to wait for the lock');
    run.child.kill('SIGKILL');
    await run.ended;
    await until(() => pids.filter(isAlive).length === 0, 'the actors to end');
    await other.exec('ROLLBACK');
  });

  it('leaves the arena of a run alone that is still alive, and folders that only have such a name', async () => {
    await using stage = await openStage();
    const { mkdir, writeFile } = await import('node:fs/promises');
    await mkdir(stage.path('dblock-stress-notes'));
    await writeFile(stage.path('dblock-stress-notes', 'owner.json'), '{"mine": true}');
    const run = start(stage, '--writers', '1', '--duration', '10min', ...HOLDING);
    await run.actors(1);
    const arenas = arenasIn(stage.folder);
    expect(arenas).toHaveLength(2);
    await stress(['--transactions', '1'], { cwd: stage.folder, env: { TMPDIR: stage.folder } });
    expect(arenasIn(stage.folder)).toEqual(arenas);
    run.child.kill('SIGINT');
    await run.ended;
  });
});

describe('the arena', () => {
  it('is a private copy: only we may read it, and the original is not touched', async () => {
    await using stage = await openStage();
    const path = await walDatabase(stage);
    const before = await snapshotFolder(dirname(path));
    const elsewhere = await stage.elsewhere();
    const { report } = await stress([path, '--transactions', '5', '--keep'], { env: { TMPDIR: elsewhere } });
    expectUnchanged(before, await snapshotFolder(dirname(path)));
    const { path: copy } = report.arena;
    expect(dirname(dirname(copy))).toBe(elsewhere);
    expect((statSync(copy).mode & 0o777).toString(8)).toBe('600');
    expect((statSync(dirname(copy)).mode & 0o777).toString(8)).toBe('700');
    expect(readdirSync(dirname(copy))).not.toContain('owner.json');
  });

  it('in place has tables of its own only, and drops them', async () => {
    await using stage = await openStage();
    const path = await walDatabase(stage);
    const { status, report, run } = await stress([path, '--in-place', '--transactions', '5']);
    expect(status).toBe(0);
    expect(report.arena).toMatchObject({ kind: 'in-place', path });
    expectTruth(run);
    const reader = await (await stage.actor('node')).open(path, { readOnly: true });
    expect(await reader.query("SELECT name FROM sqlite_schema WHERE type = 'table'")).toEqual([['jobs']]);
    expect(await reader.query('SELECT count(*) FROM jobs')).toEqual([[3]]);
  });

  it('in place beside another one in place is refused, and drops nothing of it', async () => {
    await using stage = await openStage();
    const path = await walDatabase(stage);
    const first = start(stage, path, '--in-place', '--writers', '1', '--duration', '10min', ...HOLDING);
    const [pid] = await first.actors(1);
    await until(() => writerAmong([pid ?? 0], `${path}-shm`) !== null, 'a transaction');
    const second = await runDblock(['stress', path, '--in-place', '--yes', '--transactions', '1']);
    expect(second).toMatchObject({ status: 2, stdout: '' });
    expect(second.stderr).toContain(
      `another dblock stress --in-place is at work on it (pid ${first.child.pid})`,
    );
    first.child.kill('SIGINT');
    const { stdout } = await first.ended;
    expect(JSON.parse(stdout).runs[0].errors).toEqual([]);
  });

  it('in place of a database that stays locked is not made, and that is no defect of ours', async () => {
    await using stage = await openStage();
    const path = stage.path('data.db');
    const connection = await makeWalDatabase(await stage.actor('node'), path);
    await connection.exec('BEGIN IMMEDIATE', "UPDATE jobs SET state = 'running'");
    const run = await runDblock(['stress', path, '--in-place', '--yes', '--transactions', '1']);
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toContain('it stayed locked for 5 s; dblock locks says by whom (SQLITE_BUSY)');
  });

  it('in a folder with a long name has its sockets elsewhere, and leaves none', async () => {
    await using stage = await openStage();
    const folder = stage.path('long'.repeat(40));
    mkdirSync(folder);
    const options = ['--writer-queue', '--writers', '2', '--transactions', '5', '--runs', '2'];
    const { status, report } = await stress(options, { cwd: stage.folder, env: { TMPDIR: folder } });
    expect(status).toBe(0);
    expect(report.runs.map(({ counters }: { counters: object }) => counters)).toMatchObject(
      Array.from({ length: 2 }, () => ({ lock_successes: 10 })),
    );
    expect(readdirSync(stage.folder)).toEqual([basename(folder)]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(['process', 'thread'])('is not left where not every %s can be started', async (isolation) => {
    await using stage = await openStage();
    // as from a script: who is not careful kills the whole process group with what was not started
    const command = `ulimit -n 60; "$0" "$1" stress --writers 64 --isolation ${isolation}; echo "ended with $?"`;
    const child = spawn('/bin/sh', ['-c', command, process.execPath, PROGRAM], {
      cwd: stage.folder,
      env: { ...process.env, TMPDIR: stage.folder, DBLOCK_DATABASE: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(stdout).toBe('ended with 2\n');
    expect(stderr).toMatch(/^dblock: its 64 processes could not be started \(.*EMFILE\): with fewer writers/);
    expect(arenasIn(stage.folder)).toEqual([]);
  });

  it('in place is refused beside other processes, without --yes, and where a table has our name', async () => {
    await using stage = await openStage();
    const path = stage.path('data.db');
    const application = await stage.actor('node');
    const connection = await makeWalDatabase(application, path);
    const refused = await runDblock(['stress', path, '--in-place', '--transactions', '1']);
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toContain(`(pid ${application.pid})`);
    await connection.exec('CREATE TABLE dblock_stress_rows (mine)');
    const named = await runDblock(['stress', path, '--in-place', '--yes', '--transactions', '1']);
    expect(named).toMatchObject({ status: 2, stdout: '' });
    expect(named.stderr).toContain('"dblock_stress_rows" that dblock did not make');
    expect(await connection.query('SELECT count(*) FROM dblock_stress_rows')).toEqual([[0]]);
  });

  it('needs room: a target that does not fit is refused before anything is copied', async () => {
    await using stage = await openStage();
    const path = await walDatabase(stage);
    await truncate(path, 2 ** 43);
    const run = await runDblock(['stress', path], { env: { TMPDIR: stage.folder } });
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toContain('no room for a private copy: it takes 8 TiB');
    expect(arenasIn(stage.folder)).toEqual([]);
  });

  it('of a database that stays locked is not made', async () => {
    await using stage = await openStage();
    const path = stage.path('data.db');
    const actor = await stage.actor('node');
    const connection = await makeRollbackDatabase(actor, path);
    await connection.exec('BEGIN EXCLUSIVE');
    const run = await runDblock(['stress', path], { env: { TMPDIR: stage.folder } });
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toContain('a process holds a write lock on the database file');
    expect(arenasIn(stage.folder)).toEqual([]);
  });
});
