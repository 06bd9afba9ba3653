/** The frames of a WAL, one after the other (sqlite.org/fileformat2.html#walformat). */
import type { Bytes, Frames } from '../units.js';
import type { OpenFile } from './files.js';
import type { WalHeader } from './shapes.js';
import { type Checksum, checksum, FRAME_HEADER_BYTES, frameOffset, framesThatFit, wordsOf } from './wal.js';

export interface FrameHeader {
  readonly page: number;
  /** Size of the database after this commit; 0 if the frame commits nothing. */
  readonly databasePages: number;
  readonly salts: string;
  readonly checksum: Checksum;
}

/** `null` where the file ends before. Says nothing about validity. */
export function readFrameHeader(wal: OpenFile, frame: Frames, pageBytes: Bytes): FrameHeader | null {
  const bytes = wal.read(frameOffset(frame, pageBytes), FRAME_HEADER_BYTES);
  return bytes.length < FRAME_HEADER_BYTES ? null : decodeFrameHeader(bytes);
}

function decodeFrameHeader(bytes: Buffer): FrameHeader {
  return {
    page: bytes.readUInt32BE(0),
    databasePages: bytes.readUInt32BE(4),
    salts: bytes.toString('hex', 8, 16),
    checksum: [bytes.readUInt32BE(16), bytes.readUInt32BE(20)],
  };
}

export interface Frame {
  readonly header: FrameHeader;
  readonly content: Buffer;
}

/** Header and page in one read, so that they belong together; `null` where the file ends before. */
export function readFrame(wal: OpenFile, frame: Frames, pageBytes: Bytes): Frame | null {
  const bytes = wal.read(frameOffset(frame, pageBytes), FRAME_HEADER_BYTES + pageBytes);
  if (bytes.length < FRAME_HEADER_BYTES + pageBytes) return null;
  return { header: decodeFrameHeader(bytes), content: bytes.subarray(FRAME_HEADER_BYTES) };
}

/** Larger ones are slower: they do not fit into the processor's cache. */
const CHUNK_BYTES = 2 ** 20;

/** A frame that SQLite's recovery would accept. */
export type ValidFrame = Pick<FrameHeader, 'page' | 'databasePages'>;

/**
 * The frames from the first to the last that SQLite's recovery would accept: a page number, the salts of
 * the header, and a checksum that continues the one before (wal.c, walDecodeFrame).
 */
export function* readValidFrames(wal: OpenFile, header: WalHeader): Generator<ValidFrame> {
  const frameBytes = FRAME_HEADER_BYTES + header.pageBytes;
  const framesInChunk = Math.max(1, Math.floor(CHUNK_BYTES / frameBytes));
  const buffer = Buffer.allocUnsafe(framesInChunk * frameBytes);
  const check = makeChecker(header);
  for (let first = 1; ; first += framesInChunk) {
    const chunk = wal.read(frameOffset(first, header.pageBytes), buffer.length, buffer);
    const count = Math.floor(chunk.length / frameBytes);
    const words = wordsOf(chunk.subarray(0, count * frameBytes), header.checksumOrder);
    for (let at = 0; at < count * frameBytes; at += frameBytes) {
      if (!check(chunk, words, at)) return;
      yield { page: chunk.readUInt32BE(at), databasePages: chunk.readUInt32BE(at + 4) };
    }
    if (count < framesInChunk) return;
  }
}

type Checker = (chunk: Buffer, words: Int32Array, at: Bytes) => boolean;

/** Carries the checksum from one frame to the next. */
function makeChecker(header: WalHeader): Checker {
  const salts = Buffer.from(header.salts, 'hex');
  const salt1 = salts.readUInt32BE(0);
  const salt2 = salts.readUInt32BE(4);
  const frameBytes = FRAME_HEADER_BYTES + header.pageBytes;
  let sum = header.checksum;
  return (chunk, words, at) => {
    if (chunk.readUInt32BE(at) === 0) return false;
    if (chunk.readUInt32BE(at + 8) !== salt1 || chunk.readUInt32BE(at + 12) !== salt2) return false;
    sum = continueChecksum(words, at, frameBytes, sum);
    return chunk.readUInt32BE(at + 16) === sum[0] && chunk.readUInt32BE(at + 20) === sum[1];
  };
}

/** Of the frame's header only page number and size are covered: the first 8 bytes. */
function continueChecksum(words: Int32Array, at: Bytes, frameBytes: Bytes, seed: Checksum): Checksum {
  const first = at / 4;
  const afterPageNumber = checksum(words, seed, first, first + 2);
  return checksum(words, afterPageNumber, first + FRAME_HEADER_BYTES / 4, first + frameBytes / 4);
}

/**
 * The last frame of this generation. A reset overwrites the WAL from its start, so frames with the salts
 * are followed by older ones only: halving finds the border without reading the rest.
 */
export function findLastWithSalts(wal: OpenFile, salts: string, pageBytes: Bytes, known: Frames): Frames {
  let low = known;
  let high = framesThatFit(wal.state.bytes, pageBytes);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (readFrameHeader(wal, middle, pageBytes)?.salts === salts) low = middle;
    else high = middle - 1;
  }
  return low;
}
