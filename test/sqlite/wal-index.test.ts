import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseWalIndex, readPageNumbers, WAL_INDEX_HEADER_BYTES } from '../../src/sqlite/wal-index.js';
import { openStage } from '../support/stage.js';
import { committedFramesBySqlite, openDatabase, WAL_MODE } from './reference.js';

interface LiveWal {
  readonly shm: Buffer;
  readonly wal: Buffer;
  readonly mxFrame: number;
}

/** The bytes of a WAL and its index while their writer lives. */
async function makeLiveWal(...sql: string[]): Promise<LiveWal> {
  await using stage = await openStage();
  const { path, connection } = await openDatabase(stage, ...sql);
  const mxFrame = await committedFramesBySqlite(connection);
  return { shm: readFileSync(`${path}-shm`), wal: readFileSync(`${path}-wal`), mxFrame };
}

function indexOf(bytes: Buffer) {
  const parse = parseWalIndex(bytes);
  if (parse.kind !== 'index') throw new Error(parse.kind);
  return parse.index;
}

describe('the header of a WAL index', () => {
  let live: LiveWal;
  beforeAll(async () => {
    live = await makeLiveWal(...WAL_MODE, 'CREATE TABLE t(a)', 'INSERT INTO t VALUES (1)');
  });
  const header = () => Buffer.from(live.shm.subarray(0, WAL_INDEX_HEADER_BYTES));

  it('describes the last committed frame of its WAL', () => {
    const { shm, wal, mxFrame } = live;
    const last = 32 + (mxFrame - 1) * 4120;
    expect(mxFrame).toBeGreaterThan(1);
    expect(indexOf(shm)).toMatchObject({
      pageBytes: 4096,
      mxFrame,
      nPage: wal.readUInt32BE(last + 4),
      frameChecksum: [wal.readUInt32BE(last + 16), wal.readUInt32BE(last + 20)],
      salts: wal.toString('hex', 16, 24),
      nBackfill: 0,
      nBackfillAttempted: 0,
    });
  });

  it.each([512, 32_768, 65_536])('knows pages of %i bytes', async (pageBytes) => {
    const { shm } = await makeLiveWal(`PRAGMA page_size=${pageBytes}`, ...WAL_MODE, 'CREATE TABLE t(a)');
    expect(indexOf(shm).pageBytes).toBe(pageBytes);
  });

  it('starts from zero when the WAL is reset', async () => {
    const sql = ['CREATE TABLE t(a)', 'CREATE TABLE u(a)', 'PRAGMA wal_checkpoint(PASSIVE)'];
    const { shm } = await makeLiveWal(...WAL_MODE, ...sql, 'INSERT INTO t VALUES (1)');
    expect(indexOf(shm)).toMatchObject({ mxFrame: 1, nBackfill: 0, nBackfillAttempted: 0 });
  });

  it('counts what a checkpoint copied while a reader keeps the WAL from being reset', async () => {
    await using stage = await openStage();
    const { path, actor, connection } = await openDatabase(stage, ...WAL_MODE, 'CREATE TABLE t(a)');
    const reader = await actor.open(path);
    await reader.exec('BEGIN', 'SELECT * FROM t');
    const pinned = await committedFramesBySqlite(connection);
    await connection.exec('INSERT INTO t VALUES (1)', 'PRAGMA wal_checkpoint(PASSIVE)');
    const index = indexOf(readFileSync(`${path}-shm`));
    expect(index).toMatchObject({ nBackfill: pinned, nBackfillAttempted: pinned });
    expect(index.mxFrame).toBeGreaterThan(pinned);
    expect(index.readMarks).toContain(pinned);
    expect(index.readMarks).toHaveLength(5);
    expect(index.readMarks).toContain(null);
  });

  it('at any shorter length: initialising if 0 or 3 bytes, else invalid', () => {
    for (let length = 0; length < WAL_INDEX_HEADER_BYTES; length += 1) {
      const expected = length === 0 || length === 3 ? 'initialising' : 'invalid';
      expect(parseWalIndex(header().subarray(0, length)).kind).toBe(expected);
    }
  });

  it('is torn if one copy differs in any bit', () => {
    for (let bit = 0; bit < 96 * 8; bit += 1) {
      const copy = header();
      flip(copy, bit);
      expect(parseWalIndex(copy).kind).toBe('torn');
    }
  });

  it('is invalid if both copies have the same bit changed', () => {
    for (let bit = 0; bit < 48 * 8; bit += 1) {
      const copy = header();
      flip(copy, bit);
      flip(copy, bit + 48 * 8);
      const isInit = bit >> 3 === 12;
      expect(parseWalIndex(copy).kind).toBe(isInit && copy.readUInt8(12) === 0 ? 'initialising' : 'invalid');
    }
  });

  it('is initialising while it holds zeros', () => {
    expect(parseWalIndex(Buffer.alloc(32_768)).kind).toBe('initialising');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 136, maxLength: 136 }), (noise) => {
        const twice = Buffer.from(noise);
        twice.copy(twice, 48, 0, 48);
        expect(['invalid', 'initialising']).toContain(parseWalIndex(twice).kind);
      }),
    );
  });

  function flip(bytes: Buffer, bit: number): void {
    bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  }
});

describe('page numbers of frames', () => {
  /** More than two blocks: 4062 + 4096 frames. */
  let live: LiveWal;
  beforeAll(async () => {
    const rows =
      'INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 9000) SELECT randomblob(400) FROM n';
    live = await makeLiveWal('PRAGMA page_size=512', ...WAL_MODE, 'CREATE TABLE t(a)', rows);
  });
  const read = (offset: number, length: number) => live.shm.subarray(offset, offset + length);

  it('are those in the headers of the frames', () => {
    expect(live.mxFrame).toBeGreaterThan(4062 + 4096);
    const inFrames = Array.from({ length: live.mxFrame }, (_, i) => live.wal.readUInt32BE(32 + i * 536));
    expect([...(readPageNumbers(read, live.mxFrame) ?? [])]).toEqual(inFrames);
  });

  it('are none for an empty WAL, and cannot be had from an index that ends before', () => {
    expect(readPageNumbers(read, 0)).toHaveLength(0);
    const cut = (offset: number, length: number) =>
      live.shm.subarray(0, 32_768).subarray(offset, offset + length);
    expect(readPageNumbers(cut, 4062)).toHaveLength(4062);
    expect(readPageNumbers(cut, 4063)).toBeNull();
  });
});
