import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open, truncate } from 'node:fs/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WalIndex, WalScan } from '../../src/sqlite/shapes.js';
import { readCurrentIndex } from '../../src/sqlite/sidecars.js';
import { scanWal } from '../../src/sqlite/wal-scan.js';
import { skipReason, titled } from '../support/programs.js';
import { openStage, type Stage } from '../support/stage.js';
import { committedFramesBySqlite, openDatabase, WAL_MODE, withBigEndianChecksums } from './reference.js';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.clear());

const TABLE = 'CREATE TABLE t(a)';
/** More pages than the cache holds: frames are written before the transaction ends. */
const SPILL = [
  'PRAGMA cache_size=5',
  'BEGIN',
  'INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 300) SELECT randomblob(3000) FROM n',
];

function scanned(scan: ReturnType<typeof scanWal>): WalScan {
  if (!scan.known) throw new Error(scan.reason);
  return scan.value;
}

function indexOf(path: string): WalIndex {
  const index = readCurrentIndex(path);
  if (!index) throw new Error('there is no index');
  return index;
}

const walFrames = (path: string, pageBytes = 4096) =>
  Math.floor((readFileSync(`${path}-wal`).length - 32) / (pageBytes + 24));

describe.each([512, 4096, 65_536])('pages of %i bytes', (pageBytes) => {
  it('the index and the checksums tell of the same committed frames', async () => {
    const { path, connection } = await openDatabase(
      stage,
      `PRAGMA page_size=${pageBytes}`,
      ...WAL_MODE,
      TABLE,
    );
    await connection.repeat(7, 'INSERT INTO t VALUES (randomblob(400))');
    await connection.exec('PRAGMA user_version=42');
    const committedFrames = await committedFramesBySqlite(connection);
    const [[databasePages]] = (await connection.query('PRAGMA page_count')) as [[number]];
    const expected = {
      committedFrames,
      validFrames: committedFrames,
      databasePages,
      pageOne: expect.objectContaining({ pageBytes, userVersion: 42, pageCount: databasePages }),
    };
    expect(scanned(scanWal(path, indexOf(path)))).toEqual({ ...expected, verifiedBy: 'wal-index' });
    expect(scanned(scanWal(path, null))).toEqual({ ...expected, verifiedBy: 'checksums' });
  });
});

it.skipIf(skipReason(['python3']))(
  titled("Python's SQLite writes the same format", ['python3']),
  async () => {
    const actor = await stage.actor('python');
    const path = stage.path('app.db');
    const connection = await actor.open(path);
    await connection.exec(...WAL_MODE, TABLE);
    await connection.repeat(3, 'INSERT INTO t VALUES (1)');
    expect(scanned(scanWal(path, indexOf(path)))).toMatchObject({
      committedFrames: 5,
      verifiedBy: 'wal-index',
    });
    await actor.kill();
    expect(scanned(scanWal(path, null))).toMatchObject({ committedFrames: 5, verifiedBy: 'checksums' });
  },
);

describe('a transaction that is not committed', () => {
  it('counts as valid, not as committed: while it runs', async () => {
    const { path, connection } = await openDatabase(stage, ...WAL_MODE, TABLE);
    const committedFrames = await committedFramesBySqlite(connection);
    await connection.exec(...SPILL);
    const scan = scanned(scanWal(path, indexOf(path)));
    expect(scan).toMatchObject({ committedFrames, databasePages: 2, validFrames: walFrames(path) });
    expect(scan.validFrames).toBeGreaterThan(committedFrames + 100);
  });

  it('counts as valid, not as committed: after a crash', async () => {
    const { path, actor, connection } = await openDatabase(stage, ...WAL_MODE, TABLE);
    const committedFrames = await committedFramesBySqlite(connection);
    await connection.exec(...SPILL);
    await actor.kill();
    const scan = scanned(scanWal(path, null));
    expect(scan).toMatchObject({ committedFrames, databasePages: 2, validFrames: walFrames(path) });
    expect(scan.validFrames).toBeGreaterThan(committedFrames + 100);
  });
});

describe('a WAL that was reset', () => {
  it('ends where the frames of the generation before begin', async () => {
    const { path, connection } = await openDatabase(stage, ...WAL_MODE, TABLE);
    await connection.repeat(20, 'INSERT INTO t VALUES (1)');
    await connection.exec('PRAGMA wal_checkpoint(PASSIVE)', 'INSERT INTO t VALUES (2)');
    for (const index of [indexOf(path), null]) {
      expect(scanned(scanWal(path, index))).toMatchObject({
        committedFrames: 1,
        validFrames: 1,
        pageOne: null,
      });
    }
    expect(walFrames(path)).toBeGreaterThan(20);
  });

  it('has no committed frame until somebody commits', async () => {
    const truncated = ['PRAGMA wal_checkpoint(TRUNCATE)'];
    const { path, connection } = await openDatabase(stage, ...WAL_MODE, TABLE, ...truncated);
    const nothing = { committedFrames: 0, databasePages: 0, verifiedBy: 'wal-index', pageOne: null };
    expect(scanned(scanWal(path, indexOf(path)))).toEqual({ ...nothing, validFrames: 0 });
    await connection.exec(...SPILL);
    expect(scanned(scanWal(path, indexOf(path)))).toEqual({ ...nothing, validFrames: walFrames(path) });
    expect(walFrames(path)).toBeGreaterThan(100);
  });

  it('is read with the index of today when the one at hand is outdated', async () => {
    const { path, connection } = await openDatabase(stage, ...WAL_MODE, TABLE);
    await connection.repeat(5, 'INSERT INTO t VALUES (1)');
    const outdated = indexOf(path);
    await connection.exec('PRAGMA wal_checkpoint(RESTART)', 'INSERT INTO t VALUES (2)');
    expect(scanned(scanWal(path, outdated))).toMatchObject({ committedFrames: 1, verifiedBy: 'wal-index' });
  });
});

describe('an index that does not describe this WAL', () => {
  it('is not believed: unknown, with the reason', async () => {
    const { path } = await openDatabase(stage, ...WAL_MODE, TABLE);
    const index = indexOf(path);
    const wal = readFileSync(`${path}-wal`);
    wal.writeUInt8(wal.readUInt8(32 + 16 + 4120) ^ 1, 32 + 16 + 4120);
    copyFileSync(path, stage.path('copy.db'));
    copyFileSync(`${path}-shm`, stage.path('copy.db-shm'));
    writeFileSync(stage.path('copy.db-wal'), wal);
    expect(scanWal(stage.path('copy.db'), index)).toEqual({
      known: false,
      reason: 'frame 2 of the WAL is not the one that its index describes',
    });
    writeFileSync(stage.path('copy.db-wal'), '');
    expect(scanWal(stage.path('copy.db'), index)).toMatchObject({ known: false });
  });

  it('is done without when it is gone', async () => {
    const { path, actor } = await openDatabase(stage, ...WAL_MODE, TABLE);
    const index = indexOf(path);
    await actor.kill();
    rmSync(`${path}-shm`);
    expect(scanned(scanWal(path, index))).toMatchObject({ committedFrames: 2, verifiedBy: 'checksums' });
  });
});

describe('a WAL that is not whole', () => {
  const leftover = async () => {
    const { path, actor, connection } = await openDatabase(stage, 'PRAGMA page_size=512', ...WAL_MODE, TABLE);
    await connection.repeat(4, 'INSERT INTO t VALUES (randomblob(700))');
    await actor.kill();
    rmSync(`${path}-shm`);
    return path;
  };

  it('cut anywhere, ends after the last whole commit, as SQLite recovers it', async () => {
    const path = await leftover();
    const wal = readFileSync(`${path}-wal`);
    const frames = walFrames(path, 512);
    const isCommit = (frame: number) => wal.readUInt32BE(32 + (frame - 1) * 536 + 4) > 0;
    for (let length = wal.length; length >= 0; length -= 67) {
      await truncate(`${path}-wal`, length);
      const whole = Math.max(0, Math.floor((length - 32) / 536));
      let committed = whole;
      while (committed > 0 && !isCommit(committed)) committed -= 1;
      expect(scanned(scanWal(path, null))).toMatchObject({ committedFrames: committed, validFrames: whole });
    }
    expect(frames).toBeGreaterThan(8);
  });

  it('damaged in the middle, ends where SQLite ends', async () => {
    const path = await leftover();
    const wal = readFileSync(`${path}-wal`);
    wal.writeUInt8(wal.readUInt8(32 + 5 * 536 + 300) ^ 0x40, 32 + 5 * 536 + 300);
    writeFileSync(`${path}-wal`, wal);
    const { committedFrames, validFrames } = scanned(scanWal(path, null));
    expect(validFrames).toBe(5);
    const actor = await stage.actor('node');
    const connection = await actor.open(path);
    await connection.query('SELECT count(*) FROM t');
    expect(committedFrames).toBe(await committedFramesBySqlite(connection));
  });

  it('whose checksums are big-endian is read as SQLite reads it', async () => {
    const path = await leftover();
    const before = scanned(scanWal(path, null));
    writeFileSync(`${path}-wal`, withBigEndianChecksums(readFileSync(`${path}-wal`)));
    expect(scanned(scanWal(path, null))).toEqual(before);
    const actor = await stage.actor('node');
    const connection = await actor.open(path);
    expect(await connection.query('SELECT count(*) FROM t')).toEqual([[4]]);
    expect(await committedFramesBySqlite(connection)).toBe(before.committedFrames);
  });

  it('without a valid header has no frames: SQLite ignores it', async () => {
    const path = await leftover();
    writeFileSync(`${path}-wal`, Buffer.alloc(5000, 0x37));
    expect(scanned(scanWal(path, null))).toMatchObject({ committedFrames: 0, validFrames: 0, pageOne: null });
  });

  it('is unknown where there is none', () => {
    expect(scanWal(stage.path('nothing.db'), null)).toMatchObject({ known: false });
  });

  it('with noise anywhere, ends before it, and nothing is thrown', async () => {
    const path = await leftover();
    const wal = readFileSync(`${path}-wal`);
    const offsets = fc.nat(wal.length - 1);
    fc.assert(
      fc.property(
        offsets,
        fc.integer({ min: 1, max: 255 }),
        fc.uint8Array({ maxLength: 64 }),
        (at, bits, noise) => {
          const copy = Buffer.from(wal);
          copy.set(noise.subarray(0, Math.max(0, wal.length - at - 1)), at + 1);
          copy.writeUInt8(copy.readUInt8(at) ^ bits, at);
          writeFileSync(`${path}-wal`, copy);
          const framesBefore = Math.max(0, Math.floor((at - 32) / 536));
          expect(scanned(scanWal(path, null)).validFrames).toBeLessThanOrEqual(framesBefore);
        },
      ),
      { numRuns: 200 },
    );
  });
});

it('more than 256 MiB without a trusted index are unknown at once', async () => {
  const { path, actor } = await openDatabase(stage, 'PRAGMA page_size=512', ...WAL_MODE, TABLE);
  await actor.kill();
  const wal = readFileSync(`${path}-wal`);
  const last = Math.floor(2 ** 28 / 536) + 1;
  await truncate(`${path}-wal`, 32 + last * 536);
  expect(scanned(scanWal(path, null)).committedFrames).toBe(2);
  await using file = await open(`${path}-wal`, 'r+');
  await file.write(wal, 32, 24, 32 + (last - 1) * 536);
  expect(scanWal(path, null)).toEqual({
    known: false,
    reason: 'the WAL has 256 MiB and no trustworthy index; dblock verifies at most 256 MiB frame by frame',
  });
});

it('beside a writer at full speed, which also resets the WAL, every scan fits its commits', async () => {
  const { path, actor } = await openDatabase(stage, 'PRAGMA journal_mode=WAL', TABLE);
  const setup = ['PRAGMA wal_autocheckpoint=20'];
  await actor.writeLoop({ path, setup, sql: ['INSERT INTO t VALUES (randomblob(500))'] });
  const generations = new Set<string>();
  let known = 0;
  for (let scans = 0; scans < 200 || generations.size < 3; scans += 1) {
    const index = indexOf(path);
    generations.add(index.salts);
    const scan = scanWal(path, index);
    if (!scan.known) continue;
    known += 1;
    expect(scan.value.committedFrames).toBeLessThanOrEqual(scan.value.validFrames);
    expect(scan.value.committedFrames > 0).toBe(scan.value.databasePages > 0);
  }
  expect((await actor.stopLoop()).errors).toEqual({});
  expect(known).toBeGreaterThan(100);
});
