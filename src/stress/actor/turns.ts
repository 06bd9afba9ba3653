/** Turns: who wants to write asks for one and waits until it is lent one; first come, first served, across processes. */
import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import type { Milliseconds } from '../../units.js';
import type { Program, TurnPlan } from '../plan.js';
import type { Role } from './role.js';
import type { Tally } from './tally.js';

type Turns = Extract<Program, { kind: 'turns' }>;
type Share = TurnPlan['share'];

const LOOK_MS: Milliseconds = 20;

/** Lends until the run is over. Who goes away gives back what it had. */
export function turnsRole({ socket, most }: Turns): Role {
  const lender = new Lender(most);
  const server = createServer((client) => serve(client, lender));
  return {
    listens: true,
    warmUp: async () => {
      server.listen(socket);
      await once(server, 'listening');
    },
    step: () => ({ ended: false, pauseMs: LOOK_MS }),
    ledger: () => ({}),
    close: () => void server.close(),
  };
}

function serve(client: Socket, lender: Lender): void {
  client.on('error', () => undefined);
  createInterface({ input: client }).on('line', (line) => {
    if (line === 'give') lender.giveBack(client);
    else lender.ask(client, line === 'all' ? 'all' : 'one');
  });
  client.once('close', () => lender.forget(client));
}

/** A semaphore: `most` turns, of which somebody takes one or all. */
class Lender {
  readonly #lent = new Map<Socket, number>();
  #waiting: { readonly client: Socket; readonly turns: number }[] = [];

  constructor(readonly most: number) {}

  ask(client: Socket, share: Share): void {
    this.#waiting.push({ client, turns: share === 'all' ? this.most : 1 });
    this.#lend();
  }

  giveBack(client: Socket): void {
    this.#lent.delete(client);
    this.#lend();
  }

  forget(client: Socket): void {
    this.#waiting = this.#waiting.filter((one) => one.client !== client);
    this.giveBack(client);
  }

  /** Nobody is passed by somebody who came later and wants less. */
  #lend(): void {
    for (let [next] = this.#waiting; next !== undefined && this.#fits(next.turns); [next] = this.#waiting) {
      this.#waiting.shift();
      this.#lent.set(next.client, next.turns);
      next.client.write('go\n');
    }
  }

  #fits(turns: number): boolean {
    const lent = [...this.#lent.values()].reduce((sum, one) => sum + one, 0);
    return lent + turns <= this.most;
  }
}

/** The same, but each step waits for its turn: that wait is part of the one for the lock. */
export function takingTurns(role: Role, { socket: path, share }: TurnPlan, tally: Tally): Role {
  let socket: Socket | null = null;
  let lines: Interface | null = null;
  const take = async () => {
    if (socket === null || lines === null || socket.destroyed) throw new Error('nobody lends turns any more');
    const answered = Promise.race([once(lines, 'line'), once(lines, 'close').then(() => [null])]);
    socket.write(`${share}\n`);
    const [answer] = await answered;
    if (answer === null) throw new Error('nobody lends turns any more');
  };
  return {
    ...(role.listens === undefined ? {} : { listens: role.listens }),
    warmUp: async () => {
      socket = createConnection(path);
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      lines = createInterface({ input: socket });
      await role.warmUp?.();
    },
    step: async (dueMs) => {
      const askedMs = performance.now();
      await take();
      tally.ahead = performance.now() - askedMs;
      try {
        return await role.step(dueMs);
      } finally {
        socket?.write('give\n');
      }
    },
    ledger: () => role.ledger(),
    close: async () => {
      await role.close();
      socket?.end();
    },
  };
}
