/** The remedies, in the order in which `--compare all` plays them. */
import { batch } from './batch.js';
import { beginImmediate } from './begin-immediate.js';
import { busyTimeout } from './busy-timeout.js';
import { cacheAndMmap } from './cache-and-mmap.js';
import { autocheckpoint, scheduledCheckpoint } from './checkpoints.js';
import { connectionReuse } from './connection-reuse.js';
import { fewerWorkers } from './fewer-workers.js';
import type { Remedy } from './remedy.js';
import { retryLibrary, retryPipeline, retryScraper } from './retry.js';
import { singleWriterQueue } from './single-writer-queue.js';
import { synchronousNormal } from './synchronous-normal.js';
import { wal } from './wal.js';
import { workOutsideTransaction } from './work-outside-transaction.js';

export const remedies: readonly Remedy[] = [
  beginImmediate,
  busyTimeout,
  workOutsideTransaction,
  retryPipeline,
  retryScraper,
  retryLibrary,
  singleWriterQueue,
  batch,
  connectionReuse,
  fewerWorkers,
  wal,
  synchronousNormal,
  autocheckpoint,
  scheduledCheckpoint,
  cacheAndMmap,
];
