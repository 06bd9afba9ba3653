import { expect, it } from 'vitest';
import type { Role, Step } from '../../../src/stress/actor/role.js';
import { Tally } from '../../../src/stress/actor/tally.js';
import { takingTurns } from '../../../src/stress/actor/turns.js';
import { workingBefore } from '../../../src/stress/actor/work.js';

const FAILED: Step = { ended: false, pauseMs: 0 };
const DONE: Step = { ended: true, pauseMs: 0 };

/** Plays the steps in turn, and notes how long after the start each of them began. */
function roleWith(steps: readonly Step[], listens: boolean) {
  const begun: number[] = [];
  const startMs = performance.now();
  const role: Role = {
    ...(listens ? { listens } : {}),
    step: () => {
      begun.push(performance.now() - startMs);
      return steps[begun.length - 1] ?? DONE;
    },
    owes: () => begun.length < steps.length,
    ledger: () => ({ steps: begun.length }),
    close: () => undefined,
  };
  return { role, begun };
}

it.each([false, true])(
  'work before a transaction is done once for all of its tries (listens: %s)',
  async (listens) => {
    const { role, begun } = roleWith([FAILED, FAILED, DONE, DONE], listens);
    const working = workingBefore(role, 30, process.ppid);
    for (let nth = 0; nth < 4; nth += 1) expect(await working.step(0)).toBe(nth < 2 ? FAILED : DONE);
    const [first = 0, , third = 0, fourth = 0] = begun;
    expect(first).toBeGreaterThanOrEqual(29);
    expect(fourth - third).toBeGreaterThanOrEqual(29);
    expect(working.ledger()).toEqual({ steps: 4 });
    expect(working.owes?.()).toBe(false);
  },
);

it('who takes turns still brings to its end what it has in hand', () => {
  const { role } = roleWith([DONE], false);
  const inTurn = takingTurns(role, { socket: '/nowhere', share: 'one' }, new Tally(0, 100));
  expect(inTurn.owes?.()).toBe(true);
  expect(workingBefore(inTurn, 1, process.ppid).owes?.()).toBe(true);
});
