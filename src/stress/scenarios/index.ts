/** The scenarios, those of the incidents first. */
import { batchHerd } from './batch-herd.js';
import { checkpointStall } from './checkpoint-stall.js';
import { claimRace } from './claim-race.js';
import { commitBehindReaders } from './commit-behind-readers.js';
import { crashMidCommit } from './crash-mid-commit.js';
import { longScan } from './long-scan.js';
import { longTransaction } from './long-transaction.js';
import { mixedJournal } from './mixed-journal.js';
import { openCloseChurn } from './open-close-churn.js';
import { overlappingReaders } from './overlapping-readers.js';
import { readerPinsWal } from './reader-pins-wal.js';
import type { Scenario } from './scenario.js';
import { scraperFanIn } from './scraper-fan-in.js';
import { staleSnapshot } from './stale-snapshot.js';
import { timeoutNotSet } from './timeout-not-set.js';
import { upgradeFromRead } from './upgrade-from-read.js';
import { writerQueueStarves } from './writer-queue-starves.js';

export const scenarios: readonly Scenario[] = [
  claimRace,
  batchHerd,
  scraperFanIn,
  mixedJournal,
  longScan,
  upgradeFromRead,
  staleSnapshot,
  timeoutNotSet,
  openCloseChurn,
  readerPinsWal,
  overlappingReaders,
  checkpointStall,
  longTransaction,
  crashMidCommit,
  commitBehindReaders,
  writerQueueStarves,
];
