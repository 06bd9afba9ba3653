/** What can be in the way of a repair: then it says so, and the database is as it was. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { cleanEnvironment, PROGRAM, runDblock } from '../../support/dblock.js';
import { openNames } from '../../support/facts.js';
import { dumpOf, fix, resultsOf, shell, traces } from '../../support/fix.js';
import { skipReason } from '../../support/programs.js';
import { makeRollbackDatabase, makeWalDatabase, ONE_FRAME } from '../../support/situations/database.js';
import { situationNamed } from '../../support/situations/index.js';
import { mountSmall } from '../../support/small-disk.js';
import { expectUnchanged, snapshotFolder } from '../../support/snapshot.js';
import { openStage, type Stage } from '../../support/stage.js';
import { until } from '../../support/until.js';

const linux = skipReason(['linux', 'sqlite3']);
const root = skipReason(['linux', 'sqlite3', 'root']);
const NOBODY = 65534;

/** A foreign key without an index, which is safe to repair, and nobody attached. */
async function unindexed(stage: Stage, path = stage.path('app.db')): Promise<string> {
  const maker = await stage.actor('node');
  const connection = await makeRollbackDatabase(maker, path);
  await connection.exec(
    'CREATE TABLE children (id INTEGER PRIMARY KEY, job_id INTEGER REFERENCES jobs)',
    'INSERT INTO children (job_id) VALUES (1), (2)',
  );
  await maker.exit({ closeSqlite: true });
  return path;
}

const ID = 'foreign-key-without-index';

describe.skipIf(linux)('somebody is in the way', () => {
  it('a writer: it waits, names pid, command and lock, and changes nothing', async () => {
    await using stage = await openStage();
    const path = await unindexed(stage);
    const writer = await stage.actor('node');
    const connection = await writer.open(path);
    await connection.exec('BEGIN IMMEDIATE', ONE_FRAME);
    const before = await dumpOf(stage, path);
    const { status, database } = await fix(path, '--apply', '--wait', '300ms');
    expect(status).toBe(1);
    expect(database.repairs[0].result).toMatchObject({
      result: 'prevented',
      preventers: [{ pid: writer.pid, lock: 'RESERVED', process: /actor\.mjs/ }],
    });
    expect(database.backup).toMatchObject({ kind: 'left-out', reason: /removed again/ });
    expect(await traces(path)).toEqual([]);
    await connection.exec('COMMIT');
    expect(await dumpOf(stage, path)).not.toBe(before);
    expect((await fix(path, '--apply')).status).toBe(0);
  });

  it('a reader, for the switch to WAL mode: new readers get their turn meanwhile', async () => {
    await using stage = await openStage();
    const { database: path, actors } = await situationNamed('rollback-several-processes-node').stage(stage);
    const reader = await stage.actor('node');
    const reading = await reader.open(path);
    await reading.exec('BEGIN');
    await reading.query('SELECT * FROM jobs');
    const blocked = await fix(path, '--apply', '--wait', '500ms');
    expect(blocked.status).toBe(1);
    expect(blocked.database.repairs[0].result).toMatchObject({
      result: 'prevented',
      preventers: [{ pid: reader.pid, lock: 'SHARED' }],
    });
    const { worker1 } = actors;
    const running = fix(path, '--apply', '--wait', '20s');
    await worker1?.writeLoop({ path, sql: ['SELECT count(*) FROM jobs'], timeoutMs: 2000 });
    await reading.exec('COMMIT');
    const { status, database } = await running;
    expect(status).toBe(0);
    expect(database.repairs[0].result.result).toBe('cleared');
    expect((await worker1?.stopLoop())?.errors).toEqual({});
  });

  it('anybody attached, for a page size: nothing is begun', async () => {
    await using stage = await openStage();
    const { database: path, actors } = await situationNamed('page-size-512-node').stage(stage);
    const before = await dumpOf(stage, path);
    const { status, database } = await fix(path, '--apply', 'page-size', '--wait', '200ms');
    expect(status).toBe(1);
    expect(database.repairs[0].result.preventers).toMatchObject([{ pid: actors['worker']?.pid }]);
    expect(await dumpOf(stage, path)).toBe(before);
  });

  it('a writer at full speed gets no error, and the backup is whole', async () => {
    await using stage = await openStage();
    const path = stage.path('app.db');
    const writer = await stage.actor('node');
    const connection = await makeWalDatabase(writer, path);
    await connection.exec('CREATE TABLE children (id INTEGER PRIMARY KEY, job_id INTEGER REFERENCES jobs)');
    await writer.writeLoop({ path, sql: ['INSERT INTO children (job_id) VALUES (1)'], timeoutMs: 10_000 });
    const { status, database } = await fix(path, '--apply');
    const { errors } = await writer.stopLoop();
    expect(errors).toEqual({});
    expect(status).toBe(0);
    expect(database.backup).toMatchObject({ kind: 'made', method: 'backup-api', files: ['app.db'] });
    expect(await dumpOf(stage, `${database.backup.path}/app.db`)).toMatch(/^COMMIT;$/m);
  });

  it('a transaction whose journal is not hot is left alone', async () => {
    await using stage = await openStage();
    const path = await unindexed(stage);
    const writer = await stage.actor('node');
    const connection = await writer.open(path);
    await connection.exec(
      'CREATE TABLE wide (x)',
      'PRAGMA cache_size=5',
      'BEGIN IMMEDIATE',
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
       INSERT INTO wide SELECT randomblob(3500) FROM n`,
    );
    const journal = readFileSync(`${path}-journal`);
    const { status, database } = await fix(path, '--apply', ID, '--wait', '200ms');
    // what is half written is not read: then nobody knows whether there is something to repair
    expect(status).toBe(2);
    expect(database.summary).toMatch(
      /^foreign-key-without-index: whether there is something to repair cannot be told/,
    );
    expect(database.backup).toBeNull();
    expect(readFileSync(`${path}-journal`).equals(journal)).toBe(true);
    await connection.exec('COMMIT');
    expect(await connection.query('SELECT count(*) FROM wide')).toEqual([[200]]);
  });
});

describe.skipIf(linux)('locks that do not keep everybody out', () => {
  it('forbid every connection: it prints what to do, and touches nothing', async () => {
    await using stage = await openStage();
    const { database: path } = await situationNamed('split-brain-replaced-node').stage(stage);
    const before = await snapshotFolder(stage.folder);
    const { status, database } = await fix(path, '--apply');
    expect(status).toBe(0);
    const [splitBrain] = database.unrepaired.filter(({ id }: { id: string }) => id === 'split-brain');
    expect(splitBrain).toMatchObject({ severity: 'critical', withheld: false });
    expect(splitBrain.remedy.commands[0]).toMatch(/^kill -STOP \d+$/);
    expect(database.summary).toMatch(/^Nothing that dblock repairs.*1 critical finding/);
    expectUnchanged(before, await snapshotFolder(stage.folder));
  });
});

describe.skipIf(root)('files and disks', () => {
  it('a folder that it may not write: a sentence, and exit 2', async () => {
    await using stage = await openStage();
    const path = await unindexed(stage);
    await chmod(stage.folder, 0o755);
    const before = await snapshotFolder(stage.folder);
    const run = await runDblock(['fix', path, '--apply'], { uid: NOBODY });
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(
      /^dblock: Nothing was begun: .*dblock-fix.* cannot be made \(no permission\)\. Run it as/,
    );
    expectUnchanged(before, await snapshotFolder(stage.folder));
  });

  it('sidecars of somebody else: only root may give them away', async () => {
    await using stage = await openStage();
    const { database: path } = await situationNamed('sidecar-permissions-owner-node').stage(stage);
    const folder = await snapshotFolder(stage.folder);
    const run = await runDblock(['fix', path, '--apply', '--format', 'json'], { uid: 1000 });
    expect(run.status).toBe(2);
    const [repair] = JSON.parse(run.stdout).databases[0].repairs;
    expect(repair.result).toMatchObject({ result: 'failed', summary: /only root may give files away/ });
    const { mode, uid } = folder.get('app.db-wal') ?? {};
    expect((await snapshotFolder(stage.folder)).get('app.db-wal')).toMatchObject({ mode, uid });
  });

  it('no room for the backup: nothing is changed', async () => {
    await using stage = await openStage();
    await using small = mountSmall(stage.path('small'), '1m');
    const path = await unindexed(stage, `${small.path}/app.db`);
    const before = await dumpOf(stage, path);
    const { status, database } = await fix(path, '--apply');
    expect(status).toBe(2);
    expect(database.backup).toMatchObject({ kind: 'failed', reason: /it takes .* and .* has .* free/ });
    expect(database.repairs[0].result.summary).toMatch(/Nothing was changed/);
    expect(await dumpOf(stage, path)).toBe(before);
    expect(await traces(path)).toEqual([]);
    // there is room elsewhere
    const folder = await stage.elsewhere();
    const elsewhere = await fix(path, '--apply', '--backup-to', folder);
    expect(elsewhere.status).toBe(0);
    expect(elsewhere.database.backup.path.startsWith(folder)).toBe(true);
  });

  it('a full disk without a backup: the transaction is rolled back', async () => {
    await using stage = await openStage();
    await using small = mountSmall(stage.path('small'), '1m');
    const path = `${small.path}/app.db`;
    const maker = await stage.actor('node');
    const connection = await makeRollbackDatabase(maker, path);
    await connection.exec(
      'PRAGMA foreign_keys=OFF',
      'CREATE TABLE children (id INTEGER PRIMARY KEY, job_id INTEGER REFERENCES jobs)',
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
       INSERT INTO children (job_id) SELECT i FROM n`,
    );
    await maker.exit({ closeSqlite: true });
    const before = await dumpOf(stage, path);
    small.fill();
    const { status, database } = await fix(path, '--apply', '--no-backup');
    expect(status).toBe(2);
    expect(database.repairs[0].result).toMatchObject({
      code: 'SQLITE_FULL',
      summary: /rolls the transaction back/,
    });
    expect(database.backup).toMatchObject({ kind: 'left-out', reason: /--no-backup/ });
    small.drain();
    expect(await dumpOf(stage, path)).toBe(before);
  });

  it('deleted in the middle: it says so', async () => {
    await using stage = await openStage();
    const path = await unindexed(stage);
    const writer = await stage.actor('node');
    await (await writer.open(path)).exec('BEGIN IMMEDIATE', ONE_FRAME);
    const running = fix(path, '--apply', '--wait', '20s', '--no-backup');
    await until(() => childAttached(path), 'the repair to begin');
    await rm(path);
    await rm(`${path}-journal`, { force: true });
    await writer.kill();
    const { status, stderr, database } = await running;
    expect(status).toBe(2);
    expect(stderr + JSON.stringify(database.repairs)).toMatch(/There is no file|was removed/);
    expect(existsSync(path)).toBe(false);
    expect(await traces(path)).toEqual([]);
  });
});

/** Whether a process of dblock has the database open. */
function childAttached(path: string): boolean {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.some(
    (pid) => commandOf(Number(pid)).includes('repair-process') && openNames(Number(pid)).includes(path),
  );
}

describe.skipIf(linux)('runs that meet or do not end', () => {
  it('another run is at work: it waits for nothing, and says which', async () => {
    await using stage = await openStage();
    const path = await unindexed(stage);
    const other = await stage.actor('node');
    symlinkSync(
      `pid=${other.pid},ticks=${startTicks(other.pid)},at=2026-11-21T01:00:00.000Z,wal=0`,
      `${path}.dblock-fix`,
    );
    const run = await runDblock(['fix', path, '--apply']);
    expect(run.status).toBe(2);
    expect(run.stderr).toContain(
      `Another dblock fix (pid ${other.pid}, since 2026-11-21T01:00:00.000Z) is at work`,
    );
    expect(await traces(path)).toEqual(['app.db.dblock-fix']);
  });

  it('what a killed run left is named by the next, and removed when it applies', async () => {
    await using stage = await openStage();
    const path = await unindexed(stage);
    const partial = `${path}.dblock-backup-20261121T010000Z.partial`;
    mkdirSync(partial);
    writeFileSync(`${partial}/app.db`, 'half');
    symlinkSync('pid=4194300,ticks=1,at=2026-11-21T01:00:00.000Z,wal=0', `${path}.dblock-fix`);
    const before = await snapshotFolder(stage.folder);
    const preview = await fix(path);
    expect(preview.database.notes).toEqual([
      expect.stringMatching(/An earlier dblock fix \(pid 4194300, .*\) was killed/),
      expect.stringContaining(`Left by it: ${partial}`),
    ]);
    expectUnchanged(before, await snapshotFolder(stage.folder));
    const applied = await fix(path, '--apply');
    expect(applied.status).toBe(0);
    expect(applied.database.notes.join()).toContain(`Removed: ${partial}`);
    expect(await traces(path)).toEqual([expect.stringMatching(/^app\.db\.dblock-backup-\w+$/)]);
  });

  it('killed between leaving WAL mode and returning: the next run returns', async () => {
    await using stage = await openStage();
    const path = await unindexed(stage);
    symlinkSync('pid=4194300,ticks=1,at=2026-11-21T01:00:00.000Z,wal=1', `${path}.dblock-fix`);
    const preview = await fix(path);
    expect(preview.database.repairs[0]).toMatchObject({
      finding: null,
      repair: { what: /^Return to WAL mode/ },
    });
    const { status, database } = await fix(path, '--apply');
    expect(status).toBe(0);
    expect(database.repairs[0].result.result).toBe('cleared');
    expect(readFileSync(path).subarray(18, 20)).toEqual(Buffer.from([2, 2]));
  });

  it('interrupted while it waits: nothing of it is left', async () => {
    await using stage = await openStage();
    const path = await unindexed(stage);
    const writer = await stage.actor('node');
    await (await writer.open(path)).exec('BEGIN IMMEDIATE', ONE_FRAME);
    const run = spawn(process.execPath, [PROGRAM, 'fix', path, '--apply', '--wait', '60s'], {
      env: cleanEnvironment(),
    });
    const [stdout, stderr] = [text(run.stdout), text(run.stderr)];
    await until(() => childAttached(path), 'the repair to wait');
    run.kill('SIGINT');
    const [status] = await once(run, 'close');
    expect({ status, stdout: await stdout, stderr: await stderr }).toEqual({
      status: 130,
      stdout: '',
      stderr: '',
    });
    expect((await traces(path)).filter((name) => !/-backup-\w+$/.test(name))).toEqual([]);
  });
});

describe('what is asked', () => {
  it.each([
    [['--apply', 'pagesize'], /There is no repair "pagesize"\. Did you mean "page-size"\? There are /],
    [['--apply', 'split-brain'], /dblock has no repair for "split-brain": dblock explain split-brain says/],
    [['--no-backup'], /--no-backup has no meaning without --apply/],
    [['--apply', '--no-backup', '--backup-to', '/tmp'], /contradict each other/],
    [['--apply', '--wait', 'soon'], /--wait takes a time from 0 to 1h/],
    [['--format', 'sarif'], /fix has no format "sarif": it can print table, json, ndjson or markdown/],
  ])('%j is a usage error', async (args, message) => {
    const run = await runDblock(['fix', 'app.db', ...args]);
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(message);
    expect(run.stdout).toBe('');
  });

  it.skipIf(linux)('several databases are a usage error that lists them', async () => {
    await using stage = await openStage();
    await unindexed(stage);
    await unindexed(stage, stage.path('queue.db'));
    const run = await runDblock(['fix', stage.folder]);
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/fix repairs one database at a time, and these are 2: .*Name one\./);
  });

  it.skipIf(linux)('a database may follow --apply, and ids are given with commas or blanks', async () => {
    await using stage = await openStage();
    await unindexed(stage);
    const args = ['fix', '--format', 'json', '--apply', 'auto-vacuum,page-size', ID, './app.db'];
    const run = await runDblock(args, { cwd: stage.folder });
    expect(run.status).toBe(0);
    const [database] = JSON.parse(run.stdout).databases;
    expect(database.summary).toMatch(/^1 of 1 repair cleared; auto-vacuum: not found.*page-size: not found/);
  });

  it.skipIf(linux)('what is muted is repaired by id only', async () => {
    await using stage = await openStage();
    const path = await unindexed(stage);
    writeFileSync(
      stage.path('dblock.config.json'),
      JSON.stringify({ mute: [{ check: ID, reason: 'small' }] }),
    );
    const config = ['--config', stage.path('dblock.config.json')];
    const plain = await fix(path, '--apply', ...config);
    expect({ status: plain.status, results: resultsOf(plain) }).toEqual({
      status: 0,
      results: { [ID]: 'left-out' },
    });
    expect(resultsOf(await fix(path, '--apply', ID, ...config))).toEqual({ [ID]: 'cleared' });
  });

  it.skipIf(linux)('a database with statistics gets those of the new index, and no others', async () => {
    await using stage = await openStage();
    const path = await unindexed(stage);
    shell(path, 'CREATE INDEX states ON jobs (state); ANALYZE; DELETE FROM children WHERE id = 2;');
    const before = shell(path, "SELECT * FROM sqlite_stat1 WHERE tbl = 'jobs'");
    const { status, database } = await fix(path, '--apply');
    expect(status).toBe(0);
    expect(database.repairs[0].repair.steps.at(-1)).toBe('ANALYZE "idx_children_job_id";');
    expect(shell(path, 'SELECT idx, stat FROM sqlite_stat1 ORDER BY idx').trim().split('\n')).toContain(
      'idx_children_job_id|1 1',
    );
    expect(shell(path, "SELECT * FROM sqlite_stat1 WHERE tbl = 'jobs'")).toBe(before);
  });

  it.skipIf(linux)('--estimate measures on a private copy', async () => {
    await using stage = await openStage();
    const path = await unindexed(stage);
    const before = await snapshotFolder(stage.folder);
    const { database } = await fix(path, '--estimate');
    const { value } = database.repairs[0].estimate;
    expect(value.duration_ms).toBeGreaterThan(0);
    expect(value.grew_bytes).toBe(4096);
    expectUnchanged(before, await snapshotFolder(stage.folder));
  });

  it.skipIf(skipReason(['linux', 'sqlite3', 'python3']))(
    'the switch to WAL mode by id, with nobody there: the best moment for it',
    async () => {
      await using stage = await openStage();
      const path = stage.path('app.db');
      const maker = await stage.actor('python');
      await makeRollbackDatabase(maker, path);
      await maker.exit({ closeSqlite: true });
      expect((await fix(path)).status).toBe(0);
      expect(resultsOf(await fix(path, '--apply', 'rollback-journal'))).toEqual({
        'rollback-journal': 'cleared',
      });
      const after = await snapshotFolder(stage.folder);
      expect((await fix(path, '--apply', 'rollback-journal')).status).toBe(0);
      expectUnchanged(after, await snapshotFolder(stage.folder));
    },
  );
});

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

function startTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
}
