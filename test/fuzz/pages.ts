/** Finds pages of sqlite_schema in real files, to be spoilt: in the database or in the frames of the WAL. */
import { FRAME_HEADER_BYTES, frameOffsets, pageBytesOf } from './checksums.js';
import type { Files } from './files.js';

export interface PageImage {
  readonly number: number;
  /** A view: writing to it changes the file. */
  readonly bytes: Buffer;
  readonly place: 'database' | 'wal';
  /** Where the b-tree page begins: behind the header of the database on page 1. */
  readonly start: number;
}

export function databasePageBytes(database: Buffer): number {
  const stored = database.length >= 18 ? database.readUInt16BE(16) : 0;
  const pageBytes = stored === 1 ? 65_536 : stored;
  return pageBytes >= 512 ? pageBytes : 4096;
}

/** The newest image of a page; `null` if there is none. */
export function pageImage(files: Files, number: number): PageImage | null {
  const start = number === 1 ? 100 : 0;
  const frame = files.wal && frameOffsets(files.wal).findLast((at) => files.wal?.readUInt32BE(at) === number);
  if (files.wal && frame !== null && frame !== undefined) {
    const from = frame + FRAME_HEADER_BYTES;
    return { number, bytes: files.wal.subarray(from, from + pageBytesOf(files.wal)), place: 'wal', start };
  }
  const pageBytes = databasePageBytes(files.database);
  const bytes = files.database.subarray((number - 1) * pageBytes, number * pageBytes);
  return number >= 1 && bytes.length === pageBytes ? { number, bytes, place: 'database', start } : null;
}

const INTERIOR = 5;
const LEAF = 13;

export function isInterior({ bytes, start }: PageImage): boolean {
  return bytes[start] === INTERIOR;
}

/** Offsets of the cells of a page, as far as they make sense. */
export function cellOffsets(page: PageImage): number[] {
  const { bytes, start } = page;
  const count = Math.min(bytes.readUInt16BE(start + 3), 200);
  const pointers = start + (isInterior(page) ? 12 : 8);
  const offsets = Array.from({ length: count }, (_, cell) => pointers + 2 * cell);
  return offsets.flatMap((at) => (at + 2 <= bytes.length ? [bytes.readUInt16BE(at)] : []));
}

/** The b-tree of sqlite_schema: interior pages and leaves. */
export function schemaPages(files: Files): PageImage[] {
  const found = new Map<number, PageImage>();
  const pending = [1];
  for (let number = pending.pop(); number !== undefined; number = pending.pop()) {
    const page = found.has(number) ? null : pageImage(files, number);
    if (!page || (page.bytes[page.start] !== LEAF && !isInterior(page))) continue;
    found.set(number, page);
    if (isInterior(page)) pending.push(...childrenOf(page));
  }
  return [...found.values()];
}

function childrenOf(page: PageImage): number[] {
  const places = [...cellOffsets(page), page.start + 8];
  return places.flatMap((at) => (at + 4 <= page.bytes.length ? [page.bytes.readUInt32BE(at)] : []));
}
