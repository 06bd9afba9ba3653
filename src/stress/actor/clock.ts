import type { Milliseconds, Pid } from '../../units.js';

/** CLOCK_MONOTONIC in milliseconds, the same in all processes of a machine (clock_gettime(2)). */
export function monotonicMs(): Milliseconds {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

/** Longer, and a coordinator that has died would be noticed too late. */
const SLICE_MS: Milliseconds = 50;

/**
 * Sleeps as code does that waits for something else: it gives the processor to others, as a busy loop would not, so that
 * 64 actors on two cores measure locks and not each other. Within 0.1 ms of the time asked for; ends early if the
 * process that started us is gone.
 */
export function sleepSync(ms: Milliseconds, parent: Pid): void {
  const end = performance.now() + ms;
  for (let left = ms; left > 0 && process.ppid === parent; left = end - performance.now()) {
    Atomics.wait(NEVER, 0, 0, Math.min(left, SLICE_MS));
  }
}

const NEVER = new Int32Array(new SharedArrayBuffer(4));
