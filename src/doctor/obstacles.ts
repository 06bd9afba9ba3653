import type { Check } from './check.js';
import { dotfileLock } from './checks/dotfile-lock.js';
import { foreignWal } from './checks/foreign-wal.js';
import { hotJournal } from './checks/hot-journal.js';
import { lostLocks } from './checks/lost-locks.js';
import { networkFilesystem } from './checks/network-filesystem.js';
import { overlayLockDomains } from './checks/overlay-lock-domains.js';
import { splitBrain } from './checks/split-brain.js';

/**
 * What forbids a connection of ours, if it is more than good to know. A hot journal would be rolled back, and a foreign
 * WAL applied, by opening. The others mean that locks do not keep everybody out: then whoever writes may corrupt the
 * database, and a close delete a WAL that is in use.
 */
export const OBSTACLES: readonly Check[] = [
  hotJournal,
  foreignWal,
  splitBrain,
  lostLocks,
  networkFilesystem,
  overlayLockDomains,
  dotfileLock,
];
