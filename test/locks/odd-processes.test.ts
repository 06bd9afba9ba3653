/** Processes that show little of themselves in /proc, or show it under another name. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { link } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { describeLinux } from '../../src/locks/describe.js';
import { observeLinux } from '../../src/locks/linux.js';
import { writeLocksNow } from '../../src/locks/lock-probe.js';
import type { KernelSample } from '../../src/locks/shapes.js';
import type { WatchedDatabase } from '../../src/locks/watched.js';
import { statFile } from '../../src/sqlite/files.js';
import { processState } from '../support/actor-process.js';
import { pythonPath, skipReason, titled } from '../support/programs.js';
import { openStage } from '../support/stage.js';
import { until } from '../support/until.js';

const NOT_A_PID = 0;

function sampleOf(path: string): KernelSample {
  const database = statFile(path);
  if (!database) throw new Error(`${path} is missing`);
  const [wal = null, shm = null, journal = null] = ['-wal', '-shm', '-journal'].map((suffix) =>
    statFile(path + suffix),
  );
  const watched: WatchedDatabase = { path, database, wal, shm, journal, fileSystem: null };
  const [sample] = observeLinux([watched], NOT_A_PID);
  if (!sample) throw new Error('one database gives one sample');
  return sample;
}

const CREATE = ['PRAGMA journal_mode=WAL', 'CREATE TABLE t(x)'];
const WRITE = ['BEGIN IMMEDIATE', 'INSERT INTO t VALUES (1)'];

/** exit(2) ends the first thread alone, as pthread_exit() in main() does; another goes on with its transaction. */
const LEADERLESS = `
import ctypes, platform, sqlite3, sys, threading
def write():
    connection = sqlite3.connect(sys.argv[1], isolation_level=None)
    for sql in sys.argv[2:]:
        connection.execute(sql)
    print('ready', flush=True)
    sys.stdin.read()
threading.Thread(target=write).start()
ctypes.CDLL(None).syscall(60 if platform.machine() == 'x86_64' else 93, 0)
`;

describe.skipIf(skipReason(['linux', 'python3']))(titled('observeLinux', ['linux', 'python3']), () => {
  it('sees the locks of a process whose first thread has ended: it looks like a zombie', async () => {
    await using stage = await openStage();
    const path = stage.path('app.db');
    const child = spawn(pythonPath() ?? '', ['-c', LEADERLESS, path, ...CREATE, ...WRITE]);
    try {
      await once(child.stdout, 'data');
      const pid = child.pid ?? NOT_A_PID;
      await until(() => processState(pid) === 'Z', `the first thread of ${pid} to end`);
      const { locks, processes } = sampleOf(path);
      expect(locks.filter((lock) => lock.mode === 'WRITE')).toMatchObject([{ pid, names: ['WRITE'] }]);
      expect(processes).toMatchObject([{ pid, mapsShm: true }]);
      expect(processes[0]?.state).not.toBe('Z');
      const [process] = describeLinux([pid]);
      expect(process?.sqliteLibraries).toMatchObject({ known: true });
      expect(process?.command).toMatchObject({ known: true });
    } finally {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
  });

  it('tells which write locks a process holds at a later moment', async () => {
    await using stage = await openStage();
    const path = stage.path('app.db');
    const writer = await stage.actor('python');
    const connection = await writer.open(path);
    await connection.exec(...CREATE, ...WRITE);
    const [sighting] = sampleOf(path).processes;
    if (!sighting) throw new Error('the writer was not seen');
    expect(writeLocksNow(sighting)).toEqual(['WRITE']);
    await connection.exec('COMMIT');
    expect(writeLocksNow(sighting)).toEqual([]);
  });

  it('knows a database that is called as if it were deleted', async () => {
    await using stage = await openStage();
    const path = stage.path('app.db (deleted)');
    const writer = await stage.actor('python');
    await (await writer.open(path)).exec(...CREATE, ...WRITE);
    const { locks, processes } = sampleOf(path);
    expect(locks.some(({ names }) => names.includes('WRITE'))).toBe(true);
    expect(processes[0]?.descriptors.every(({ current }) => current)).toBe(true);
  });

  it('tells the sidecars of another name of the database from its own', async () => {
    await using stage = await openStage();
    const [path, other] = [stage.path('app.db'), stage.path('other.db')];
    const [owner, outsider] = [await stage.actor('python'), await stage.actor('python')];
    const connection = await owner.open(path);
    await connection.exec(...CREATE);
    await link(path, other);
    await (await outsider.open(other)).exec('SELECT * FROM sqlite_schema');
    const files = (pid: number) =>
      sampleOf(path)
        .processes.find((process) => process.pid === pid)
        ?.descriptors.map(({ file, current }) => `${file} ${current}`)
        .sort();
    expect(files(owner.pid)).toEqual(['database true', 'shm true', 'wal true']);
    expect(files(outsider.pid)).toEqual(['database true', 'shm false', 'wal false']);
  });
});
