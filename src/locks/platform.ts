import type { Pid } from '../units.js';
import { describeLinux } from './describe.js';
import { writeLocksNow } from './lock-probe.js';
import type { AttachedProcess, KernelSample, LockName, ProcessSighting } from './shapes.js';
import type { WatchedDatabase } from './watched.js';

/** What a platform can tell about locks and the processes that hold them. */
export interface LockObserver {
  /** One sample for each database, in order, taken at one go. */
  observe(databases: readonly WatchedDatabase[]): KernelSample[];
  describe(pids: readonly Pid[]): AttachedProcess[];
  /** The write locks that a process holds at this moment, by what it had open. Absent where that cannot be read. */
  writeLocks?(process: ProcessSighting): LockName[];
}

/**
 * Linux reads /proc. Elsewhere lsof lists attached processes, and lock owners stay unknown.
 * @param self dblock's own pid, which is never reported
 */
export async function lockObserver(platform: string, self: Pid): Promise<LockObserver> {
  if (platform === 'linux') {
    const { observeLinux } = await import('./linux.js');
    return {
      observe: (databases) => observeLinux(databases, self),
      describe: (pids) => describeLinux(pids),
      writeLocks: (process) => writeLocksNow(process),
    };
  }
  const { observeWithLsof, describeWithLsof } = await import('./lsof.js');
  return { observe: (databases) => observeWithLsof(databases, self), describe: describeWithLsof };
}
