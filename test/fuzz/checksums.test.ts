/** The checksums that the mutations are given, held against the documentation and against what SQLite wrote. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openDatabase, referenceChecksum, WAL_MODE, withBigEndianChecksums } from '../sqlite/reference.js';
import { openStage } from '../support/stage.js';
import { fixShmChecksums, fixWalChecksums, walChecksum } from './checksums.js';

const seeds = fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff));

it('are those of the documentation', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), seeds, (array, isBig, seed) => {
      const bytes = Buffer.from(array.subarray(0, array.length & ~7));
      const order = isBig ? 'big-endian' : 'little-endian';
      expect(walChecksum(bytes, isBig, seed)).toEqual(referenceChecksum(bytes, order, seed));
    }),
  );
});

it('leave a WAL and an index of SQLite as they are, and give a WAL of the other order its own', async () => {
  await using stage = await openStage();
  const { path } = await openDatabase(stage, ...WAL_MODE, 'CREATE TABLE t(a)', 'INSERT INTO t VALUES (1)');
  const [wal, shm] = [readFileSync(`${path}-wal`), readFileSync(`${path}-shm`)];
  const [fixedWal, fixedShm] = [Buffer.from(wal), Buffer.from(shm)];
  fixWalChecksums(fixedWal);
  fixShmChecksums(fixedShm);
  expect(fixedWal.equals(wal)).toBe(true);
  expect(fixedShm.equals(shm)).toBe(true);
  const bigEndian = withBigEndianChecksums(wal);
  const spoilt = Buffer.from(bigEndian);
  spoilt.fill(0, 24, 32);
  fixWalChecksums(spoilt);
  expect(spoilt.equals(bigEndian)).toBe(true);
});
