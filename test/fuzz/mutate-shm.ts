/** Spoils a WAL index, most of the time so that it is believed all the same. */
import { fixShmChecksums, frameOffsets, readNative, writeNative } from './checksums.js';
import type { Files } from './files.js';
import { resized } from './mutate-database.js';
import type { Random } from './random.js';

type Spoiler = (shm: Buffer, random: Random, wal: Buffer | null) => string;

/** Says what it did. */
export function mutateShm(files: Files, random: Random): string {
  if (files.shm === null || files.shm.length < 136) {
    files.shm = random.pick([Buffer.alloc(0), Buffer.alloc(3), random.bytes(136), Buffer.alloc(32_768)]);
    return `-shm of ${files.shm.length} bytes`;
  }
  if (random.chance(12)) {
    files.shm = resized(files.shm, random, 32_768);
    return `-shm of ${files.shm.length} bytes`;
  }
  const what = random.pick(SPOILERS)(files.shm, random, files.wal);
  const torn = random.chance(8);
  if (torn) files.shm.writeUInt8((files.shm.readUInt8(8) + 1) & 0xff, 8);
  return `-shm: ${what}${torn ? '; the copies differ' : ''}`;
}

/** walformat.html, "The WAL-Index Header"; the two copies alike, with a right checksum. */
const header: Spoiler = (shm, random) => {
  const at = 4 * random.below(10);
  const value = random.telling(4, readNative(shm, at));
  writeNative(shm, at, value);
  if (random.chance(85)) fixShmChecksums(shm);
  return `word at ${at} of both headers → ${value}`;
};

const mxFrame: Spoiler = (shm, random, wal) => {
  const frames = wal ? frameOffsets(wal).length : 0;
  const beyond = frames + random.below(5000);
  const value = random.pick([
    frames + 1,
    beyond,
    4062,
    4063,
    8158,
    2 ** 24,
    2 ** 31,
    2 ** 32 - 1,
    random.u32(),
  ]);
  writeNative(shm, 16, value);
  fixShmChecksums(shm);
  return `mxFrame → ${value}`;
};

/** An index that fits a frame of the WAL, though perhaps not the last one. */
const anotherFrame: Spoiler = (shm, random, wal) => {
  const frames = wal ? frameOffsets(wal) : [];
  if (!wal || frames.length === 0) return 'no frame';
  const frame = 1 + random.below(frames.length);
  const at = frames[frame - 1] ?? 32;
  writeNative(shm, 16, frame);
  writeNative(shm, 20, wal.readUInt32BE(at + 4));
  writeNative(shm, 24, wal.readUInt32BE(at + 16));
  writeNative(shm, 28, wal.readUInt32BE(at + 20));
  fixShmChecksums(shm);
  return `mxFrame → ${frame}, as that frame says`;
};

const COUNTS = { nBackfill: 96, nBackfillAttempted: 128 } as const;

const backfill: Spoiler = (shm, random) => {
  const [mark, name] = [readNative(shm, 16), random.pick(['nBackfill', 'nBackfillAttempted'] as const)];
  const value = random.pick([mark, mark + 1, 0, 2 ** 31, 2 ** 32 - 1, random.u32()]);
  writeNative(shm, COUNTS[name], value >>> 0);
  return `${name} → ${value}`;
};

const readMarks: Spoiler = (shm, random) => {
  const marks = Array.from({ length: 5 }, (_, slot) => random.telling(4, readNative(shm, 100 + 4 * slot)));
  for (const [slot, mark] of marks.entries()) writeNative(shm, 100 + 4 * slot, mark);
  return `read marks → ${marks.join(', ')}`;
};

/** Which page each frame holds: the whole array, or one entry of it. */
const pageNumbers: Spoiler = (shm, random) => {
  const entries = Math.min(readNative(shm, 16), 4062);
  const all = random.chance(40);
  const value = random.pick([0, 1, 2, 2 ** 32 - 1, random.u32()]);
  const chosen = all ? Array.from({ length: entries }, (_, entry) => entry) : [random.below(entries)];
  for (const entry of chosen) {
    const at = 136 + 4 * entry;
    if (at + 4 <= shm.length) writeNative(shm, at, value);
  }
  return `${all ? 'all page numbers' : `page number of frame ${(chosen[0] ?? 0) + 1}`} → ${value}`;
};

const noise: Spoiler = (shm, random) => {
  const bytes = random.bytes(1 + random.below(136));
  const at = random.below(random.chance(70) ? 136 : shm.length);
  bytes.copy(shm, at);
  if (random.chance(60)) fixShmChecksums(shm);
  return `noise at ${at}`;
};

const SPOILERS = [
  header,
  header,
  mxFrame,
  anotherFrame,
  backfill,
  readMarks,
  pageNumbers,
  pageNumbers,
  noise,
];
