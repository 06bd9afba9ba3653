/** What is left of a preset where optional tables are missing. Pure. */
import type { FoundQueue } from './detect.js';
import { type Acts, type Preset, rolesIn, type Sql, type Step, tableOf } from './preset.js';

/**
 * Leaves out what needs a missing table: single steps of requeueing, which go without; failing and retrying as a whole,
 * because half of them would lose the job.
 */
export function withoutMissing({ preset, tables }: FoundQueue): Preset {
  const isThere = (role: string) => !(role in preset.tables) || tables[role] !== undefined;
  const canUse = (sql: Sql) => rolesIn(sql).every(isThere);
  const canTake = (step: Step) => isThere(tableOf(step)) && canUse(JSON.stringify(step));
  const { action } = preset;
  return {
    ...preset,
    ...(action.kind === 'acts' ? { action: usable(action, canTake, isThere) } : {}),
  };
}

function usable(
  { requeue, fail, lockFailures, ...rest }: Acts,
  canTake: (step: Step) => boolean,
  isThere: (role: string) => boolean,
): Acts {
  const retries = lockFailures && isThere(lockFailures.table) && lockFailures.retry.every(canTake);
  return {
    ...rest,
    requeue: requeue.filter(canTake),
    ...(fail?.every(canTake) ? { fail } : {}),
    ...(retries ? { lockFailures } : {}),
  };
}
