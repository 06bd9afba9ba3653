import type { Milliseconds } from '../../units.js';
import { isLockError } from './failure.js';
import type { Backstage, Step } from './role.js';
import { failureOf } from './sqlite-failure.js';
import type { Watch } from './watch.js';

/** Counts what was refused, and goes on: who neither writes nor retries leaves it at that. Throws what SQLite did not. */
export function giveUp({ plan, tally }: Backstage, watch: Watch, error: unknown, dueMs: Milliseconds): Step {
  const { code, message } = failureOf(error);
  const nowMs = performance.now();
  const { busyTimeoutMs } = plan.connection;
  const failed = { code, phase: watch.phase, elapsedMs: nowMs - watch.since, busyTimeoutMs };
  tally.error({ ...failed, readBefore: false, spentBefore: false }, message);
  tally.gaveUp(dueMs, nowMs, isLockError(code));
  return { ended: true, pauseMs: 0 };
}
