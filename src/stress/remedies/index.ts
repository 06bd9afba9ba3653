/** The remedies, in the order in which `--compare all` plays them: of those that help as much, the first is the least change. */
import { atomicClaim } from './atomic-claim.js';
import { batch } from './batch.js';
import { beginImmediate } from './begin-immediate.js';
import { busyTimeout } from './busy-timeout.js';
import { cacheAndMmap } from './cache-and-mmap.js';
import { autocheckpoint, scheduledCheckpoint } from './checkpoints.js';
import { commitPerChunk } from './commit-per-chunk.js';
import { connectionReuse } from './connection-reuse.js';
import { fewerWorkers } from './fewer-workers.js';
import { pruneReaders, readOnlyReaders } from './readers.js';
import type { Remedy } from './remedy.js';
import { retryLibrary, retryPipeline, retryScraper } from './retry.js';
import { sessionPerJob } from './session-per-job.js';
import { singleWriterQueue } from './single-writer-queue.js';
import { synchronousNormal } from './synchronous-normal.js';
import { connectionCap, pauseWorkers } from './turns.js';
import { wal } from './wal.js';
import { workOutsideTransaction } from './work-outside-transaction.js';

export const remedies: readonly Remedy[] = [
  ...[beginImmediate, busyTimeout, wal, synchronousNormal, connectionReuse, sessionPerJob, atomicClaim],
  ...[workOutsideTransaction, commitPerChunk, batch, retryPipeline, retryScraper, retryLibrary],
  ...[fewerWorkers, connectionCap, pauseWorkers, singleWriterQueue],
  ...[pruneReaders, readOnlyReaders, autocheckpoint, scheduledCheckpoint, cacheAndMmap],
];
