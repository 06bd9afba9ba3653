/** Varints and records (sqlite.org/fileformat2.html#record_format). */
import type { Bytes } from '../units.js';
import { Corrupt } from './corrupt.js';
import type { DatabaseHeader } from './shapes.js';

export type SqliteValue = null | number | string | Buffer;

export interface Varint {
  /** Exact up to 2^53; larger ones are too large for whatever is read here. */
  readonly value: number;
  readonly next: Bytes;
}

const LONGEST_VARINT: Bytes = 9;

/** Big-endian groups of 7 bits, the high bit meaning "more"; a ninth byte counts whole. */
export function readVarint(bytes: Buffer, offset: Bytes): Varint {
  let value = 0;
  for (let i = 0; i < LONGEST_VARINT; i += 1) {
    const byte = bytes[offset + i];
    if (byte === undefined) throw new Corrupt('a number runs over the end of its page');
    const isLast = i === LONGEST_VARINT - 1;
    value = isLast ? value * 256 + byte : value * 128 + (byte & 0x7f);
    if (isLast || byte < 0x80) return { value, next: offset + i + 1 };
  }
  throw new Corrupt('a number has no end');
}

/** The first columns of a row: a hostile record may have as many as it has bytes. */
export function parseRecord(
  payload: Buffer,
  encoding: DatabaseHeader['textEncoding'],
  mostColumns = Number.POSITIVE_INFINITY,
): SqliteValue[] {
  const header = readVarint(payload, 0);
  if (header.value > payload.length) throw new Corrupt('the header of a record is longer than the record');
  const values: SqliteValue[] = [];
  let body = header.value;
  for (let at = header.next; at < header.value && values.length < mostColumns; ) {
    const serialType = readVarint(payload, at);
    const length = bodyBytes(serialType.value);
    if (body + length > payload.length) throw new Corrupt('a value runs over the end of its record');
    values.push(decodeValue(serialType.value, payload.subarray(body, body + length), encoding));
    body += length;
    at = serialType.next;
  }
  return values;
}

const FIXED_BYTES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0] as const;

function bodyBytes(serialType: number): Bytes {
  if (serialType >= 12) return Math.floor((serialType - 12) / 2);
  const length = FIXED_BYTES[serialType];
  if (length === undefined) throw new Corrupt(`a value has the reserved type ${serialType}`);
  return length;
}

function decodeValue(
  serialType: number,
  bytes: Buffer,
  encoding: DatabaseHeader['textEncoding'],
): SqliteValue {
  if (serialType >= 12) return serialType % 2 === 0 ? bytes : decodeText(bytes, encoding);
  if (serialType === 0) return null;
  if (serialType === 7) return bytes.readDoubleBE(0);
  if (serialType >= 8) return serialType - 8;
  return serialType === 6 ? Number(bytes.readBigInt64BE(0)) : bytes.readIntBE(0, bytes.length);
}

function decodeText(bytes: Buffer, encoding: DatabaseHeader['textEncoding']): string {
  const evenLength = bytes.length & ~1;
  if (encoding === 'utf-16le') return bytes.toString('utf16le', 0, evenLength);
  if (encoding === 'utf-16be') return Buffer.from(bytes.subarray(0, evenLength)).swap16().toString('utf16le');
  return bytes.toString('utf8');
}
