import type { Milliseconds } from '../../units.js';
import type { ConnectionPlan } from '../plan.js';
import { failureOf, isLockError } from './failure.js';
import type { Backstage, Step } from './role.js';
import type { Tally } from './tally.js';
import type { Watch } from './watch.js';

/** Counts what SQLite refused. Throws what something else did. @returns the code */
export function countRefusal(
  tally: Tally,
  { busyTimeoutMs }: ConnectionPlan,
  { phase, since }: Watch,
  error: unknown,
): string {
  const { code, message } = failureOf(error);
  tally.error({ code, phase, elapsedMs: performance.now() - since, busyTimeoutMs }, message);
  return code;
}

/** Counts it, and goes on: who neither writes nor retries leaves it at that. Throws the same. */
export function giveUp({ plan, tally }: Backstage, watch: Watch, error: unknown, dueMs: Milliseconds): Step {
  const code = countRefusal(tally, plan.connection, watch, error);
  tally.gaveUp(dueMs, performance.now(), isLockError(code));
  return { ended: true, pauseMs: 0 };
}
