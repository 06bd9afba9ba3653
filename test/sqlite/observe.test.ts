import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileProblem } from '../../src/sqlite/errors.js';
import { observeFiles } from '../../src/sqlite/observe.js';
import { cipherText } from '../support/cipher-text.js';
import { expectUnchanged, snapshotFolder } from '../support/snapshot.js';
import { openStage, type Stage } from '../support/stage.js';
import { committedFramesBySqlite, openDatabase, WAL_MODE } from './reference.js';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.clear());

const TABLE = 'CREATE TABLE t(a)';
const NUMBERS = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 50) SELECT';

function problemOf(path: string): Pick<FileProblem, 'kind' | 'message'> {
  try {
    observeFiles(path);
  } catch (error) {
    if (error instanceof FileProblem) return { kind: error.kind, message: error.message };
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('what is observed', () => {
  it('of a closed database in rollback mode: the header, nothing beside it', async () => {
    const { path, connection } = await openDatabase(stage, TABLE);
    await connection.close();
    expect(observeFiles(path)).toMatchObject({
      database: { path, bytes: 8192, inode: String((await stat(path)).ino) },
      header: { journalMode: 'rollback', pageCount: 2 },
      wal: null,
      walIndex: null,
      journal: null,
    });
  });

  it('of a live WAL: header, WAL and index that agree', async () => {
    const { path, connection } = await openDatabase(stage, ...WAL_MODE, TABLE);
    const { header, wal, walIndex, journal } = observeFiles(path);
    const walBytes = readFileSync(`${path}-wal`);
    expect(header?.journalMode).toBe('wal');
    expect(wal).toMatchObject({
      file: { path: `${path}-wal`, bytes: walBytes.length },
      content: { kind: 'header' },
    });
    expect(walIndex).toMatchObject({
      file: { path: `${path}-shm`, bytes: 32_768 },
      content: {
        kind: 'index',
        index: {
          mxFrame: await committedFramesBySqlite(connection),
          salts: walBytes.toString('hex', 16, 24),
        },
      },
    });
    expect(journal).toBeNull();
  });

  it('of a truncated WAL: that it is empty', async () => {
    const { path } = await openDatabase(stage, ...WAL_MODE, TABLE, 'PRAGMA wal_checkpoint(TRUNCATE)');
    expect(observeFiles(path)).toMatchObject({
      wal: { file: { bytes: 0 }, content: { kind: 'empty' } },
      walIndex: { content: { kind: 'index', index: { mxFrame: 0 } } },
    });
  });

  it('of a hot journal: that it is active', async () => {
    const rows = `INSERT INTO t ${NUMBERS} randomblob(2000) FROM n`;
    const { path, actor } = await openDatabase(stage, TABLE, 'PRAGMA cache_size=2', 'BEGIN', rows);
    await actor.kill();
    expect(observeFiles(path).journal?.content.kind).toBe('active');
  });

  it('is read again and again beside a writer at full speed, and always whole', async () => {
    const { path, actor } = await openDatabase(stage, 'PRAGMA journal_mode=WAL', TABLE);
    await actor.writeLoop({ path, sql: ['INSERT INTO t VALUES (1)'] });
    let changes = -1;
    let observations = 0;
    while (observations < 200) {
      const content = observeFiles(path).walIndex?.content;
      if (content?.kind !== 'index') throw new Error(`the index is ${content?.kind}`);
      const { mxFrame, nBackfill, nBackfillAttempted, changeCount } = content.index;
      expect(nBackfill).toBeLessThanOrEqual(mxFrame);
      expect(nBackfillAttempted).toBeLessThanOrEqual(mxFrame);
      expect(changeCount).toBeGreaterThanOrEqual(changes);
      changes = changeCount;
      observations += 1;
    }
    expect((await actor.stopLoop()).errors).toEqual({});
  });

  it('changes nothing', async () => {
    const { path, actor } = await openDatabase(stage, ...WAL_MODE, TABLE);
    await actor.kill();
    const before = await snapshotFolder(stage.folder);
    observeFiles(path);
    expectUnchanged(before, await snapshotFolder(stage.folder));
  });
});

describe('a database that cannot be examined', () => {
  it.each<[string, (path: string) => unknown, string, RegExp]>([
    ['missing', () => undefined, 'missing', /There is no file .*app\.db/],
    [
      'empty',
      (path) => writeFile(path, ''),
      'empty',
      /is empty \(0 bytes\): SQLite would make a new database/,
    ],
    ['1 byte', (path) => writeFile(path, 'S'), 'too-short', /it has 1 byte,/],
    ['99 bytes', (path) => writeFile(path, Buffer.alloc(99)), 'too-short', /it has 99 bytes/],
    [
      'a text',
      (path) => writeFile(path, 'text '.repeat(100)),
      'not-a-database',
      /does not begin with "SQLite format 3"/,
    ],
    ['noise', (path) => writeFile(path, cipherText(4096)), 'encrypted', /encrypted.*decrypted copy/],
    ['a folder', (path) => mkdir(path), 'not-a-file', /is a folder/],
    ['a FIFO', (path) => execFileSync('mkfifo', [path]), 'not-a-file', /is a FIFO/],
    ['a symlink loop', (path) => symlink(path, path), 'symlink-loop', /loop of symbolic links/],
  ])('%s', async (_, make, kind, message) => {
    const path = stage.path('app.db');
    await make(path);
    expect(problemOf(path)).toEqual({ kind, message: expect.stringMatching(message) });
  });

  it('an invalid header', async () => {
    const { path, connection } = await openDatabase(stage, TABLE);
    await connection.close();
    const bytes = readFileSync(path);
    bytes.writeUInt8(0, 21);
    await writeFile(path, bytes);
    expect(problemOf(path)).toMatchObject({
      kind: 'not-a-database',
      message: expect.stringContaining('payload fractions'),
    });
  });

  it.each([100, 4096, 8191])('truncated to %i bytes', async (length) => {
    const { path, connection } = await openDatabase(stage, TABLE);
    await connection.close();
    await truncate(path, length);
    expect(problemOf(path)).toMatchObject({
      kind: 'truncated',
      message: expect.stringContaining('its header says 2 pages (8 KiB)'),
    });
  });

  it('but not one that a checkpoint is only beginning to enlarge', async () => {
    const { path, actor } = await openDatabase(stage, ...WAL_MODE, TABLE);
    await actor.kill();
    const bytes = readFileSync(path);
    bytes.writeUInt32BE(100, 28);
    await writeFile(path, bytes);
    expect(observeFiles(path).header).toMatchObject({ pageCount: 100, pageCountValid: true });
  });

  it('and its name is shown on one line', async () => {
    await writeFile(stage.path('a\nb.db'), 'text '.repeat(100));
    expect(problemOf(stage.path('a\nb.db')).message).toMatch(/^.*a\\nb\.db is not a SQLite database.*$/);
  });
});

describe('an empty database', () => {
  it('is examined if a WAL with content lies beside it', async () => {
    const { path, actor } = await openDatabase(stage, ...WAL_MODE, TABLE);
    await actor.kill();
    await truncate(path, 0);
    expect(observeFiles(path)).toMatchObject({
      header: null,
      database: { bytes: 0 },
      wal: { content: { kind: 'header' } },
    });
    await truncate(`${path}-wal`, 0);
    expect(problemOf(path).kind).toBe('empty');
  });

  it('is examined if an active journal lies beside it', async () => {
    const path = stage.path('app.db');
    await writeFile(path, '');
    await writeFile(`${path}-journal`, Buffer.from('d9d505f920a163d7', 'hex'));
    expect(observeFiles(path)).toMatchObject({ header: null, journal: { content: { kind: 'active' } } });
    await writeFile(`${path}-journal`, Buffer.alloc(512));
    expect(problemOf(path).kind).toBe('empty');
  });
});

describe('files beside the database', () => {
  const crashed = async () => {
    const { path, actor } = await openDatabase(stage, ...WAL_MODE, TABLE);
    await actor.kill();
    return path;
  };

  it.each(['-wal', '-shm', '-journal'])(
    '%s that is a folder, a FIFO or a loop is unreadable',
    async (suffix) => {
      const path = await crashed();
      const key = ({ '-wal': 'wal', '-shm': 'walIndex', '-journal': 'journal' } as const)[suffix] ?? 'wal';
      const makers = [
        () => mkdir(path + suffix),
        () => execFileSync('mkfifo', [path + suffix]),
        () => symlink(path + suffix, path + suffix),
      ];
      for (const make of makers) {
        await rm(path + suffix, { recursive: true, force: true });
        await make();
        expect(observeFiles(path)[key]).toMatchObject({
          file: { path: path + suffix },
          content: { kind: 'unreadable', reason: expect.stringContaining(suffix) },
        });
      }
    },
  );

  it('of any length do not keep the database from being examined', async () => {
    const path = await crashed();
    const whole = { '-wal': readFileSync(`${path}-wal`), '-shm': readFileSync(`${path}-shm`) };
    for (const [suffix, bytes] of Object.entries(whole)) {
      for (let length = 0; length <= 140; length += 1) {
        await writeFile(path + suffix, bytes.subarray(0, length));
        expect(observeFiles(path).header?.pageBytes).toBe(4096);
      }
      await writeFile(path + suffix, bytes);
    }
  });

  it('full of noise are invalid, not an error', async () => {
    const path = await crashed();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 33, maxLength: 300 }), async (noise) => {
        const bytes = Buffer.concat([Buffer.from([1]), noise]);
        await writeFile(`${path}-wal`, bytes);
        await writeFile(`${path}-shm`, bytes);
        const { wal, walIndex } = observeFiles(path);
        expect(wal?.content.kind).toBe('invalid');
        expect(walIndex?.content.kind).not.toBe('index');
      }),
      { numRuns: 50 },
    );
  });

  it('whose index stays torn are invalid with the reason', async () => {
    const path = await crashed();
    const shm = readFileSync(`${path}-shm`);
    shm.writeUInt8(shm.readUInt8(8) + 1, 8);
    await writeFile(`${path}-shm`, shm);
    expect(observeFiles(path).walIndex?.content).toMatchObject({
      kind: 'invalid',
      reason: expect.stringContaining('two copies'),
    });
  });
});
