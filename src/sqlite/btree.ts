/** Rows of a table, from its b-tree pages (sqlite.org/fileformat2.html#b_tree_pages). */
import { type Bytes, formatBytes, formatCount } from '../units.js';
import { Corrupt } from './corrupt.js';
import { HEADER_BYTES } from './header.js';
import type { PageSource } from './pages.js';
import { readVarint } from './record.js';

const LEAF_TABLE = 0x0d;
const INTERIOR_TABLE = 0x05;
/** Of a billion rows in pages of 512 bytes, the tree is less deep (btreeInt.h, BTCURSOR_MAX_DEPTH). */
const MOST_LEVELS = 20;
const MOST_PAYLOAD_BYTES = 64 * 2 ** 20;
/** As much as the largest payload needs in the smallest pages, and their parents; half a second of reading. */
const MOST_PAGES = 200_000;

interface Walk {
  readonly pages: PageSource;
  /** Page size less the reserved bytes. */
  readonly usableBytes: Bytes;
  readonly visited: Set<number>;
  payloadBytes: Bytes;
}

/** The payload of each row, by rowid. Throws `Corrupt`; ends on any input, for no page is read twice. */
export function readTableRows(pages: PageSource, rootPage: number, usableBytes: Bytes): Generator<Buffer> {
  return walkPage({ pages, usableBytes, visited: new Set(), payloadBytes: 0 }, rootPage, 1);
}

function* walkPage(walk: Walk, pageNumber: number, level: number): Generator<Buffer> {
  if (level > MOST_LEVELS) throw new Corrupt(`the schema's b-tree is deeper than ${MOST_LEVELS} levels`);
  const page = visit(walk, pageNumber);
  const start = pageNumber === 1 ? HEADER_BYTES : 0;
  const type = page.readUInt8(start);
  if (type === LEAF_TABLE) {
    for (const cell of cellOffsets(walk, page, start, start + 8)) yield readPayload(walk, page, cell);
  } else if (type === INTERIOR_TABLE) {
    for (const cell of cellOffsets(walk, page, start, start + 12)) {
      yield* walkPage(walk, readUInt32(walk, page, cell), level + 1);
    }
    yield* walkPage(walk, readUInt32(walk, page, start + 8), level + 1);
  } else {
    throw new Corrupt(`page ${pageNumber} is not a page of a table`);
  }
}

function visit(walk: Walk, pageNumber: number): Buffer {
  if (walk.visited.has(pageNumber)) throw new Corrupt(`page ${pageNumber} is used twice`);
  if (walk.visited.size >= MOST_PAGES) {
    throw new Corrupt(`the schema has more than ${formatCount(MOST_PAGES)} pages`);
  }
  walk.visited.add(pageNumber);
  return walk.pages.read(pageNumber);
}

function cellOffsets(walk: Walk, page: Buffer, start: Bytes, pointers: Bytes): Bytes[] {
  const count = page.readUInt16BE(start + 3);
  if (pointers + 2 * count > walk.usableBytes) throw new Corrupt(`a page claims to have ${count} cells`);
  return Array.from({ length: count }, (_, cell) => page.readUInt16BE(pointers + 2 * cell));
}

function readUInt32(walk: Walk, page: Buffer, offset: Bytes): number {
  if (offset + 4 > walk.usableBytes) throw new Corrupt('a page number runs over the end of its page');
  return page.readUInt32BE(offset);
}

function readPayload(walk: Walk, page: Buffer, cell: Bytes): Buffer {
  const total = readVarint(page, cell);
  const { next: start } = readVarint(page, total.next);
  walk.payloadBytes += total.value;
  if (walk.payloadBytes > MOST_PAYLOAD_BYTES) {
    throw new Corrupt(`the schema is larger than ${formatBytes(MOST_PAYLOAD_BYTES)}`);
  }
  const local = localBytes(total.value, walk.usableBytes);
  if (start + local > walk.usableBytes) throw new Corrupt('a row runs over the end of its page');
  const parts = [page.subarray(start, start + local)];
  if (local < total.value) {
    parts.push(...readOverflow(walk, readUInt32(walk, page, start + local), total.value - local));
  }
  return Buffer.concat(parts);
}

/** How much of a row lies in its leaf page (sqlite.org/fileformat2.html#b_tree_pages, P, U, X, M, K). */
function localBytes(total: Bytes, usable: Bytes): Bytes {
  const most = usable - 35;
  if (total <= most) return total;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const fitting = least + ((total - least) % (usable - 4));
  return fitting <= most ? fitting : least;
}

function* readOverflow(walk: Walk, firstPage: number, length: Bytes): Generator<Buffer> {
  const capacity = walk.usableBytes - 4;
  let next = firstPage;
  for (let rest = length; rest > 0; rest -= capacity) {
    const page = visit(walk, next);
    yield page.subarray(4, 4 + Math.min(rest, capacity));
    next = page.readUInt32BE(0);
  }
}
