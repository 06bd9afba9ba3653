import { fixShmChecksums, fixWalChecksums, frameOffsets, readNative, writeNative } from './checksums.js';
import { copyOf, type Files } from './files.js';

const SALTS = Buffer.from('5a17000173616c74', 'hex');
const OLDER_SALTS = Buffer.from('5a1700006f6c6465', 'hex');

/**
 * The only thing that SQLite makes up is the salts of a WAL. With fixed ones, and checksums that fit them, the same
 * case has the same bytes on every run.
 */
export function fixedSalts(files: Files): Files {
  const fixed = copyOf(files);
  if (!fixed.wal || fixed.wal.length === 0) return fixed;
  const salts = Buffer.from(fixed.wal.subarray(16, 24));
  SALTS.copy(fixed.wal, 16);
  for (const at of frameOffsets(fixed.wal)) {
    const current = fixed.wal.subarray(at + 8, at + 16).equals(salts);
    (current ? SALTS : OLDER_SALTS).copy(fixed.wal, at + 8);
    if (!current) fixed.wal.fill(0, at + 16, at + 24);
  }
  fixWalChecksums(fixed.wal);
  if (fixed.shm) followWal(fixed.shm, fixed.wal);
  return fixed;
}

function followWal(shm: Buffer, wal: Buffer): void {
  wal.copy(shm, 32, 16, 24);
  const last = frameOffsets(wal)[readNative(shm, 16) - 1];
  if (last !== undefined) {
    writeNative(shm, 24, wal.readUInt32BE(last + 16));
    writeNative(shm, 28, wal.readUInt32BE(last + 20));
  }
  fixShmChecksums(shm);
}
