import type { Milliseconds } from '../../units.js';
import type { RetryPolicy } from '../load-shapes.js';
import type { Random } from '../random.js';

/** The pause before the retry of that number, from 1; `null`: no more. */
export function pauseBefore(policy: RetryPolicy, retry: number, random: Random): Milliseconds | null {
  if (policy.kind === 'none' || retry > policy.tries) return null;
  if (policy.kind === 'immediate') return 0;
  const { baseMs, capMs, jitterMs } = policy;
  return Math.min(capMs, baseMs * 2 ** Math.min(retry - 1, 50)) + random.uniform() * jitterMs;
}
