import { expect, it } from 'vitest';
import type { Role, Step } from '../../../src/stress/actor/role.js';
import { Tally } from '../../../src/stress/actor/tally.js';
import { takingTurns, turnsRole } from '../../../src/stress/actor/turns.js';
import { openStage } from '../../support/stage.js';

/** Its step lasts until it is let go. */
class Slow implements Role {
  letGo = () => {};

  constructor(
    readonly name: string,
    readonly notes: string[],
  ) {}

  async step(): Promise<Step> {
    this.notes.push(`${this.name} begins`);
    await new Promise<void>((resolve) => {
      this.letGo = resolve;
    });
    this.notes.push(`${this.name} ends`);
    return { ended: true, pauseMs: 0 };
  }

  owes(): boolean {
    return this.name === 'debtor';
  }

  ledger() {
    return { steps: this.notes.length };
  }

  close(): void {
    this.notes.push(`${this.name} closes`);
  }
}

it('lends all turns to one only when nobody else has any, and tells how long that took', async () => {
  await using stage = await openStage();
  const socket = stage.path('turns');
  const lender = turnsRole({ kind: 'turns', socket, most: 2 });
  await lender.warmUp?.();
  const notes: string[] = [];
  const [small, large] = [new Slow('small', notes), new Slow('large', notes)];
  const tally = new Tally(0, 1000);
  const one = takingTurns(small, { socket, share: 'one' }, new Tally(0, 1000));
  const all = takingTurns(large, { socket, share: 'all' }, tally);
  await Promise.all([one.warmUp?.(), all.warmUp?.()]);
  const first = one.step(0);
  await expect.poll(() => notes).toEqual(['small begins']);
  const second = all.step(0);
  small.letGo();
  await first;
  await expect.poll(() => notes).toEqual(['small begins', 'small ends', 'large begins']);
  expect(tally.ahead).toBeGreaterThan(0);
  large.letGo();
  expect(await second).toEqual({ ended: true, pauseMs: 0 });
  await Promise.all([one.close(), all.close()]);
  await lender.close();
});

it('gets back the turn of somebody who goes away with it', async () => {
  await using stage = await openStage();
  const socket = stage.path('turns');
  const lender = turnsRole({ kind: 'turns', socket, most: 1 });
  await lender.warmUp?.();
  const notes: string[] = [];
  const [gone, next] = [new Slow('gone', notes), new Slow('next', notes)];
  const leaving = takingTurns(gone, { socket, share: 'one' }, new Tally(0, 1000));
  const staying = takingTurns(next, { socket, share: 'one' }, new Tally(0, 1000));
  await Promise.all([leaving.warmUp?.(), staying.warmUp?.()]);
  void leaving.step(0);
  await expect.poll(() => notes).toEqual(['gone begins']);
  const step = staying.step(0);
  await leaving.close();
  await expect.poll(() => notes).toEqual(['gone begins', 'gone closes', 'next begins']);
  next.letGo();
  await step;
  await staying.close();
  await lender.close();
});

it.each(['debtor', 'nobody'])('%s owes with turns what it owes without', (name) => {
  const role = new Slow(name, []);
  const taking = takingTurns(role, { socket: 'none', share: 'one' }, new Tally(0, 1000));
  expect(taking.owes?.()).toBe(role.owes());
});
