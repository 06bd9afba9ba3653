/** Spoils the database file: fields of its header, bytes anywhere, its length. */
import { fixWalChecksums } from './checksums.js';
import type { Files } from './files.js';
import { databasePageBytes, pageImage } from './pages.js';
import type { Random } from './random.js';

interface Field {
  readonly name: string;
  readonly at: number;
  readonly width: 1 | 2 | 4;
}

/** sqlite.org/fileformat2.html#the_database_header */
const FIELDS: readonly Field[] = [
  { name: 'page size', at: 16, width: 2 },
  { name: 'page size', at: 16, width: 2 },
  { name: 'write version', at: 18, width: 1 },
  { name: 'read version', at: 19, width: 1 },
  { name: 'read version', at: 19, width: 1 },
  { name: 'reserved bytes', at: 20, width: 1 },
  { name: 'largest payload fraction', at: 21, width: 1 },
  { name: 'smallest payload fraction', at: 22, width: 1 },
  { name: 'leaf payload fraction', at: 23, width: 1 },
  { name: 'change counter', at: 24, width: 4 },
  { name: 'page count', at: 28, width: 4 },
  { name: 'page count', at: 28, width: 4 },
  { name: 'first freelist trunk', at: 32, width: 4 },
  { name: 'freelist pages', at: 36, width: 4 },
  { name: 'schema cookie', at: 40, width: 4 },
  { name: 'schema format', at: 44, width: 4 },
  { name: 'cache size', at: 48, width: 4 },
  { name: 'largest root page', at: 52, width: 4 },
  { name: 'text encoding', at: 56, width: 4 },
  { name: 'user version', at: 60, width: 4 },
  { name: 'incremental vacuum', at: 64, width: 4 },
  { name: 'application id', at: 68, width: 4 },
  { name: 'version valid for', at: 92, width: 4 },
  { name: 'SQLite version', at: 96, width: 4 },
];

/** Each is possible, though not for this file; 1 stands for 65536. */
const PAGE_SIZES = [512, 1024, 2048, 4096, 8192, 32_768, 1];

/** One field, in the file or in the newest frame of page 1. */
export function mutateHeaderField(files: Files, random: Random): string {
  const newest = pageImage(files, 1);
  const inWal = newest?.place === 'wal' && random.chance(40);
  const header = inWal ? newest.bytes : files.database;
  const field = random.pick(FIELDS);
  if (header.length < field.at + field.width) return 'no header to spoil';
  const now = header.readUIntBE(field.at, field.width);
  const isOtherSize = field.name === 'page size' && random.chance(50);
  const value = isOtherSize ? random.pick(PAGE_SIZES) : random.telling(field.width, now);
  header.writeUIntBE(value, field.at, field.width);
  if (inWal && files.wal) fixWalChecksums(files.wal);
  return `${field.name} ${now} → ${value} in the ${inWal ? 'wal' : 'database'}`;
}

export function mutateHeaderBytes(files: Files, random: Random): string {
  const places = Array.from({ length: 1 + random.below(8) }, () => random.below(100));
  for (const at of places) {
    if (at < files.database.length) files.database.writeUInt8(random.telling(1, files.database[at] ?? 0), at);
  }
  return `bytes ${places.join(', ')} of the header`;
}

export function mutateAnyBytes(files: Files, random: Random): string {
  const noise = random.bytes(1 + random.below(200));
  const at = random.below(files.database.length);
  if (files.database.length > 0) noise.copy(files.database, at);
  return `${noise.length} bytes of noise at ${at} of the database`;
}

export function resizeDatabase(files: Files, random: Random): string {
  const { length } = files.database;
  files.database = resized(files.database, random, databasePageBytes(files.database));
  return `database ${length} → ${files.database.length} bytes`;
}

/** Cut anywhere, at telling places more often; or longer by zeros, noise or a repetition. */
export function resized(bytes: Buffer, random: Random, unit: number): Buffer {
  if (random.chance(30)) {
    const tail = random.pick([Buffer.alloc(random.below(3 * unit)), random.bytes(random.below(600)), bytes]);
    return Buffer.concat([bytes, tail.subarray(0, 100_000)]);
  }
  const units = random.below(Math.ceil(bytes.length / unit) + 1) * unit;
  const telling = random.pick([
    0,
    1,
    3,
    15,
    16,
    23,
    31,
    32,
    99,
    100,
    135,
    136,
    units,
    units - 1,
    units + 1,
    units + 32,
  ]);
  const length = random.chance(50) ? random.below(bytes.length + 1) : telling;
  return Buffer.from(bytes.subarray(0, Math.max(0, length)));
}
