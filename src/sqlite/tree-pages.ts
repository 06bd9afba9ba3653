/** All pages of a b-tree, of a table or an index, overflow pages included (sqlite.org/fileformat2.html#b_tree_pages). */
import { type Bytes, formatCount } from '../units.js';
import { Corrupt } from './corrupt.js';
import { HEADER_BYTES } from './header.js';
import type { PageSource } from './pages.js';
import { readVarint } from './record.js';

export interface TreePage {
  readonly number: number;
  readonly bytes: Buffer;
}

interface Kind {
  readonly isInterior: boolean;
  /** Interior pages of tables hold keys and no rows. */
  readonly hasPayload: boolean;
  readonly isIndex: boolean;
}

const KINDS: ReadonlyMap<number, Kind> = new Map([
  [0x02, { isInterior: true, hasPayload: true, isIndex: true }],
  [0x05, { isInterior: true, hasPayload: false, isIndex: false }],
  [0x0a, { isInterior: false, hasPayload: true, isIndex: true }],
  [0x0d, { isInterior: false, hasPayload: true, isIndex: false }],
]);

/** Each page once. Throws `Corrupt`; ends on any input, for no page is read twice. @param usableBytes of a page */
export function* treePages(
  pages: PageSource,
  rootPage: number,
  usableBytes: Bytes,
  visited: Set<number>,
): Generator<TreePage> {
  const waiting = [rootPage];
  for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
    const bytes = visit(pages, number, visited);
    yield { number, bytes };
    const start = number === 1 ? HEADER_BYTES : 0;
    const kind = KINDS.get(bytes.readUInt8(start));
    if (!kind) throw new Corrupt(`page ${number} is not a page of a table or an index`);
    const cells = cellsOf(bytes, start, kind, usableBytes);
    if (kind.isInterior) {
      waiting.push(...cells.map((cell) => pageAt(bytes, cell, usableBytes)), bytes.readUInt32BE(start + 8));
    }
    if (!kind.hasPayload) continue;
    for (const cell of cells) {
      const first = overflowOf(bytes, cell, kind, usableBytes);
      if (first !== null) yield* overflowPages(pages, first, visited);
    }
  }
}

function visit(pages: PageSource, number: number, visited: Set<number>): Buffer {
  if (visited.has(number)) throw new Corrupt(`page ${formatCount(number)} is used twice`);
  visited.add(number);
  return pages.read(number);
}

function cellsOf(bytes: Buffer, start: Bytes, { isInterior }: Kind, usableBytes: Bytes): Bytes[] {
  const count = bytes.readUInt16BE(start + 3);
  const pointers = start + (isInterior ? 12 : 8);
  if (pointers + 2 * count > usableBytes) throw new Corrupt(`a page claims to have ${count} cells`);
  return Array.from({ length: count }, (_, cell) => bytes.readUInt16BE(pointers + 2 * cell));
}

function pageAt(bytes: Buffer, offset: Bytes, usableBytes: Bytes): number {
  if (offset + 4 > usableBytes) throw new Corrupt('a page number runs over the end of its page');
  return bytes.readUInt32BE(offset);
}

/** The first overflow page of a cell; `null`: all of it is here. */
function overflowOf(
  bytes: Buffer,
  cell: Bytes,
  { isInterior, isIndex }: Kind,
  usableBytes: Bytes,
): number | null {
  const total = readVarint(bytes, isInterior ? cell + 4 : cell);
  // the rowid of a table's row
  const start = isIndex ? total.next : readVarint(bytes, total.next).next;
  const most = isIndex ? Math.floor(((usableBytes - 12) * 64) / 255) - 23 : usableBytes - 35;
  if (total.value <= most) return null;
  return pageAt(bytes, start + localBytes(total.value, most, usableBytes), usableBytes);
}

/** P, U, X, M and K of the format: how much of a payload that overflows stays here. */
function localBytes(total: Bytes, most: Bytes, usable: Bytes): Bytes {
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const fitting = least + ((total - least) % (usable - 4));
  return fitting <= most ? fitting : least;
}

function* overflowPages(pages: PageSource, first: number, visited: Set<number>): Generator<TreePage> {
  for (let number = first; number !== 0; ) {
    const bytes = visit(pages, number, visited);
    yield { number, bytes };
    number = bytes.readUInt32BE(0);
  }
}
