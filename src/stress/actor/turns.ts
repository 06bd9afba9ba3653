/** Turns: who wants to write asks for one and waits until it is lent one; first come, first served, across processes. */
import type { Program, TurnPlan } from '../plan.js';
import type { Role } from './role.js';
import type { Tally } from './tally.js';
import { type Client, type Service, servingRole, Wire } from './wire.js';

type Turns = Extract<Program, { kind: 'turns' }>;
type Share = TurnPlan['share'];

/** Who goes away gives back what it had. */
export function turnsRole({ socket, most }: Turns): Role {
  const lender = new Lender(most);
  return servingRole(socket, (client) => serve(client, lender));
}

function serve(client: Client, lender: Lender): Service {
  return {
    heard: (line) => {
      if (line === 'give') lender.giveBack(client);
      else lender.ask(client, line === 'all' ? 'all' : 'one');
    },
    left: () => lender.forget(client),
  };
}

/** A semaphore: `most` turns, of which somebody takes one or all. */
class Lender {
  readonly #lent = new Map<Client, number>();
  #waiting: { readonly client: Client; readonly turns: number }[] = [];

  constructor(readonly most: number) {}

  ask(client: Client, share: Share): void {
    this.#waiting.push({ client, turns: share === 'all' ? this.most : 1 });
    this.#lend();
  }

  giveBack(client: Client): void {
    this.#lent.delete(client);
    this.#lend();
  }

  forget(client: Client): void {
    this.#waiting = this.#waiting.filter((one) => one.client !== client);
    this.giveBack(client);
  }

  /** Nobody is passed by somebody who came later and wants less. */
  #lend(): void {
    for (let [next] = this.#waiting; next !== undefined && this.#fits(next.turns); [next] = this.#waiting) {
      this.#waiting.shift();
      this.#lent.set(next.client, next.turns);
      next.client.say('go');
    }
  }

  #fits(turns: number): boolean {
    const lent = [...this.#lent.values()].reduce((sum, one) => sum + one, 0);
    return lent + turns <= this.most;
  }
}

/** The same, but each step waits for its turn: that wait is part of the one for the lock. */
export function takingTurns(role: Role, { socket, share }: TurnPlan, tally: Tally): Role {
  const wire = new Wire(socket);
  return {
    ...(role.listens === undefined ? {} : { listens: role.listens }),
    warmUp: async () => {
      await wire.connect();
      await role.warmUp?.();
    },
    step: async (dueMs) => {
      const askedMs = performance.now();
      if ((await wire.ask(share)) === null) throw new Error('nobody lends turns any more');
      tally.ahead = performance.now() - askedMs;
      try {
        return await role.step(dueMs);
      } finally {
        wire.tell('give');
      }
    },
    owes: () => role.owes?.() === true,
    ledger: () => role.ledger(),
    close: async () => {
      await role.close();
      wire.close();
    },
  };
}
