/** Quick looks between the two samples: one who holds a write lock in both may have let go of it in between. */
import type { LockObserver } from '../locks/platform.js';
import type { HeldLock, KernelSample, LockName, ProcessSighting } from '../locks/shapes.js';
import type { Milliseconds, Pid } from '../units.js';
import type { LetGo } from './shapes.js';

/** Enough to catch one who takes the lock for half of the time; uneven, so as not to keep step with a poller. */
const LOOKS = 16;

interface Clock {
  readonly sleep: (ms: Milliseconds) => Promise<void>;
  /** Unix time in milliseconds. */
  now(): Milliseconds;
}

interface Watched {
  readonly process: ProcessSighting;
  readonly names: readonly LockName[];
  readonly letGo: Set<LockName>;
}

/** Waits, and meanwhile looks whether the write locks of these samples stay. One list for each sample, in order. */
export async function waitForLetGo(
  samples: readonly KernelSample[],
  intervalMs: Milliseconds,
  { sleep, now }: Clock,
  observer: LockObserver,
): Promise<LetGo[][]> {
  const watched = samples.map((sample) => (observer.writeLocks ? writers(sample) : []));
  const all = watched.flat();
  const until = now() + intervalMs;
  for (let look = 0; all.length > 0 && look < LOOKS; look += 1) {
    const left = until - now();
    if (left <= 0) break;
    await sleep(Math.min(left, ((look % 3) + 1) * (intervalMs / LOOKS / 2)));
    for (const one of all) lookAt(one, observer);
  }
  const left = until - now();
  if (left > 0) await sleep(left);
  return watched.map((processes) => processes.flatMap(letGoOf));
}

function writers({ locks, processes }: KernelSample): Watched[] {
  return processes.flatMap((process) => {
    const names = writeNames(locks, process.pid);
    return names.length > 0 && process.descriptors.length > 0 ? [{ process, names, letGo: new Set() }] : [];
  });
}

function writeNames(locks: readonly HeldLock[], pid: Pid): LockName[] {
  return locks.filter((lock) => lock.pid === pid && lock.mode === 'WRITE').flatMap(({ names }) => names);
}

function lookAt({ process, names, letGo }: Watched, observer: LockObserver): void {
  const held = observer.writeLocks?.(process) ?? names;
  for (const name of names) if (!held.includes(name)) letGo.add(name);
}

function letGoOf({ process, letGo }: Watched): LetGo[] {
  return letGo.size > 0 ? [{ pid: process.pid, names: [...letGo] }] : [];
}
