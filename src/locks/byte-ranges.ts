import type { HeldLock, LockName } from './shapes.js';

/** A kernel lock's byte range, both ends included; `lastByte: null` reaches to the end of the file. */
export interface ByteRange {
  readonly firstByte: number;
  readonly lastByte: number | null;
}

/** os.h: PENDING_BYTE, RESERVED_BYTE, and SHARED_FIRST, the first of SHARED_SIZE bytes. */
const DATABASE_BYTES: readonly (readonly [LockName, number])[] = [
  ['PENDING', 1073741824],
  ['RESERVED', 1073741825],
  ['SHARED', 1073741826],
];

/** os_unix.c: UNIX_SHM_BASE = 120 and UNIX_SHM_DMS = 128; the order is wal.c's WAL_WRITE_LOCK … */
const SHM_BYTES: readonly (readonly [LockName, number])[] = [
  ['WRITE', 120],
  ['CKPT', 121],
  ['RECOVER', 122],
  ['READ0', 123],
  ['READ1', 124],
  ['READ2', 125],
  ['READ3', 126],
  ['READ4', 127],
  ['DMS', 128],
];

/**
 * SQLite's locks that a range contains. The kernel merges adjacent ranges of one type, so a line
 * may start before a lock and end after it: only containment of its byte counts.
 */
export function lockNamesIn(file: HeldLock['file'], range: ByteRange): LockName[] {
  const bytes = file === 'database' ? DATABASE_BYTES : SHM_BYTES;
  return bytes.filter(([, byte]) => contains(range, byte)).map(([name]) => name);
}

function contains({ firstByte, lastByte }: ByteRange, byte: number): boolean {
  return firstByte <= byte && (lastByte === null || byte <= lastByte);
}
