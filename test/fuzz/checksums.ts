/**
 * Makes the checksums of a WAL and of a WAL index right again after a mutation, so that it is believed. Written
 * from the documentation, apart from src/, whose checksums it has to fool (checksums.test.ts).
 */

import { endianness } from 'node:os';

export const WAL_HEADER_BYTES = 32;
export const FRAME_HEADER_BYTES = 24;

type Sum = readonly [number, number];

/** sqlite.org/fileformat2.html#checksum_algorithm */
export function walChecksum(bytes: Buffer, bigEndian: boolean, [s0, s1]: Sum = [0, 0]): Sum {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let [a, b] = [s0 | 0, s1 | 0];
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    a = (a + view.getInt32(at, !bigEndian) + b) | 0;
    b = (b + view.getInt32(at + 4, !bigEndian) + a) | 0;
  }
  return [a >>> 0, b >>> 0];
}

export function pageBytesOf(wal: Buffer): number {
  return wal.length >= WAL_HEADER_BYTES ? wal.readUInt32BE(8) : 0;
}

/** Where each whole frame begins. None if the header names an absurd page size. */
export function frameOffsets(wal: Buffer): number[] {
  const pageBytes = pageBytesOf(wal);
  if (pageBytes < 512 || pageBytes > 65_536) return [];
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  const count = Math.floor((wal.length - WAL_HEADER_BYTES) / frameBytes);
  return Array.from({ length: Math.max(0, count) }, (_, frame) => WAL_HEADER_BYTES + frame * frameBytes);
}

/** Of the header alone: its frames are then not part of the chain unless they were before. */
export function fixHeaderChecksum(wal: Buffer): void {
  if (wal.length < WAL_HEADER_BYTES) return;
  const bigEndian = (wal.readUInt32BE(0) & 1) === 1;
  writeSum(wal, 24, walChecksum(wal.subarray(0, 24), bigEndian));
}

function writeSum(wal: Buffer, at: number, [s0, s1]: Sum): void {
  wal.writeUInt32BE(s0, at);
  wal.writeUInt32BE(s1, at + 4);
}

/** Of the header and of the frames with its salts, up to the first that has others. */
export function fixWalChecksums(wal: Buffer): void {
  fixHeaderChecksum(wal);
  if (wal.length < WAL_HEADER_BYTES) return;
  const bigEndian = (wal.readUInt32BE(0) & 1) === 1;
  const pageBytes = pageBytesOf(wal);
  let sum: Sum = [wal.readUInt32BE(24), wal.readUInt32BE(28)];
  for (const at of frameOffsets(wal)) {
    if (!wal.subarray(at + 8, at + 16).equals(wal.subarray(16, 24))) return;
    sum = walChecksum(wal.subarray(at, at + 8), bigEndian, sum);
    sum = walChecksum(
      wal.subarray(at + FRAME_HEADER_BYTES, at + FRAME_HEADER_BYTES + pageBytes),
      bigEndian,
      sum,
    );
    writeSum(wal, at + 16, sum);
  }
}

const NATIVE_IS_BIG = endianness() === 'BE';

/** A WAL index is in the order of the machine. */
export function readNative(shm: Buffer, at: number): number {
  return NATIVE_IS_BIG ? shm.readUInt32BE(at) : shm.readUInt32LE(at);
}

export function writeNative(shm: Buffer, at: number, value: number): void {
  if (NATIVE_IS_BIG) shm.writeUInt32BE(value, at);
  else shm.writeUInt32LE(value, at);
}

/** The first copy of the header gets a right checksum, and the second becomes its equal. */
export function fixShmChecksums(shm: Buffer): void {
  if (shm.length < 96) return;
  const [s0, s1] = walChecksum(shm.subarray(0, 40), NATIVE_IS_BIG);
  writeNative(shm, 40, s0);
  writeNative(shm, 44, s1);
  shm.copy(shm, 48, 0, 48);
}
