import { situations as autoVacuumFull } from './auto-vacuum-full.js';
import { situations as checkpointAbsent } from './checkpoint-absent.js';
import { situations as clean } from './clean.js';
import { situations as commitWaitsForReaders } from './commit-waits-for-readers.js';
import { situations as dotfileLock } from './dotfile-lock.js';
import { situations as exclusiveLocking } from './exclusive-locking.js';
import { situations as foreignKeyWithoutIndex } from './foreign-key-without-index.js';
import { situations as foreignWal } from './foreign-wal.js';
import { situations as forkSharedConnection } from './fork-shared-connection.js';
import { situations as freelist } from './freelist.js';
import { situations as hardLinks } from './hard-links.js';
import { situations as hotJournal } from './hot-journal.js';
import { situations as leftoverWal } from './leftover-wal.js';
import { situations as lostLocks } from './lost-locks.js';
import { situations as orphanedJobs } from './orphaned-jobs.js';
import { situations as pageSize } from './page-size.js';
import { situations as queueClaimScan } from './queue-claim-scan.js';
import { situations as read0Pin } from './read0-pin.js';
import { situations as readerPins } from './reader-pins.js';
import { situations as rollbackSeveralProcesses } from './rollback-several-processes.js';
import { situations as sidecarPermissions } from './sidecar-permissions.js';
import type { Situation } from './situation.js';
import { situations as splitBrain } from './split-brain.js';
import { situations as stoppedWriter } from './stopped-writer.js';
import { situations as walOversized } from './wal-oversized.js';
import { situations as walStarved } from './wal-starved.js';
import { situations as writerHolding } from './writer-holding.js';

/** Every situation that the tests can stage; one file each in this folder. */
export const allSituations: readonly Situation[] = [
  ...autoVacuumFull,
  ...checkpointAbsent,
  ...clean,
  ...commitWaitsForReaders,
  ...dotfileLock,
  ...exclusiveLocking,
  ...foreignKeyWithoutIndex,
  ...foreignWal,
  ...forkSharedConnection,
  ...freelist,
  ...hardLinks,
  ...hotJournal,
  ...leftoverWal,
  ...lostLocks,
  ...orphanedJobs,
  ...pageSize,
  ...queueClaimScan,
  ...read0Pin,
  ...readerPins,
  ...rollbackSeveralProcesses,
  ...sidecarPermissions,
  ...splitBrain,
  ...stoppedWriter,
  ...walOversized,
  ...walStarved,
  ...writerHolding,
];

/** @throws if there is none of that name. */
export function situationNamed(name: string): Situation {
  const found = allSituations.find((situation) => situation.name === name);
  if (!found) throw new Error(`no situation is called ${name}`);
  return found;
}

export type { Expected, Findings, Situation, Staged } from './situation.js';
