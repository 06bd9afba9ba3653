/** Waiting for others to give up a lock. */
import { SqliteFailure } from '../sqlite/failure.js';
import type { Milliseconds } from '../units.js';
import type { Tally } from './tally.js';
import { BUSY_RESULT, isBusy } from './transaction.js';

export interface Patience {
  readonly waitMs: Milliseconds;
  readonly signal: AbortSignal;
  readonly tally: Tally;
  sleep(ms: Milliseconds): Promise<void>;
  random(): number;
}

const FIRST_BACKOFF_MS: Milliseconds = 2;
const LONGEST_BACKOFF_MS: Milliseconds = 100;

/** Waits with growing, jittered pauses while others have the lock. Throws `SqliteFailure` when the wait is over. */
export async function patiently<T>(
  { waitMs, signal, tally, sleep, random }: Patience,
  attempt: () => T | typeof BUSY_RESULT,
): Promise<T> {
  const startedMs = performance.now();
  for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(LONGEST_BACKOFF_MS, backoffMs * 2)) {
    const result = tryOnce(attempt);
    const waitedMs = performance.now() - startedMs;
    if (result !== BUSY_RESULT) {
      if (backoffMs > FIRST_BACKOFF_MS) tally.waitedMs += waitedMs;
      return result;
    }
    if (waitedMs >= waitMs) {
      tally.waitedMs += waitedMs;
      throw new SqliteFailure('SQLITE_BUSY', 'others kept the database locked until the wait was over');
    }
    signal.throwIfAborted();
    await sleep(Math.min(backoffMs * (0.5 + random()), Math.max(1, waitMs - waitedMs)));
  }
}

function tryOnce<T>(attempt: () => T | typeof BUSY_RESULT): T | typeof BUSY_RESULT {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof SqliteFailure && isBusy(error)) return BUSY_RESULT;
    throw error;
  }
}
