import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Command } from '../real-program.js';

export interface LockStats {
  readonly lock_attempts: number;
  readonly lock_successes: number;
  readonly lock_failures: number;
  readonly lock_retries: number;
  readonly total_wait_ms: number;
  readonly max_wait_ms: number;
}

export interface Settings {
  readonly busy_timeout: number;
  readonly journal_mode: string;
  readonly synchronous: number;
  readonly foreign_keys: number;
}

/** How one write ended. */
export interface Inserted {
  readonly error: string | null;
  /** What the recipe itself calls the error. */
  readonly locked?: boolean;
  /** How often the work of the transaction ran. */
  readonly runs: number;
  readonly in_transaction: boolean;
}

export interface Queued {
  readonly done: number;
  readonly errors: readonly string[];
  /** What it said to a job after it was closed. */
  readonly refused: string | null;
}

/** A program of a stack that uses its recipe: fixtures/recipes. A JSON object a line in, a reply a line out. */
export class Player {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;
  #stderr = '';

  constructor({ program, args, env }: Command) {
    const noCaches = { PYTHONDONTWRITEBYTECODE: '1' };
    this.#child = spawn(program, args, { env: { ...process.env, ...noCaches, ...env } });
    this.#ended = once(this.#child, 'close');
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#child.stdin.on('error', () => undefined);
  }

  send(command: string, parameters: object = {}): void {
    this.#child.stdin.write(`${JSON.stringify({ do: command, ...parameters })}\n`);
  }

  /** Lets it go on after an event. */
  goOn(): void {
    this.#child.stdin.write('\n');
  }

  /** The next message. @throws what it wrote to stderr, if it ends instead */
  async #message(): Promise<Readonly<Record<string, unknown>>> {
    const { value, done } = await this.#lines.next();
    if (!done) return JSON.parse(value);
    await this.#ended;
    throw new Error(`${this.#child.spawnargs.join(' ')} ended: ${this.#stderr.trim()}`);
  }

  async event(name: string): Promise<void> {
    const message = await this.#message();
    if (message['event'] !== name) throw new Error(`${JSON.stringify(message)} instead of the event ${name}`);
  }

  /** The next event of that name; how many others came before it. */
  async until(name: string): Promise<number> {
    for (let others = 0; ; others += 1) {
      const message = await this.#message();
      if (message['event'] === name) return others;
      if (!('event' in message)) throw new Error(`${JSON.stringify(message)} instead of the event ${name}`);
    }
  }

  /** The reply to what was sent, and how many events came before it. */
  async reply<T>(): Promise<{ readonly ok: T; readonly events: number }> {
    for (let events = 0; ; events += 1) {
      const message = await this.#message();
      if ('failed' in message) throw new Error(`${message['failed']}\n${this.#stderr.trim()}`);
      if ('ok' in message) return { ok: message['ok'] as T, events };
    }
  }

  async ask<T>(command: string, parameters: object = {}): Promise<T> {
    this.send(command, parameters);
    return (await this.reply<T>()).ok;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
