/** Lines of text between actors, over a local socket: one serves, the others ask it and wait for its answer. */
import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import type { Milliseconds } from '../../units.js';
import type { WorkloadPlan } from '../plan.js';
import type { Role } from './role.js';

/** How a client that wants its transactions carried out introduces itself: its first line. */
export interface Hello {
  readonly index: number;
  readonly seed: number;
  readonly program: WorkloadPlan;
}

/** A client, as the server sees it. */
export interface Client {
  say(line: string): void;
}

/** What the server does for one client. */
export interface Service {
  heard(line: string): void;
  /** It has closed its end, or has died. */
  left(): void;
}

/** Clients are served when they ask; between its steps a server only looks whether the run is over. */
export const LOOK_MS: Milliseconds = 20;

/** Serves until the run is over. @param path of the socket @param close what else is open */
export function servingRole(path: string, serve: (client: Client) => Service, close?: () => void): Role {
  const server = createServer((socket) => attend(socket, serve));
  return {
    listens: true,
    warmUp: async () => {
      server.listen(path);
      await once(server, 'listening');
    },
    step: () => ({ ended: false, pauseMs: LOOK_MS }),
    ledger: () => ({}),
    close: () => {
      server.close();
      close?.();
    },
  };
}

function attend(socket: Socket, serve: (client: Client) => Service): void {
  const service = serve({ say: (line) => void socket.write(`${line}\n`) });
  linesOf(socket).on('line', (line) => service.heard(line));
  socket.once('close', () => service.left());
}

/** Who is killed may leave an error behind, on both: that it is gone is heard by `close`. */
function linesOf(socket: Socket): Interface {
  socket.on('error', () => undefined);
  return createInterface({ input: socket }).on('error', () => undefined);
}

/** A client's end: one question at a time. */
export class Wire {
  readonly #path: string;
  #socket: Socket | null = null;
  #answered: ((line: string | null) => void) | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws if nobody listens there */
  async connect(hello?: Hello): Promise<void> {
    const socket = createConnection(this.#path);
    linesOf(socket)
      .on('line', (line) => this.#settle(line))
      .once('close', () => this.#end());
    await once(socket, 'connect');
    this.#socket = socket;
    if (hello !== undefined) this.tell(JSON.stringify(hello));
  }

  /** @returns the answer; `null`: nobody is there any more */
  async ask(question: string): Promise<string | null> {
    if (this.#socket === null || this.#socket.destroyed) return null;
    this.tell(question);
    return await new Promise((resolve) => {
      this.#answered = resolve;
    });
  }

  /** Something that has no answer. */
  tell(line: string): void {
    this.#socket?.write(`${line}\n`);
  }

  close(): void {
    this.#socket?.end();
  }

  #settle(answer: string | null): void {
    this.#answered?.(answer);
    this.#answered = null;
  }

  #end(): void {
    this.#socket = null;
    this.#settle(null);
  }
}
