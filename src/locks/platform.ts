import type { Pid } from '../units.js';
import type { AttachedProcess, KernelSample } from './shapes.js';
import type { WatchedDatabase } from './watched.js';

/** What a platform can tell about locks and the processes that hold them. */
export interface LockObserver {
  /** One sample for each database, in order, taken at one go. */
  observe(databases: readonly WatchedDatabase[]): KernelSample[];
  describe(pids: readonly Pid[]): AttachedProcess[];
}

/**
 * Linux reads /proc. Elsewhere lsof lists attached processes, and lock owners stay unknown.
 * @param self dblock's own pid, which is never reported
 */
export async function lockObserver(platform: string, self: Pid): Promise<LockObserver> {
  if (platform === 'linux') {
    const [{ observeLinux }, { describeLinux }] = await Promise.all([
      import('./linux.js'),
      import('./describe.js'),
    ]);
    return { observe: (databases) => observeLinux(databases, self), describe: (pids) => describeLinux(pids) };
  }
  const { observeWithLsof, describeWithLsof } = await import('./lsof.js');
  return { observe: (databases) => observeWithLsof(databases, self), describe: describeWithLsof };
}
