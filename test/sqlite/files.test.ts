import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { chmod, link, mkdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileProblem } from '../../src/sqlite/errors.js';
import { formatDevice, statFile, withFile } from '../../src/sqlite/files.js';
import { asNobody, whyNotAsNobody } from '../support/nobody.js';
import { openStage, type Stage } from '../support/stage.js';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.clear());

const readStart = (path: string) => withFile(path, (file) => file.read(0, 16).toString('latin1'));

function problemOf(call: () => unknown): FileProblem {
  try {
    call();
  } catch (error) {
    if (error instanceof FileProblem) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('statFile', () => {
  it('says what the system says', async () => {
    await writeFile(stage.path('a'), 'twelve bytes', { mode: 0o640 });
    await link(stage.path('a'), stage.path('b'));
    const expected = await stat(stage.path('a'));
    expect(statFile(stage.path('a'))).toMatchObject({
      path: stage.path('a'),
      inode: String(expected.ino),
      bytes: 12,
      allocatedBytes: expected.blocks * 512,
      links: 2,
      mode: 0o640,
      uid: expected.uid,
      gid: expected.gid,
      modifiedAtMs: expect.closeTo(expected.mtimeMs, 2),
      bornAtMs: expect.closeTo(expected.birthtimeMs, 2),
    });
  });

  it('counts allocated bytes, not the length', async () => {
    await writeFile(stage.path('sparse'), '');
    await truncate(stage.path('sparse'), 2 ** 20);
    expect(statFile(stage.path('sparse'))).toMatchObject({ bytes: 2 ** 20, allocatedBytes: 0 });
  });

  it('is null where there is nothing', () => {
    expect(statFile(stage.path('nothing'))).toBeNull();
  });
});

it.each([
  [0xfe00n, 'fe:00'],
  [0x28n, '00:28'],
  [0x0801n, '08:01'],
  [(259n << 8n) | 5n, '103:05'],
  [0x10000001n, '00:10001'],
  [0xfffff00000000000n | 0x12345n, 'fffff123:45'],
])('device %x is printed as /proc/locks does', (device, text) => {
  expect(formatDevice(device)).toBe(text);
});

describe('withFile', () => {
  it('reads where it is told, and less at the end', async () => {
    await writeFile(stage.path('a'), '0123456789');
    withFile(stage.path('a'), (file) => {
      expect(file.state.bytes).toBe(10);
      expect(file.read(3, 4).toString()).toBe('3456');
      expect(file.read(8, 100).toString()).toBe('89');
      expect(file.read(10, 1)).toHaveLength(0);
      expect(file.read(2 ** 40, 1)).toHaveLength(0);
    });
  });

  it('reads into the buffer it is given', async () => {
    await writeFile(stage.path('a'), '0123456789');
    const buffer = Buffer.alloc(16);
    const bytes = withFile(stage.path('a'), (file) => file.read(4, 16, buffer));
    expect(bytes.toString()).toBe('456789');
    expect(bytes.buffer).toBe(buffer.buffer);
  });

  it('closes what it opened, also when the reading throws', async () => {
    await writeFile(stage.path('a'), 'text');
    const before = readdirSync('/dev/fd').length;
    readStart(stage.path('a'));
    const fail = () =>
      withFile(stage.path('a'), () => {
        throw new Error('thrown by the caller');
      });
    expect(fail).toThrow('thrown by the caller');
    expect(readdirSync('/dev/fd')).toHaveLength(before);
  });

  it.each(['missing', 'missing/app.db'])('%s', (name) => {
    expect(problemOf(() => readStart(stage.path(name))).kind).toBe('missing');
  });

  it('refuses a folder', async () => {
    await mkdir(stage.path('folder'));
    expect(problemOf(() => readStart(stage.path('folder')))).toMatchObject({
      kind: 'not-a-file',
      message: expect.stringContaining('is a folder'),
    });
  });

  it('refuses a FIFO and a socket without opening them', async () => {
    execFileSync('mkfifo', [stage.path('fifo')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(stage.path('socket'), resolve));
    expect(problemOf(() => readStart(stage.path('fifo'))).message).toContain('is a FIFO (named pipe)');
    expect(problemOf(() => readStart(stage.path('socket'))).message).toContain('is a socket');
    await new Promise((resolve) => server.close(resolve));
  });

  it('refuses a device', () => {
    expect(problemOf(() => readStart('/dev/null')).message).toContain('is a device');
  });

  it('names a loop of links, and a name that is too long', async () => {
    await symlink('loop', stage.path('loop'));
    expect(problemOf(() => readStart(stage.path('loop'))).kind).toBe('symlink-loop');
    expect(problemOf(() => readStart(stage.path('x'.repeat(300)))).message).toContain('the name is too long');
  });

  it.skipIf(whyNotAsNobody)('names a missing permission, for the file and for its folder', async () => {
    await chmod(stage.folder, 0o755);
    await writeFile(stage.path('secret'), 'text');
    await chmod(stage.path('secret'), 0);
    const read = async () => problemOf(() => readStart(stage.path('secret'))).kind;
    expect(await asNobody(read)).toBe('no-permission');
    await chmod(stage.folder, 0o700);
    await chmod(stage.path('secret'), 0o644);
    if (process.geteuid?.() === 0) expect(await asNobody(read)).toBe('no-permission');
  });
});

describe('the guard', () => {
  /** Whether this process still has its write lock, asked from another one. */
  async function tryToWrite(path: string): Promise<string> {
    const actor = await stage.actor('node');
    const connection = await actor.open(path);
    return connection.exec('BEGIN IMMEDIATE').then(
      () => 'entered',
      (error: { code: string }) => error.code,
    );
  }

  it.each(['DELETE', 'WAL'])('keeps the locks of a connection of this process (%s)', async (mode) => {
    const path = stage.path('app.db');
    const database = new Database(path);
    database.exec(
      `PRAGMA journal_mode=${mode}; CREATE TABLE t(a); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)`,
    );
    await symlink(path, stage.path('symlink.db'));
    await link(path, stage.path('hardlink.db'));
    for (const name of ['app.db', 'symlink.db', 'hardlink.db']) {
      expect(problemOf(() => readStart(stage.path(name))).kind).toBe('has-connection');
    }
    if (mode === 'WAL') expect(problemOf(() => readStart(`${path}-shm`)).kind).toBe('has-connection');
    expect(await tryToWrite(path)).toBe('SQLITE_BUSY');
    database.close();
    expect(readStart(path)).toBe('SQLite format 3\0');
  });

  it('lets -wal through, which never carries locks', async () => {
    const path = stage.path('app.db');
    const database = new Database(path);
    database.exec('PRAGMA journal_mode=WAL; CREATE TABLE t(a); BEGIN IMMEDIATE');
    const bytes = withFile(`${path}-wal`, (file) => file.read(0, 4).toString('hex'), 'unguarded');
    expect(bytes).toMatch(/^377f068[23]$/);
    expect(await tryToWrite(path)).toBe('SQLITE_BUSY');
    database.close();
  });

  it('has nothing to say about the connections of others, whose locks survive', async () => {
    const actor = await stage.actor('node');
    const connection = await actor.open(stage.path('app.db'));
    await connection.exec('PRAGMA journal_mode=WAL', 'CREATE TABLE t(a)', 'BEGIN IMMEDIATE');
    expect(readStart(stage.path('app.db'))).toBe('SQLite format 3\0');
    withFile(stage.path('app.db-shm'), (file) => file.read(0, 136));
    expect(await tryToWrite(stage.path('app.db'))).toBe('SQLITE_BUSY');
  });

  it('refuses a file that is being read already: its end would close the first one', async () => {
    await writeFile(stage.path('a'), 'text');
    const nested = () => withFile(stage.path('a'), () => readStart(stage.path('a')));
    expect(problemOf(nested).kind).toBe('has-connection');
    await rm(stage.path('a'));
  });
});
