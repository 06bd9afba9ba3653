/** What /proc shows of a locked database, seen as root, as another user, and where a view is limited. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { chmod, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { observeLinux } from '../../src/locks/linux.js';
import type { WatchedDatabase } from '../../src/locks/watched.js';
import { statFile } from '../../src/sqlite/files.js';
import type { FileSystem } from '../../src/sqlite/shapes.js';
import { runDblock } from '../support/dblock.js';
import { skipReason, titled } from '../support/programs.js';
import { openStage, type Stage } from '../support/stage.js';

const NOBODY = 65534;
const NOT_A_PID = 0;

function watched(path: string, fileSystem: FileSystem | null = null): WatchedDatabase {
  const database = statFile(path);
  if (!database) throw new Error(`${path} is missing`);
  const [wal = null, shm = null, journal = null] = ['-wal', '-shm', '-journal'].map((suffix) =>
    statFile(path + suffix),
  );
  return { path, database, wal, shm, journal, fileSystem };
}

async function holdWriteLock(stage: Stage) {
  const path = stage.path('app.db');
  const writer = await stage.actor('node');
  const connection = await writer.open(path);
  await connection.exec(
    'PRAGMA journal_mode=WAL',
    'CREATE TABLE t(x)',
    'BEGIN IMMEDIATE',
    'INSERT INTO t VALUES (1)',
  );
  return { path, writer, connection };
}

describe.skipIf(skipReason(['linux']))(titled('observeLinux', ['linux']), () => {
  it('names the locks of a writer, its state, its descriptors and its mapping', async () => {
    await using stage = await openStage();
    const { path, writer } = await holdWriteLock(stage);
    const [sample] = observeLinux([watched(path)], NOT_A_PID);
    const names = sample?.locks
      .filter(({ pid }) => pid === writer.pid)
      .map(({ mode, names }) => `${mode} ${names}`);
    expect(names).toEqual(expect.arrayContaining(['READ SHARED', 'WRITE WRITE', 'READ DMS']));
    const sighting = sample?.processes.find(({ pid }) => pid === writer.pid);
    expect(sighting).toMatchObject({ mapsShm: true });
    expect(sighting?.descriptors.map(({ file, current }) => ({ file, current }))).toEqual(
      expect.arrayContaining([
        { file: 'database', current: true },
        { file: 'wal', current: true },
        { file: 'shm', current: true },
      ]),
    );
  });

  it('keeps the databases of one run apart', async () => {
    await using one = await openStage();
    await using other = await openStage();
    const [first, second] = [await holdWriteLock(one), await holdWriteLock(other)];
    const samples = observeLinux([watched(first.path), watched(second.path)], NOT_A_PID);
    expect(samples.map(({ processes }) => processes.map(({ pid }) => pid))).toEqual([
      [first.writer.pid],
      [second.writer.pid],
    ]);
  });

  it('never reports the process that looks', async () => {
    await using stage = await openStage();
    const { path, writer } = await holdWriteLock(stage);
    expect(observeLinux([watched(path)], writer.pid)).toMatchObject([{ locks: [], processes: [] }]);
  });

  it('sees that a file was deleted under a process', async () => {
    await using stage = await openStage();
    const { path, writer } = await holdWriteLock(stage);
    const before = watched(path);
    await unlink(`${path}-wal`);
    const [sample] = observeLinux([before], NOT_A_PID);
    const descriptors = sample?.processes.find(({ pid }) => pid === writer.pid)?.descriptors;
    expect(descriptors?.find(({ file }) => file === 'wal')).toMatchObject({ current: false });
    expect(descriptors?.find(({ file }) => file === 'shm')).toMatchObject({ current: true });
  });
});

describe.skipIf(skipReason(['linux', 'root']))(
  titled('doctor and locks as another user', ['linux', 'root']),
  () => {
    it('takes the locks from /proc/locks and says what it cannot see', async () => {
      await using stage = await openStage();
      const { path, writer } = await holdWriteLock(stage);
      await chmod(stage.folder, 0o755);
      for (const suffix of ['', '-wal', '-shm']) await chmod(path + suffix, 0o644);
      const asNobody = { uid: NOBODY, cwd: '/' };
      const locks = JSON.parse((await runDblock(['locks', path, '--format', 'json'], asNobody)).stdout)
        .databases[0];
      expect(locks.rows).toMatchObject([{ pid: writer.pid, role: 'writer', blocks: 'all other writers' }]);
      expect(locks.limits.join(' ')).toMatch(/of other users cannot be inspected; run dblock as root/);
      const doctor = JSON.parse((await runDblock(['doctor', path, '--format', 'json'], asNobody)).stdout)
        .databases[0];
      const outcomeOf = (id: string) => doctor.outcomes.find((outcome: { id: string }) => outcome.id === id);
      expect(outcomeOf('write-lock-held')).toMatchObject({ outcome: 'found' });
      expect(outcomeOf('split-brain')).toMatchObject({ outcome: 'skipped' });
      expect(outcomeOf('wal-reset-bug')).toMatchObject({ outcome: 'skipped' });
    });
  },
);

const UNTRACED = ['root', 'setpriv'] as const;

describe.skipIf(skipReason(['linux', ...UNTRACED]))(
  titled('locks as root that may trace nobody', ['linux', ...UNTRACED]),
  () => {
    it('takes the locks from /proc/locks: that files are listed does not mean that they can be told', async () => {
      await using stage = await openStage();
      const { path, writer } = await holdWriteLock(stage);
      const without = ['setpriv', '--inh-caps=-all', '--bounding-set=-sys_ptrace'];
      const run = await runDblock(['locks', path, '--format', 'json'], { behind: without });
      const [locks] = JSON.parse(run.stdout).databases;
      expect(locks.rows).toMatchObject([{ pid: writer.pid, role: 'writer', blocks: 'all other writers' }]);
      expect(locks.limits.join(' ')).toMatch(/cannot be inspected: root lacks CAP_SYS_PTRACE/);
    });
  },
);

/** A folder that looks like procfs to somebody who sees no process but a kernel thread and pid 1. */
function emptyProc(
  folder: string,
  options: { namespace?: string; locks?: string; hidden?: boolean } = {},
): string {
  const proc = join(folder, 'proc');
  mkdirSync(join(proc, 'self', 'ns'), { recursive: true });
  symlinkSync(options.namespace ?? 'pid:[4026531836]', join(proc, 'self', 'ns', 'pid'));
  if (options.locks !== undefined) writeFileSync(join(proc, 'locks'), options.locks);
  mkdirSync(join(proc, '1', options.hidden ? 'no-fd' : 'fd'), { recursive: true });
  writeFileSync(join(proc, '1', 'stat'), '1 (init) S 0 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 5 0');
  return proc;
}

describe('what limits the view', () => {
  const network = {
    type: 'nfs4',
    mountPoint: '/',
    source: 'server:/',
    device: '00:30',
    options: [],
    freeBytes: 1,
    totalBytes: 1,
  };

  async function viewsWith(options: Parameters<typeof emptyProc>[1], fileSystem: FileSystem | null = null) {
    await using stage = await openStage();
    const path = stage.path('app.db');
    writeFileSync(path, '');
    const [sample] = observeLinux([watched(path, fileSystem)], NOT_A_PID, emptyProc(stage.folder, options));
    return sample;
  }

  it('nothing, where all can be seen', async () => {
    expect(await viewsWith({ locks: '' })).toMatchObject({
      locksView: { complete: true },
      processesView: { complete: true },
    });
  });

  it('a PID namespace hides both', async () => {
    const reason = expect.stringMatching(/PID namespace/);
    expect(await viewsWith({ locks: '', namespace: 'pid:[4026532000]' })).toMatchObject({
      locksView: { complete: false, reason },
      processesView: { complete: false, reason },
    });
  });

  it('processes of other users hide files, not locks', async () => {
    expect(await viewsWith({ locks: '', hidden: true })).toMatchObject({
      locksView: { complete: true },
      processesView: { complete: false, reason: expect.stringMatching(/^1 process .*cannot be inspected/) },
    });
  });

  it('without /proc/locks the locks of those are hidden, too', async () => {
    expect(await viewsWith({ hidden: true })).toMatchObject({
      locksView: { complete: false, reason: expect.stringMatching(/locks cannot be read/) },
    });
  });

  it('a network file system hides the locks of other machines', async () => {
    expect(await viewsWith({ locks: '' }, network)).toMatchObject({
      locksView: { complete: false, reason: expect.stringMatching(/nfs4.*other machines/) },
    });
  });

  it('on btrfs a lock of a hidden process may be on another file', async () => {
    await using stage = await openStage();
    const path = stage.path('app.db');
    writeFileSync(path, '');
    const btrfs = { ...network, type: 'btrfs', device: '00:27' };
    const { inode } = watched(path).database;
    const locks = `1: POSIX  ADVISORY  READ 1 00:27:${inode} 1073741826 1073742335\n`;
    const proc = emptyProc(stage.folder, { locks, hidden: true });
    expect(observeLinux([watched(path, btrfs)], NOT_A_PID, proc)).toMatchObject([
      { locks: [], locksView: { complete: false, reason: expect.stringMatching(/btrfs/) } },
    ]);
    expect(observeLinux([watched(path, { ...btrfs, type: 'ext4' })], NOT_A_PID, proc)).toMatchObject([
      { locks: [{ pid: 1, names: ['SHARED'] }], locksView: { complete: true } },
    ]);
  });
});
