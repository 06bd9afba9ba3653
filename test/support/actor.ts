/** Typed clients of the processes that tests put on the stage; see actors/actor.py for the other end. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type ActorKind, processState, spawnActor } from './actor-process.js';
import { Connection, RawFile } from './connection.js';
import { until } from './until.js';

export type { ActorKind } from './actor-process.js';
export type { Connection, Cursor, RawFile } from './connection.js';

export interface OpenOptions {
  readonly timeoutMs?: number;
  readonly readOnly?: boolean;
  /** Another way to lock: `unix-dotfile`. Python only: better-sqlite3 does not let one choose. */
  readonly vfs?: 'unix-dotfile';
}

export interface WriteLoop {
  readonly path: string;
  /** Statements for the loop's own connection before it starts: pragmas. */
  readonly setup?: readonly string[];
  /** One turn: an autocommit statement, or a whole transaction from BEGIN to COMMIT. */
  readonly sql: readonly string[];
  readonly timeoutMs?: number;
}

export interface LoopCounts {
  /** Turns that ended without an error: commits, for a write loop. */
  readonly rounds: number;
  /** How often each error came, by its extended name, such as SQLITE_BUSY_SNAPSHOT. */
  readonly errors: Readonly<Record<string, number>>;
}

/** What SQLite, or the language's module, refused to do. */
export class ActorError extends Error {
  /** @param code SQLite's extended name, such as SQLITE_BUSY. */
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(`${code}: ${message}`);
    this.name = 'ActorError';
  }
}

type Reply = { readonly ok: unknown } | { readonly error: string; readonly message: string };
interface Pending {
  resolve(value: unknown): void;
  reject(reason: Error): void;
}

/** A process whose every command is answered: no test has to sleep. */
export class Actor {
  readonly pid: number;
  sqliteVersion = '';
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<unknown>;
  readonly #pending: Pending[] = [];
  #stderr = '';
  #gone = false;
  #names = 0;

  /** Use `startActor`, which waits until the process is ready. */
  constructor(
    readonly kind: ActorKind,
    child: ChildProcessWithoutNullStreams,
  ) {
    if (child.pid === undefined) throw new Error(`the ${kind} actor did not start`);
    this.pid = child.pid;
    this.#child = child;
    this.#exited = once(child, 'exit');
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    createInterface({ input: child.stdout }).on('line', (line) => this.#settle(JSON.parse(line)));
    child.once('close', (code, signal) => this.#abandon(signal ?? `exit code ${code}`));
    // A write to a process that has just died; its pending replies are rejected on close.
    child.stdin.on('error', () => undefined);
  }

  /** The first line, sent unasked. */
  async ready(): Promise<this> {
    const hello = (await this.#reply()) as { pid: number; sqliteVersion: string };
    if (hello.pid !== this.pid) throw new Error(`pid ${this.pid} is not the actor but a launcher of it`);
    this.sqliteVersion = hello.sqliteVersion;
    return this;
  }

  async open(path: string, options: OpenOptions = {}): Promise<Connection> {
    const connection = this.#newName('connection');
    await this.send('open', { connection, path, ...options });
    return new Connection(this, connection);
  }

  /** Opens a file as a file: closing it drops this process's locks on it (sqlite-locking.md, "The close() hazard"). */
  async openRaw(path: string): Promise<RawFile> {
    const file = this.#newName('file');
    await this.send('raw-open', { file, path });
    return new RawFile(this, file);
  }

  /**
   * os.fork(): a child that inherits every connection and waits. It ends when this actor ends.
   * @returns the child's pid. Python only.
   */
  async fork(): Promise<number> {
    return (await this.send('fork')) as number;
  }

  /** Writes at full speed on a connection of its own until `stopLoop`; resolves after the first turn. */
  async writeLoop(loop: WriteLoop): Promise<void> {
    await this.send('write-loop', { setup: [], ...loop });
  }

  /** Two connections that read in turn and never leave a gap between them, until `stopLoop`. */
  async overlapLoop(path: string, sql: string): Promise<void> {
    await this.send('overlap-loop', { path, sql });
  }

  /** Of the loop that was started last. */
  async loopCounts(): Promise<LoopCounts> {
    return (await this.send('loop-counts')) as LoopCounts;
  }

  async stopLoop(): Promise<LoopCounts> {
    return (await this.send('stop-loop')) as LoopCounts;
  }

  /** Ends the process from within: closing its connections first, or as a crash would. */
  async exit(options: { readonly closeSqlite: boolean }): Promise<void> {
    await this.send('exit', options);
    await this.#exited;
  }

  /** Sends a signal. SIGSTOP and SIGCONT: waits until the process is in that state. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    process.kill(this.pid, signal);
    if (signal === 'SIGSTOP') await until(() => processState(this.pid) === 'T', `pid ${this.pid} to stop`);
    if (signal === 'SIGCONT') await until(() => processState(this.pid) !== 'T', `pid ${this.pid} to go on`);
  }

  /** SIGKILL, and waits for the end: no lock of it is left then. Harmless if it has ended already. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** SIGKILL without waiting, for the last moment of the test's own process. */
  killNow(): void {
    this.#child.kill('SIGKILL');
  }

  /** One command, as the protocol has it. Commands sent before a reply came are answered in order. */
  async send(command: string, parameters: object = {}): Promise<unknown> {
    const reply = this.#reply();
    this.#child.stdin.write(`${JSON.stringify({ do: command, ...parameters })}\n`);
    return reply;
  }

  #reply(): Promise<unknown> {
    if (this.#gone) return Promise.reject(this.#death('earlier'));
    const reply = new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
    });
    // Who awaits it gets the error; a command left unanswered when the stage is cleared is not one.
    reply.catch(() => undefined);
    return reply;
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.shift();
    if ('ok' in reply) pending?.resolve(reply.ok);
    else pending?.reject(new ActorError(reply.error, reply.message));
  }

  #abandon(how: string): void {
    this.#gone = true;
    for (const pending of this.#pending.splice(0)) pending.reject(this.#death(how));
  }

  #death(how: string): Error {
    return new Error(`the ${this.kind} actor (pid ${this.pid}) ended (${how}): ${this.#stderr.trim()}`);
  }

  #newName(what: string): string {
    this.#names += 1;
    return `${what} ${this.#names}`;
  }
}

/** Starts a process and waits for its greeting. Prefer `stage.actor()`, which also ends it. */
export async function startActor(kind: ActorKind): Promise<Actor> {
  return new Actor(kind, spawnActor(kind)).ready();
}
