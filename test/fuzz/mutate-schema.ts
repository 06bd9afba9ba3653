/** Spoils one b-tree page of sqlite_schema: pointers, loops, lengths, records, text. */
import { fixWalChecksums } from './checksums.js';
import type { Files } from './files.js';
import { cellOffsets, isInterior, type PageImage, schemaPages } from './pages.js';
import type { Random } from './random.js';

/** Says what it did. */
export function mutateSchema(files: Files, random: Random): string {
  const pages = schemaPages(files);
  if (pages.length === 0) return 'no page of the schema to spoil';
  const interior = pages.filter(isInterior);
  const page = interior.length > 0 && random.chance(50) ? random.pick(interior) : random.pick(pages);
  const spoil = random.pick(isInterior(page) ? INTERIOR_SPOILERS : LEAF_SPOILERS);
  const what = spoil(page, random, pages);
  if (page.place === 'wal' && files.wal && random.chance(90)) fixWalChecksums(files.wal);
  return `schema page ${page.number} in the ${page.place}: ${what}`;
}

type Spoiler = (page: PageImage, random: Random, all: readonly PageImage[]) => string;

const pageHeader: Spoiler = ({ bytes, start }, random) => {
  const at = start + random.below(8);
  const now = bytes.readUInt8(at);
  bytes.writeUInt8(random.telling(1, now), at);
  return `byte ${at} of its header ${now} → ${bytes[at]}`;
};

const cellCount: Spoiler = ({ bytes, start }, random) => {
  const count = random.telling(2, bytes.readUInt16BE(start + 3));
  bytes.writeUInt16BE(count, start + 3);
  return `it claims ${count} cells`;
};

const cellPointer: Spoiler = (page, random) => {
  const { bytes, start } = page;
  const cell = random.below(cellOffsets(page).length);
  const at = start + (isInterior(page) ? 12 : 8) + 2 * cell;
  const target = random.chance(50)
    ? bytes.length - random.below(12)
    : random.telling(2, bytes.readUInt16BE(at));
  put(bytes, at, u16(target));
  return `pointer of cell ${cell} → ${target}`;
};

/** Onto the same cell, as often as they fit. */
const sameCellAgain: Spoiler = (page, random) => {
  const { bytes, start } = page;
  const pointers = start + (isInterior(page) ? 12 : 8);
  const target = bytes.readUInt16BE(pointers);
  const count = Math.floor((bytes.length - pointers) / 2) - random.below(20);
  bytes.writeUInt16BE(count, start + 3);
  for (let cell = 0; cell < count; cell += 1) put(bytes, pointers + 2 * cell, u16(target));
  return `${count} cells, all at ${target}`;
};

/** On page 1: what it says of its size, and more cells than a page of its real size has room for. */
const largerPages: Spoiler = (page, random) => {
  const { bytes, start, number } = page;
  if (number !== 1) return cellCount(page, random, []);
  bytes.writeUInt16BE(random.pick([512, 4096, 32_768, 1]), 16);
  bytes.writeUInt16BE(200 + random.below(2000), start + 3);
  return `it says that pages have ${bytes.readUInt16BE(16)} bytes, and has ${bytes.readUInt16BE(start + 3)} cells`;
};

const noise: Spoiler = ({ bytes }, random) => {
  const [at, length] = [random.below(bytes.length), 1 + random.below(40)];
  put(bytes, at, random.bytes(length));
  return `noise at ${at}`;
};

/** A child that is its own parent, an ancestor, a neighbour, or nothing. */
const child: Spoiler = (page, random, all) => {
  const places = [...cellOffsets(page), page.start + 8];
  const [at, target] = [random.pick(places), pageNumber(page, random, all)];
  put(page.bytes, at, u32(target));
  return `child at ${at} → page ${target}`;
};

function pageNumber(page: PageImage, random: Random, all: readonly PageImage[]): number {
  return random.pick([0, 1, page.number, random.pick(all).number, random.telling(4, page.number)]);
}

/** Where the parts of a row begin: its length, its record, the body of the record. */
function partsOf({ bytes }: PageImage, cell: number): { record: number; body: number; length: number } {
  const [length, afterLength] = readVarint(bytes, cell);
  const [, record] = readVarint(bytes, afterLength);
  const [headerLength] = readVarint(bytes, record);
  return { record, body: record + headerLength, length };
}

const payloadLength: Spoiler = (page, random) => {
  const cell = random.pick([...cellOffsets(page), page.bytes.length - 9]);
  const varint = hugeVarint(random);
  put(page.bytes, cell, varint);
  return `the row at ${cell} has the length ${varint.toString('hex')}`;
};

const recordHeader: Spoiler = (page, random) => {
  const cell = random.pick([...cellOffsets(page), page.bytes.length - 9]);
  const at = partsOf(page, cell).record + random.below(7);
  const varint = random.chance(40) ? Buffer.from([random.telling(1, 23)]) : hugeVarint(random);
  put(page.bytes, at, varint);
  return `the record header of the row at ${cell} has ${varint.toString('hex')} at ${at}`;
};

const BAD_TEXT = [
  'ff',
  'c0af',
  'eda080',
  'd800',
  '00d8',
  'f4908080',
  '1b5b324a',
  '0a0d',
  'e280ae',
  '00',
  '22',
  '27',
  '5d',
];

const text: Spoiler = (page, random) => {
  const cell = random.pick([...cellOffsets(page), page.bytes.length - 60]);
  const { body, length } = partsOf(page, cell);
  const at = body + random.below(Math.min(length, page.bytes.length - body));
  const bad = Buffer.from(random.pick(BAD_TEXT), 'hex');
  for (let times = 0; times <= random.below(6); times += 1) put(page.bytes, at + times * bad.length, bad);
  return `text of the row at ${cell} has ${bad.toString('hex')} at ${at}`;
};

const WORDS = [
  'CREATE TABLE t(a);--',
  'REFERENCES [',
  'AS SELECT * FROM (',
  '((((((((((',
  'COLLATE none',
  'status state',
];

const sql: Spoiler = (page, random) => {
  const cell = random.pick([...cellOffsets(page), page.bytes.length - 60]);
  const { body, length } = partsOf(page, cell);
  const at = body + random.below(Math.min(length, page.bytes.length - body));
  const words = random.pick(WORDS);
  put(page.bytes, at, Buffer.from(words.repeat(1 + random.below(4))));
  return `SQL of the row at ${cell} has ${words} at ${at}`;
};

/** The last four bytes of what lies in the page are the first overflow page. */
const overflowPage: Spoiler = (page, random, all) => {
  const cell = random.pick([...cellOffsets(page), page.bytes.length - 60]);
  const target = pageNumber(page, random, all);
  put(page.bytes, cell, Buffer.from([0x81 + random.below(8), random.below(128)]));
  for (let at = cell + 40; at + 4 <= page.bytes.length; at += 1) {
    if (random.chance(30)) put(page.bytes, at, u32(target));
  }
  return `the row at ${cell} overflows to page ${target}`;
};

const COMMON: readonly Spoiler[] = [pageHeader, cellCount, cellPointer, sameCellAgain, noise, largerPages];
const INTERIOR_SPOILERS: readonly Spoiler[] = [...COMMON, child, child, child];
const LEAF_SPOILERS: readonly Spoiler[] = [
  ...COMMON,
  ...[payloadLength, recordHeader, recordHeader, text, sql, sql, overflowPage],
];

function hugeVarint(random: Random): Buffer {
  const length = 1 + random.below(9);
  return Buffer.from(Array.from({ length }, (_, i) => (i < length - 1 ? 0x80 : 0) | (random.u32() & 0xff)));
}

function readVarint(bytes: Buffer, offset: number): [value: number, next: number] {
  let value = 0;
  for (let at = offset; at < offset + 9; at += 1) {
    const byte = bytes[at] ?? 0;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return [value, at + 1];
  }
  return [value, offset + 9];
}

/** As much of it as fits. */
function put(bytes: Buffer, at: number, patch: Buffer): void {
  if (at >= 0 && at < bytes.length) patch.copy(bytes, at);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value & 0xffff);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}
