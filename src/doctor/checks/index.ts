import type { Check } from '../check.js';
import { autoVacuum } from './auto-vacuum.js';
import { autocheckpointOff } from './autocheckpoint-off.js';
import { busyTimeoutMissing } from './busy-timeout-missing.js';
import { checkpointAbsent } from './checkpoint-absent.js';
import { commitWaitsForReaders } from './commit-waits-for-readers.js';
import { connectionChurn } from './connection-churn.js';
import { deferredUpgrade } from './deferred-upgrade.js';
import { dotfileLock } from './dotfile-lock.js';
import { exclusiveLocking } from './exclusive-locking.js';
import { foreignKeyViolations } from './foreign-key-violations.js';
import { foreignKeyWithoutIndex } from './foreign-key-without-index.js';
import { foreignWal } from './foreign-wal.js';
import { forkSharedConnection } from './fork-shared-connection.js';
import { freelist } from './freelist.js';
import { hardLinks } from './hard-links.js';
import { hotJournal } from './hot-journal.js';
import { integrity } from './integrity.js';
import { leftoverWal } from './leftover-wal.js';
import { lostLocks } from './lost-locks.js';
import { lowDiskSpace } from './low-disk-space.js';
import { mixedJournalModes } from './mixed-journal-modes.js';
import { moreRunningThanWorkers } from './more-running-than-workers.js';
import { networkFilesystem } from './network-filesystem.js';
import { orphanedJobs } from './orphaned-jobs.js';
import { overlayLockDomains } from './overlay-lock-domains.js';
import { pageSize } from './page-size.js';
import { queueClaimScan } from './queue-claim-scan.js';
import { readerPinsWal } from './reader-pins-wal.js';
import { rollbackJournal } from './rollback-journal.js';
import { sidecarPermissions } from './sidecar-permissions.js';
import { splitBrain } from './split-brain.js';
import { stoppedLockHolder } from './stopped-lock-holder.js';
import { synchronousFullInWal } from './synchronous-full-in-wal.js';
import { synchronousOff } from './synchronous-off.js';
import { twoSqliteLibraries } from './two-sqlite-libraries.js';
import { walOversized } from './wal-oversized.js';
import { walResetBug } from './wal-reset-bug.js';
import { walStarved } from './wal-starved.js';
import { writeLockHeld } from './write-lock-held.js';

/** Every check, in order of importance: this is the order of reports and of the table in the README. */
export const checks: readonly Check[] = [
  // what happens now
  splitBrain,
  lostLocks,
  stoppedLockHolder,
  writeLockHeld,
  commitWaitsForReaders,
  exclusiveLocking,
  readerPinsWal,
  walStarved,
  checkpointAbsent,
  forkSharedConnection,
  walResetBug,
  twoSqliteLibraries,
  walOversized,
  // what lies on the disk
  foreignWal,
  networkFilesystem,
  lowDiskSpace,
  hotJournal,
  rollbackJournal,
  sidecarPermissions,
  dotfileLock,
  overlayLockDomains,
  hardLinks,
  mixedJournalModes,
  leftoverWal,
  pageSize,
  autoVacuum,
  freelist,
  // what tables and their rows say
  orphanedJobs,
  moreRunningThanWorkers,
  queueClaimScan,
  foreignKeyWithoutIndex,
  // what the owner of the application declares
  busyTimeoutMissing,
  deferredUpgrade,
  connectionChurn,
  autocheckpointOff,
  synchronousOff,
  synchronousFullInWal,
  // what only --deep can see
  integrity,
  foreignKeyViolations,
];
