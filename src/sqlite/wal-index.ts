import { type Bytes, type Frames, plural } from '../units.js';
import { isPageSize } from './header.js';
import type { WalIndex } from './shapes.js';
import { checksum, NATIVE_ORDER, sameChecksum, WAL_VERSION, wordsOf } from './wal.js';

export type WalIndexParse =
  | { readonly kind: 'index'; readonly index: WalIndex }
  /** The two copies of the header differ: a writer was about to change them. Read again. */
  | { readonly kind: 'torn' }
  | { readonly kind: 'initialising' }
  | { readonly kind: 'invalid'; readonly reason: string };

/** Two copies of the header, checkpoint information, lock bytes (wal.c, WALINDEX_HDR_SIZE). */
export const WAL_INDEX_HEADER_BYTES = 136;
const COPY_BYTES = 48;
/** Of each copy, what its checksum covers. */
const CHECKED_BYTES = 40;
const UNUSED_MARK = 0xffffffff;

/** Reads the start of a `-shm` file, which is in the byte order of the machine that has it mapped. */
export function parseWalIndex(bytes: Buffer): WalIndexParse {
  if (bytes.length < WAL_INDEX_HEADER_BYTES) return tooShort(bytes.length);
  const first = bytes.subarray(0, COPY_BYTES);
  if (!first.equals(bytes.subarray(COPY_BYTES, 2 * COPY_BYTES))) return { kind: 'torn' };
  if (first.readUInt8(12) === 0) return { kind: 'initialising' };
  const words = new Uint32Array(WAL_INDEX_HEADER_BYTES / 4);
  Buffer.from(words.buffer).set(bytes.subarray(0, WAL_INDEX_HEADER_BYTES));
  const index = decode(words, first.toString('hex', 32, 40));
  const fault = findFault(first, words, index.pageBytes);
  return fault ? { kind: 'invalid', reason: fault } : { kind: 'index', index };
}

/** The first to attach truncates the file to 3 bytes and then lets it grow (os_unix.c, unixLockSharedMemory). */
function tooShort(length: Bytes): WalIndexParse {
  if (length === 0 || length === 3) return { kind: 'initialising' };
  return {
    kind: 'invalid',
    reason: `it has ${plural(length, 'byte')}, and the header of a WAL index alone has 136`,
  };
}

function findFault(copy: Buffer, words: Uint32Array, pageBytes: Bytes): string | null {
  const sum = checksum(wordsOf(copy.subarray(0, CHECKED_BYTES), NATIVE_ORDER), [0, 0]);
  if (!sameChecksum(sum, [at(words, 40), at(words, 44)])) return 'the checksum of its header is wrong';
  if (at(words, 0) !== WAL_VERSION) return `its format version ${at(words, 0)} is unknown`;
  // Rebuilt from an empty WAL it has no page size before the first commit (wal.c, walIndexRecover).
  if (pageBytes === 0 && at(words, 16) === 0) return null;
  return isPageSize(pageBytes) ? null : `${pageBytes} bytes is no page size`;
}

function decode(words: Uint32Array, salts: string): WalIndex {
  return {
    changeCount: at(words, 8),
    pageBytes: decodePageBytes(new Uint16Array(words.buffer)[7] ?? 0),
    mxFrame: at(words, 16),
    nPage: at(words, 20),
    frameChecksum: [at(words, 24), at(words, 28)],
    salts,
    nBackfill: at(words, 96),
    nBackfillAttempted: at(words, 128),
    readMarks: [100, 104, 108, 112, 116].map((offset) => {
      const mark = at(words, offset);
      return mark === UNUSED_MARK ? null : mark;
    }),
  };
}

/** Bit 0 stands for 65536, which does not fit into 16 bits. */
function decodePageBytes(stored: number): Bytes {
  return (stored & 0xfe00) + ((stored & 1) << 16);
}

function at(words: Uint32Array, byteOffset: Bytes): number {
  return words[byteOffset / 4] ?? 0;
}

const BLOCK_BYTES = 32_768;
const PAGE_NUMBERS_IN_BLOCK = 4096;
const PAGE_NUMBERS_IN_FIRST_BLOCK = PAGE_NUMBERS_IN_BLOCK - WAL_INDEX_HEADER_BYTES / 4;

/** 16 million frames are 64 GiB of WAL in pages of 4 KiB. */
export const MOST_FRAMES: Frames = 2 ** 24;

/** Whether the file reaches that far: before it is known, its claim must not decide how much memory is taken. */
function hasPageNumberOf(read: (offset: Bytes, length: Bytes) => Buffer, frame: Frames): boolean {
  const entry = frame + WAL_INDEX_HEADER_BYTES / 4 - 1;
  const block = Math.floor(entry / PAGE_NUMBERS_IN_BLOCK);
  return read(block * BLOCK_BYTES + (entry % PAGE_NUMBERS_IN_BLOCK) * 4, 4).length === 4;
}

/**
 * Which page each frame from 1 to `mxFrame` holds, from the hash tables that follow the header: in each
 * 32 KiB block an array of page numbers (the first one shorter by the header), then the hash slots
 * (wal.c, walHashGet). `null` if the file ends before.
 */
export function readPageNumbers(
  read: (offset: Bytes, length: Bytes) => Buffer,
  mxFrame: Frames,
): Uint32Array<ArrayBuffer> | null {
  if (mxFrame > 0 && !hasPageNumberOf(read, mxFrame)) return null;
  const pages = new Uint32Array(mxFrame);
  const target = Buffer.from(pages.buffer);
  for (let frame = 0, block = 0; frame < mxFrame; block += 1) {
    const room = block === 0 ? PAGE_NUMBERS_IN_FIRST_BLOCK : PAGE_NUMBERS_IN_BLOCK;
    const count = Math.min(room, mxFrame - frame);
    const start = block * BLOCK_BYTES + (block === 0 ? WAL_INDEX_HEADER_BYTES : 0);
    const bytes = read(start, count * 4);
    if (bytes.length < count * 4) return null;
    target.set(bytes, frame * 4);
    frame += count;
  }
  return pages;
}
