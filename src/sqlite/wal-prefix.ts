/** The committed prefix of a WAL: what a reader that comes now would see. */
import { type Known, known, unknown } from '../known.js';
import { type Bytes, type Frames, formatBytes, formatCount } from '../units.js';
import { Corrupt } from './corrupt.js';
import { type OpenFile, withFile } from './files.js';
import type { WalHeader, WalIndex, WalScan } from './shapes.js';
import { readWalContent } from './sidecars.js';
import { FRAME_HEADER_BYTES, sameChecksum } from './wal.js';
import {
  findLastWithSalts,
  readFrame,
  readFrameHeader,
  readValidFrames,
  type ValidFrame,
} from './wal-frames.js';
import { MOST_FRAMES, readPageNumbers } from './wal-index.js';

export interface CommittedPrefix {
  readonly pageBytes: Bytes;
  readonly salts: string;
  /** Which page each committed frame holds; element 0 belongs to frame 1. */
  readonly pageNumbers: Uint32Array<ArrayBuffer>;
  readonly validFrames: Frames;
  readonly databasePages: number;
  readonly verifiedBy: WalScan['verifiedBy'];
}

/** 0: the page is in the database file. */
function lastFrameOf(prefix: CommittedPrefix, page: number): Frames {
  return prefix.pageNumbers.lastIndexOf(page) + 1;
}

function readWalHeader(wal: OpenFile): WalHeader | null {
  const content = readWalContent(wal);
  return content.kind === 'header' ? content.header : null;
}

/** About a quarter of a second of checksums. */
const MOST_BYTES_TO_VERIFY = 256 * 2 ** 20;

/** Verifies every frame, as SQLite's recovery does: for a WAL whose index nobody vouches for. */
export function prefixByChecksums(wal: OpenFile): Known<CommittedPrefix> {
  const header = readWalHeader(wal);
  if (!header) return known(NO_FRAMES);
  const limit = Math.floor(MOST_BYTES_TO_VERIFY / (FRAME_HEADER_BYTES + header.pageBytes));
  if (readFrameHeader(wal, limit + 1, header.pageBytes)?.salts === header.salts) return unknown(tooLong(wal));
  const prefix = collect(header, limit, readValidFrames(wal, header));
  return isSameGeneration(wal, header.salts) ? known(prefix) : unknown(WAS_RESET);
}

/** SQLite ignores a WAL without a valid header. */
const NO_FRAMES: CommittedPrefix = {
  pageBytes: 0,
  salts: '',
  pageNumbers: new Uint32Array(),
  validFrames: 0,
  databasePages: 0,
  verifiedBy: 'checksums',
};

const WAS_RESET = 'the WAL was reset while it was read';

function isSameGeneration(wal: OpenFile, salts: string): boolean {
  return readWalHeader(wal)?.salts === salts;
}

function tooLong(wal: OpenFile): string {
  const limit = formatBytes(MOST_BYTES_TO_VERIFY);
  return `the WAL has ${formatBytes(wal.state.bytes)} and no trustworthy index; dblock verifies at most ${limit} frame by frame`;
}

function collect(header: WalHeader, limit: Frames, frames: Iterable<ValidFrame>): CommittedPrefix {
  const pages: number[] = [];
  let committed = 0;
  let databasePages = 0;
  for (const frame of frames) {
    pages.push(frame.page);
    if (frame.databasePages > 0) {
      committed = pages.length;
      databasePages = frame.databasePages;
    }
    if (pages.length === limit) break;
  }
  return {
    pageBytes: header.pageBytes,
    salts: header.salts,
    pageNumbers: Uint32Array.from(pages.slice(0, committed)),
    validFrames: pages.length,
    databasePages,
    verifiedBy: 'checksums',
  };
}

/**
 * Believes an index that living processes share, after checking that it belongs to this WAL: the last
 * committed frame must carry its salts, checksum and size. `path` is that of the database.
 */
export function prefixByIndex(path: string, wal: OpenFile, index: WalIndex): Known<CommittedPrefix> {
  const { mxFrame, pageBytes, salts } = index;
  const mismatch = mxFrame > 0 ? findMismatch(wal, index) : null;
  if (mismatch) return unknown(mismatch);
  if (mxFrame > MOST_FRAMES) return unknown(tooManyFrames(mxFrame));
  const pageNumbers = withFile(`${path}-shm`, (shm) => readPageNumbers(shm.read, mxFrame));
  if (!pageNumbers)
    return unknown(`the WAL index ends before the page number of frame ${formatCount(mxFrame)}`);
  const validFrames = findLastWithSalts(wal, salts, pageBytes, mxFrame);
  if (mxFrame > 0 && !isSameGeneration(wal, salts)) return unknown(WAS_RESET);
  const databasePages = mxFrame > 0 ? index.nPage : 0;
  return known({ pageBytes, salts, pageNumbers, validFrames, databasePages, verifiedBy: 'wal-index' });
}

function tooManyFrames(mxFrame: Frames): string {
  return `the WAL has ${formatCount(mxFrame)} frames; dblock reads an index of at most ${formatCount(MOST_FRAMES)}`;
}

function findMismatch(wal: OpenFile, index: WalIndex): string | null {
  const header = readWalHeader(wal);
  if (!header) return 'the WAL has no valid header, but its index says that it has frames';
  if (header.salts !== index.salts || header.pageBytes !== index.pageBytes) {
    return 'the WAL and its index do not belong together';
  }
  const last = readFrameHeader(wal, index.mxFrame, index.pageBytes);
  const belongs =
    last?.salts === index.salts &&
    last.databasePages === index.nPage &&
    sameChecksum(last.checksum, index.frameChecksum);
  return belongs
    ? null
    : `frame ${formatCount(index.mxFrame)} of the WAL is not the one that its index describes`;
}

/** The page as a reader that comes now would find it in the WAL; `null`: it is in the database file. */
export function readCommittedPage(wal: OpenFile, prefix: CommittedPrefix, page: number): Buffer | null {
  const frame = lastFrameOf(prefix, page);
  if (frame === 0) return null;
  const found = readFrame(wal, frame, prefix.pageBytes);
  if (found?.header.page !== page || found.header.salts !== prefix.salts) {
    throw new Corrupt(`frame ${formatCount(frame)} of the WAL does not hold page ${page}`);
  }
  return found.content;
}
