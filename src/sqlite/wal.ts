import { endianness } from 'node:os';
import { type Bytes, type Frames, plural } from '../units.js';
import { isPageSize } from './header.js';
import type { WalHeader } from './shapes.js';

export type ChecksumOrder = WalHeader['checksumOrder'];
/** Two unsigned 32-bit sums. */
export type Checksum = WalHeader['checksum'];

export type WalHeaderParse =
  | { readonly kind: 'header'; readonly header: WalHeader }
  | { readonly kind: 'invalid'; readonly reason: string }
  /** All is well but the version: SQLite does not ignore that, it refuses to open the database. */
  | { readonly kind: 'unsupported'; readonly version: number };

export const WAL_HEADER_BYTES = 32;
export const FRAME_HEADER_BYTES = 24;
/** The low bit says in which order the checksum reads words. */
const MAGIC = 0x377f0682;
export const WAL_VERSION = 3_007_000;

/**
 * Reads the header of a WAL (sqlite.org/fileformat2.html#walformat). SQLite ignores a WAL whose header is invalid;
 * the order of the tests is its own (wal.c, walIndexRecover).
 */
export function parseWalHeader(bytes: Buffer): WalHeaderParse {
  if (bytes.length < WAL_HEADER_BYTES) {
    return {
      kind: 'invalid',
      reason: `it has ${plural(bytes.length, 'byte')}, and the header of a WAL alone has 32`,
    };
  }
  const magic = bytes.readUInt32BE(0);
  if ((magic & ~1) >>> 0 !== MAGIC) return { kind: 'invalid', reason: 'it does not begin like a WAL' };
  const pageBytes = bytes.readUInt32BE(8);
  if (!isPageSize(pageBytes)) return { kind: 'invalid', reason: `${pageBytes} bytes is no page size` };
  const header = decode(bytes, (magic & 1) === 1 ? 'big-endian' : 'little-endian', pageBytes);
  const sum = checksum(wordsOf(bytes.subarray(0, 24), header.checksumOrder), [0, 0]);
  if (!sameChecksum(sum, header.checksum)) {
    return { kind: 'invalid', reason: 'the checksum of its header is wrong' };
  }
  const version = bytes.readUInt32BE(4);
  return version === WAL_VERSION ? { kind: 'header', header } : { kind: 'unsupported', version };
}

function decode(bytes: Buffer, checksumOrder: ChecksumOrder, pageBytes: Bytes): WalHeader {
  return {
    checksumOrder,
    pageBytes,
    checkpointSequence: bytes.readUInt32BE(12),
    salts: bytes.toString('hex', 16, 24),
    checksum: [bytes.readUInt32BE(24), bytes.readUInt32BE(28)],
  };
}

/** Where a frame begins, its header first; frames count from 1. */
export function frameOffset(frame: Frames, pageBytes: Bytes): Bytes {
  return WAL_HEADER_BYTES + (frame - 1) * (FRAME_HEADER_BYTES + pageBytes);
}

/** Frames that lie wholly in a WAL of this size, whatever they hold. */
export function framesThatFit(walBytes: Bytes, pageBytes: Bytes): Frames {
  return Math.max(0, Math.floor((walBytes - WAL_HEADER_BYTES) / (FRAME_HEADER_BYTES + pageBytes)));
}

export const NATIVE_ORDER: ChecksumOrder = endianness() === 'LE' ? 'little-endian' : 'big-endian';

/** The 32-bit words of a buffer in the given order: a view of it where the machine allows, else a copy. */
export function wordsOf(bytes: Buffer, order: ChecksumOrder): Int32Array {
  const usable = order === NATIVE_ORDER && bytes.byteOffset % 4 === 0;
  const source = usable ? bytes : alignedCopy(bytes);
  if (order !== NATIVE_ORDER) source.swap32();
  return new Int32Array(source.buffer, source.byteOffset, source.length / 4);
}

function alignedCopy(bytes: Buffer): Buffer {
  const copy = Buffer.from(new ArrayBuffer(bytes.length));
  bytes.copy(copy);
  return copy;
}

/** SQLite's walChecksumBytes (wal.c) over words `from` to `to`; their number must be even. */
export function checksum(words: Int32Array, seed: Checksum, from = 0, to = words.length): Checksum {
  let s0 = seed[0] | 0;
  let s1 = seed[1] | 0;
  for (let i = from; i < to; i += 2) {
    s0 = (s0 + (words[i] ?? 0) + s1) | 0;
    s1 = (s1 + (words[i + 1] ?? 0) + s0) | 0;
  }
  return [s0 >>> 0, s1 >>> 0];
}

export function sameChecksum(a: Checksum, b: Checksum): boolean {
  return a[0] === b[0] && a[1] === b[1];
}
