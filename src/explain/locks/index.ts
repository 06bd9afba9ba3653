import type { LockText } from './lock.js';
import { exclusive, pending, reserved, shared } from './rollback.js';
import { ckpt, dms, read0, readMarks, recover, write } from './wal.js';

/** In the order of their bytes, those of the database file first. */
export const lockTexts: readonly LockText[] = [
  pending,
  reserved,
  shared,
  exclusive,
  write,
  ckpt,
  recover,
  read0,
  readMarks,
  dms,
];
