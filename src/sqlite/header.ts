import { plural } from '../units.js';
import type { DatabaseHeader } from './shapes.js';

export type HeaderParse =
  | { readonly kind: 'header'; readonly header: DatabaseHeader }
  | { readonly kind: HeaderProblemKind; readonly reason: string };
export type HeaderProblemKind = 'too-short' | 'encrypted' | 'not-a-database' | 'invalid';

export const HEADER_BYTES = 100;
const MAGIC = Buffer.from('SQLite format 3\0', 'latin1');
/** btree.c, lockBtree: less leaves no room for a b-tree page. */
const LEAST_USABLE_BYTES = 480;
/** btree.c, lockBtree: 1 is rollback mode, 2 is WAL. A newer write version only forbids to write. */
const NEWEST_READ_VERSION = 2;
/** sqliteInt.h, SQLITE_MAX_FILE_FORMAT. */
const NEWEST_SCHEMA_FORMAT = 4;

/** Reads the 100 bytes at the start of a database (sqlite.org/fileformat2.html#the_database_header). */
export function parseHeader(bytes: Buffer): HeaderParse {
  if (bytes.length < HEADER_BYTES) {
    return problem(
      'too-short',
      `it has ${plural(bytes.length, 'byte')}, and the header of a database alone has 100`,
    );
  }
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return withoutMagic(bytes);
  const reason = findFault(bytes);
  return reason ? problem('invalid', reason) : { kind: 'header', header: decode(bytes) };
}

function problem(kind: HeaderProblemKind, reason: string): HeaderParse {
  return { kind, reason };
}

function withoutMagic(bytes: Buffer): HeaderParse {
  return looksRandom(bytes)
    ? problem('encrypted', 'it does not begin with "SQLite format 3", and its first 100 bytes look random')
    : problem('not-a-database', 'it does not begin with "SQLite format 3"');
}

/** 100 random bytes have 83 ± 3 different values; text, programs and zeros have far fewer. */
const LEAST_DISTINCT_VALUES = 70;
/** gzip, zip, zstd, xz, bzip2, 7z, PNG, JPEG: as random as cipher text, but known. */
const COMPRESSED = ['1f8b', '504b', '28b52ffd', 'fd377a58', '425a68', '377abcaf', '89504e47', 'ffd8ff'];

function looksRandom(bytes: Buffer): boolean {
  const start = bytes.toString('hex', 0, 4);
  if (COMPRESSED.some((magic) => start.startsWith(magic))) return false;
  return new Set(bytes.subarray(0, HEADER_BYTES)).size >= LEAST_DISTINCT_VALUES;
}

/** What makes SQLite answer SQLITE_NOTADB or "unsupported file format" (lockBtree, sqlite3InitOne). */
function findFault(bytes: Buffer): string | null {
  const readVersion = bytes.readUInt8(19);
  if (readVersion > NEWEST_READ_VERSION)
    return `its read version ${readVersion} is unknown; SQLite reads versions 1 and 2`;
  const pageBytes = decodePageBytes(bytes.readUInt16BE(16));
  if (!isPageSize(pageBytes))
    return `its page size of ${pageBytes} bytes is not a power of two from 512 to 65536`;
  const fractions = [...bytes.subarray(21, 24)].join('/');
  if (fractions !== '64/32/32') return `its payload fractions are ${fractions} instead of 64/32/32`;
  const reserved = bytes.readUInt8(20);
  if (pageBytes - reserved < LEAST_USABLE_BYTES)
    return `it reserves ${reserved} bytes of each ${pageBytes} byte page`;
  const schemaFormat = bytes.readUInt32BE(44);
  if (schemaFormat > NEWEST_SCHEMA_FORMAT) {
    return `its schema format ${schemaFormat} is unknown; it may be encrypted behind a plain header`;
  }
  return null;
}

/** 1 stands for 65536, which does not fit into 16 bits. */
function decodePageBytes(stored: number): number {
  return stored === 1 ? 65_536 : stored;
}

export function isPageSize(bytes: number): boolean {
  return bytes >= 512 && bytes <= 65_536 && (bytes & (bytes - 1)) === 0;
}

function decode(bytes: Buffer): DatabaseHeader {
  const changeCounter = bytes.readUInt32BE(24);
  const pageCount = bytes.readUInt32BE(28);
  return {
    pageBytes: decodePageBytes(bytes.readUInt16BE(16)),
    writeVersion: bytes.readUInt8(18),
    readVersion: bytes.readUInt8(19),
    journalMode: decodeJournalMode(bytes.readUInt8(18), bytes.readUInt8(19)),
    reservedBytes: bytes.readUInt8(20),
    changeCounter,
    pageCount,
    pageCountValid: pageCount > 0 && bytes.readUInt32BE(92) === changeCounter,
    freelistPages: bytes.readUInt32BE(36),
    schemaCookie: bytes.readUInt32BE(40),
    schemaFormat: bytes.readUInt32BE(44),
    autoVacuum: decodeAutoVacuum(bytes),
    textEncoding: decodeTextEncoding(bytes.readUInt32BE(56)),
    userVersion: bytes.readInt32BE(60),
    applicationId: bytes.readInt32BE(68),
    sqliteVersionNumber: bytes.readUInt32BE(96),
  };
}

function decodeJournalMode(write: number, read: number): DatabaseHeader['journalMode'] {
  if (write === 1 && read === 1) return 'rollback';
  return write === 2 && read === 2 ? 'wal' : 'unknown';
}

/** Offset 52 is the largest root page: not zero means auto-vacuum; 64 says of which kind. */
function decodeAutoVacuum(bytes: Buffer): DatabaseHeader['autoVacuum'] {
  if (bytes.readUInt32BE(52) === 0) return 'none';
  return bytes.readUInt32BE(64) === 0 ? 'full' : 'incremental';
}

const TEXT_ENCODINGS = ['unset', 'utf-8', 'utf-16le', 'utf-16be'] as const;

function decodeTextEncoding(stored: number): DatabaseHeader['textEncoding'] {
  return TEXT_ENCODINGS[stored] ?? 'invalid';
}
