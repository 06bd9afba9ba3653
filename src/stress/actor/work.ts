/** Work before a transaction: it needs no lock, no turn and no connection. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Milliseconds } from '../../units.js';
import { sleepSync } from './clock.js';
import type { Role, Step } from './role.js';

/**
 * The same, but before each of its transactions so much work is done, once for all of its tries.
 * @param parent the process that started us
 */
export function workingBefore(role: Role, beforeMs: Milliseconds, parent: number): Role {
  let ended = true;
  const seen = (step: Step): Step => {
    ended = step.ended;
    return step;
  };
  return {
    ...(role.listens === undefined ? {} : { listens: role.listens }),
    warmUp: () => role.warmUp?.(),
    owes: () => role.owes?.() === true,
    ledger: () => role.ledger(),
    close: () => role.close(),
    step: (dueMs) => {
      if (role.listens !== true) {
        if (ended) sleepSync(beforeMs, parent);
        const step = role.step(dueMs);
        return step instanceof Promise ? step.then(seen) : seen(step);
      }
      return (ended ? delay(beforeMs) : Promise.resolve()).then(() => role.step(dueMs)).then(seen);
    },
  };
}
