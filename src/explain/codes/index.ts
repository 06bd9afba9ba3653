import { busy, busyRecovery, busySnapshot, busyTimeout } from './busy.js';
import type { CodeText } from './code.js';
import { cantopen, corrupt, full, notadb } from './files.js';
import {
  ioerrDeleteNoent,
  ioerrLock,
  ioerrShmlock,
  ioerrShmmap,
  ioerrShmopen,
  ioerrShmsize,
} from './ioerr.js';
import { locked, lockedSharedCache, lockedVtab } from './locked.js';
import { protocol } from './protocol.js';
import {
  readonly,
  readonlyCantinit,
  readonlyCantlock,
  readonlyDbmoved,
  readonlyDirectory,
  readonlyRecovery,
  readonlyRollback,
} from './readonly.js';

/** One for each of sqlite/result-codes.ts, in the same order. */
export const codeTexts: readonly CodeText[] = [
  busy,
  busyRecovery,
  busySnapshot,
  busyTimeout,
  locked,
  lockedSharedCache,
  lockedVtab,
  protocol,
  readonly,
  readonlyRecovery,
  readonlyCantlock,
  readonlyRollback,
  readonlyDbmoved,
  readonlyCantinit,
  readonlyDirectory,
  cantopen,
  ioerrLock,
  ioerrShmopen,
  ioerrShmsize,
  ioerrShmlock,
  ioerrShmmap,
  ioerrDeleteNoent,
  corrupt,
  full,
  notadb,
];
