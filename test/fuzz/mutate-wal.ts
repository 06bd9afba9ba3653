/** Spoils a WAL, with checksums that fit again or not. */
import {
  FRAME_HEADER_BYTES,
  fixHeaderChecksum,
  fixWalChecksums,
  frameOffsets,
  pageBytesOf,
} from './checksums.js';
import type { Files } from './files.js';
import { resized } from './mutate-database.js';
import type { Random } from './random.js';

type Spoiler = (wal: Buffer, random: Random) => string;

/** Says what it did. `others` are WALs of other databases. */
export function mutateWal(files: Files, random: Random, others: readonly Buffer[]): string {
  if (files.wal === null || files.wal.length < 32) return invent(files, random, others);
  const roll = random.below(100);
  if (roll < 4) return invent(files, random, others);
  if (roll < 20) return resize(files, files.wal, random);
  if (roll < 30) return rearrange(files, files.wal, random);
  const wal = files.wal;
  const what = random.pick(SPOILERS)(wal, random);
  const fix = random.pick([
    'the chain of checksums fixed',
    'the chain of checksums fixed',
    'header checksum fixed',
    'checksums left',
  ]);
  if (fix === 'header checksum fixed') fixHeaderChecksum(wal);
  else if (fix !== 'checksums left') fixWalChecksums(wal);
  return `WAL: ${what}; ${fix}`;
}

const HEADER_FIELDS = [
  'magic',
  'version',
  'page size',
  'checkpoint sequence',
  'salt 1',
  'salt 2',
  'checksum 1',
  'checksum 2',
];

const headerField: Spoiler = (wal, random) => {
  const field = random.below(8);
  const value = random.telling(4, wal.readUInt32BE(4 * field));
  wal.writeUInt32BE(value, 4 * field);
  return `${HEADER_FIELDS[field]} → ${value}`;
};

/** As a machine of the other byte order would have written it. */
const otherOrder: Spoiler = (wal) => {
  wal.writeUInt32BE((wal.readUInt32BE(0) ^ 1) >>> 0, 0);
  return 'checksums of the other byte order';
};

const otherVersion: Spoiler = (wal, random) => {
  wal.writeUInt32BE(random.pick([3_007_001, 3_006_999, 0]), 4);
  return `format version ${wal.readUInt32BE(4)}`;
};

const otherPageSize: Spoiler = (wal, random) => {
  const pageBytes = random.pick([0, 1, 256, 512, 1024, 2048, 4096, 32_768, 65_536, 131_072, 2 ** 31]);
  wal.writeUInt32BE(pageBytes, 8);
  return `page size → ${pageBytes}`;
};

const frameField: Spoiler = (wal, random) => {
  const frames = frameOffsets(wal);
  if (frames.length === 0) return 'no frame';
  const at = random.pick(frames);
  const field = random.pick([0, 0, 0, 1, 1, 1, 2, 3, 4, 5]);
  const value = random.telling(4, wal.readUInt32BE(at + 4 * field));
  wal.writeUInt32BE(value, at + 4 * field);
  return `field ${field} of frame ${frames.indexOf(at) + 1} → ${value}`;
};

const content: Spoiler = (wal, random) => {
  const noise = random.bytes(1 + random.below(64));
  const at = 32 + random.below(wal.length - 32);
  noise.copy(wal, at);
  return `noise at ${at}`;
};

/** Every frame is then said to hold it. */
const onePage: Spoiler = (wal, random) => {
  const page = random.pick([1, 2, 0xffffffff, random.u32()]);
  for (const at of frameOffsets(wal)) wal.writeUInt32BE(page, at);
  return `all frames hold page ${page}`;
};

const newSalts: Spoiler = (wal, random) => {
  const salts = random.bytes(8);
  salts.copy(wal, 16);
  for (const at of frameOffsets(wal)) salts.copy(wal, at + 8);
  return 'other salts everywhere';
};

const SPOILERS = [
  headerField,
  otherOrder,
  otherVersion,
  otherPageSize,
  frameField,
  frameField,
  content,
  onePage,
  newSalts,
];

function resize(files: Files, wal: Buffer, random: Random): string {
  // Its header may claim a page size of gigabytes by now.
  files.wal = resized(wal, random, FRAME_HEADER_BYTES + Math.min(pageBytesOf(wal), 65_536));
  if (random.chance(30)) fixWalChecksums(files.wal);
  return `WAL ${wal.length} → ${files.wal.length} bytes`;
}

/** Frames doubled, dropped or in another order, in an unbroken chain. */
function rearrange(files: Files, wal: Buffer, random: Random): string {
  const frameBytes = FRAME_HEADER_BYTES + pageBytesOf(wal);
  const frames = frameOffsets(wal).map((at) => wal.subarray(at, at + frameBytes));
  const chosen = Array.from({ length: Math.min(60, 1 + random.below(2 * frames.length)) }, () =>
    frames.length > 0 ? random.pick(frames) : Buffer.alloc(0),
  );
  files.wal = Buffer.concat([wal.subarray(0, 32), ...chosen]);
  for (const at of frameOffsets(files.wal)) files.wal.copy(files.wal, at + 8, 16, 24);
  fixWalChecksums(files.wal);
  return `WAL of ${chosen.length} frames in another order`;
}

/** Another database's, noise, or nothing. */
function invent(files: Files, random: Random, others: readonly Buffer[]): string {
  const roll = random.below(10);
  if (roll === 0) files.wal = Buffer.alloc(0);
  else if (roll === 1) files.wal = null;
  else if (roll < 4) files.wal = random.bytes(random.below(5000));
  else files.wal = Buffer.from(random.pick(others));
  if (files.wal && roll >= 2 && roll < 4 && files.wal.length > 32) {
    files.wal.writeUInt32BE(0x377f0682 + random.below(2), 0);
    files.wal.writeUInt32BE(3_007_000, 4);
    otherPageSize(files.wal, random);
    fixWalChecksums(files.wal);
  }
  return `another WAL of ${files.wal?.length ?? 'no'} bytes`;
}
