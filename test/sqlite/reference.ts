/** Slow and plain: the file format in the words of its documentation, to hold the fast code against. */
import type { Actor, Connection } from '../support/actor.js';
import type { Stage } from '../support/stage.js';

const WORD = 2n ** 32n;

/** sqlite.org/fileformat2.html#checksum_algorithm */
export function referenceChecksum(
  bytes: Buffer,
  order: 'big-endian' | 'little-endian',
  seed: [number, number] = [0, 0],
): [number, number] {
  let [s0, s1] = seed.map(BigInt) as [bigint, bigint];
  const word = (at: number) =>
    BigInt(order === 'big-endian' ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
  for (let at = 0; at < bytes.length; at += 8) {
    s0 = (s0 + word(at) + s1) % WORD;
    s1 = (s1 + word(at + 4) + s0) % WORD;
  }
  return [Number(s0), Number(s1)];
}

/** The same WAL with checksums in the other byte order: as a machine of that order would have written it. */
export function withBigEndianChecksums(wal: Buffer): Buffer {
  const copy = Buffer.from(wal);
  const frameBytes = 24 + copy.readUInt32BE(8);
  copy.writeUInt32BE(0x377f0683, 0);
  let sum = referenceChecksum(copy.subarray(0, 24), 'big-endian');
  writeChecksum(copy, 24, sum);
  for (let at = 32; at + frameBytes <= copy.length; at += frameBytes) {
    sum = referenceChecksum(copy.subarray(at, at + 8), 'big-endian', sum);
    sum = referenceChecksum(copy.subarray(at + 24, at + frameBytes), 'big-endian', sum);
    writeChecksum(copy, at + 16, sum);
  }
  return copy;
}

function writeChecksum(bytes: Buffer, at: number, [s0, s1]: [number, number]): void {
  bytes.writeUInt32BE(s0, at);
  bytes.writeUInt32BE(s1, at + 4);
}

/** 7 bits a byte, most significant first; a ninth byte holds 8: sqlite.org/fileformat2.html#varint */
export function encodeVarint(value: bigint): Buffer {
  if (value >= 2n ** 56n) {
    const high = Array.from(
      { length: 8 },
      (_, i) => Number((value >> BigInt(8 + 7 * (7 - i))) & 0x7fn) | 0x80,
    );
    return Buffer.from([...high, Number(value & 0xffn)]);
  }
  const groups = [Number(value & 0x7fn)];
  for (let rest = value >> 7n; rest > 0n; rest >>= 7n) groups.unshift(Number(rest & 0x7fn) | 0x80);
  return Buffer.from(groups);
}

export interface Opened {
  readonly actor: Actor;
  readonly connection: Connection;
  readonly path: string;
}

/** A database that another process has open, after some statements. Nothing is checkpointed by itself. */
export async function openDatabase(stage: Stage, ...sql: string[]): Promise<Opened> {
  const actor = await stage.actor('node');
  const path = stage.path('app.db');
  const connection = await actor.open(path);
  await connection.exec(...sql);
  return { actor, connection, path };
}

/** In WAL mode, without automatic checkpoints. */
export const WAL_MODE = ['PRAGMA journal_mode=WAL', 'PRAGMA wal_autocheckpoint=0'];

/** What SQLite itself says: the last committed frame. Attaches, and so recovers a WAL that was left over. */
export async function committedFramesBySqlite(connection: Connection): Promise<number> {
  const [row] = await connection.query('PRAGMA wal_checkpoint(NOOP)');
  return Number(row?.[1]);
}
