import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  checksum,
  frameOffset,
  framesThatFit,
  parseWalHeader,
  WAL_HEADER_BYTES,
  wordsOf,
} from '../../src/sqlite/wal.js';
import { openStage } from '../support/stage.js';
import { openDatabase, referenceChecksum, WAL_MODE, withBigEndianChecksums } from './reference.js';

const orders = fc.constantFrom('big-endian' as const, 'little-endian' as const);
const words = fc
  .uint8Array({ maxLength: 400 })
  .map((bytes) => Buffer.from(bytes.subarray(0, bytes.length & ~7)));
const seeds = fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff));

describe('checksum', () => {
  it('is what the documentation says, in both orders, from any seed', () => {
    fc.assert(
      fc.property(words, orders, seeds, (bytes, order, seed) => {
        expect(checksum(wordsOf(bytes, order), seed)).toEqual(referenceChecksum(bytes, order, seed));
      }),
    );
  });

  it('does not depend on where in memory the bytes lie', () => {
    fc.assert(
      fc.property(words, orders, fc.nat(8), (bytes, order, shift) => {
        const shifted = Buffer.concat([Buffer.alloc(shift), bytes]).subarray(shift);
        expect(checksum(wordsOf(shifted, order), [0, 0])).toEqual(referenceChecksum(bytes, order));
      }),
    );
  });

  it('goes on from one part to the next', () => {
    fc.assert(
      fc.property(words, words, orders, (first, second, order) => {
        const whole = wordsOf(Buffer.concat([first, second]), order);
        const middle = checksum(whole, [0, 0], 0, first.length / 4);
        expect(checksum(whole, middle, first.length / 4)).toEqual(checksum(whole, [0, 0]));
      }),
    );
  });

  it('leaves the bytes as they were', () => {
    const bytes = Buffer.from('0123456789abcdef');
    wordsOf(bytes, 'big-endian');
    wordsOf(bytes, 'little-endian');
    expect(bytes.toString()).toBe('0123456789abcdef');
  });
});

describe('the header of a WAL', () => {
  let wal: Buffer;
  beforeAll(async () => {
    await using stage = await openStage();
    const { path } = await openDatabase(stage, ...WAL_MODE, 'CREATE TABLE t(a)', 'INSERT INTO t VALUES (1)');
    wal = readFileSync(`${path}-wal`);
  });

  it('is read', () => {
    expect(parseWalHeader(wal)).toEqual({
      kind: 'header',
      header: {
        checksumOrder: endianness() === 'LE' ? 'little-endian' : 'big-endian',
        pageBytes: 4096,
        checkpointSequence: 0,
        salts: wal.toString('hex', 16, 24),
        checksum: [wal.readUInt32BE(24), wal.readUInt32BE(28)],
      },
    });
  });

  it('is read in the other byte order too', () => {
    expect(parseWalHeader(withBigEndianChecksums(wal))).toMatchObject({
      kind: 'header',
      header: { checksumOrder: 'big-endian', pageBytes: 4096, salts: wal.toString('hex', 16, 24) },
    });
  });

  it('is invalid at any shorter length', () => {
    for (let length = 0; length < WAL_HEADER_BYTES; length += 1) {
      expect(parseWalHeader(wal.subarray(0, length)).kind).toBe('invalid');
    }
  });

  it('is invalid with any one bit changed', () => {
    for (let bit = 0; bit < WAL_HEADER_BYTES * 8; bit += 1) {
      const copy = Buffer.from(wal.subarray(0, WAL_HEADER_BYTES));
      copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(parseWalHeader(copy).kind).toBe('invalid');
    }
  });

  it.each([
    [0, 'it does not begin like a WAL'],
    [4, 'the checksum of its header is wrong'],
    [8, '4097 bytes is no page size'],
    [24, 'the checksum of its header is wrong'],
  ])('says what is wrong with the word at %i', (offset, reason) => {
    const copy = Buffer.from(wal);
    copy.writeUInt32BE(copy.readUInt32BE(offset) + (offset === 0 ? 2 : 1), offset);
    expect(parseWalHeader(copy)).toEqual({ kind: 'invalid', reason });
  });
});

it.each([
  [0, 0],
  [32, 0],
  [4151, 0],
  [4152, 1],
  [4153, 1],
  [8272, 2],
])('%i bytes hold %i frames of 4096 bytes', (bytes, frames) => {
  expect(framesThatFit(bytes, 4096)).toBe(frames);
});

it('frames follow the header without a gap', () => {
  expect([1, 2, 3].map((frame) => frameOffset(frame, 512))).toEqual([32, 568, 1104]);
});
