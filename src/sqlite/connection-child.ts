/**
 * The parent's end of a child process that has a SQLite connection. A process of its own because SQLite waits and works
 * in a synchronous call, during which somebody has to look who is in the way; and because whoever has opened the
 * database as a file must not have a connection to it (sqlite-locking.md, "The close() hazard").
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Pid } from '../units.js';
import { killChild } from './kill-child.js';

export interface Failure {
  readonly answer: 'failure';
  /** SQLite's, such as SQLITE_FULL, or `ENDED`: the process ended without an answer. */
  readonly code: string;
  readonly message: string;
}

export interface ConnectionChild<Order extends object, Answer> {
  readonly pid: Pid;
  /** Never rejects but with the reason of the signal: a child that ends without an answer is a failure. */
  ask(order: Order): Promise<Answer | Failure>;
  /** Gives the order that makes the process end; resolves when it has. */
  finish(order: Order): Promise<Answer | Failure>;
  /** Ends the process without closing the connection: no lock of it is left, and the files stay as they are. */
  abandon(): Promise<void>;
}

/**
 * @param program path of a `…-process.js`
 * @param signal aborts whatever the child is doing; SQLite survives that as it survives a crash
 */
export function startConnectionChild<Order extends object, Answer>(
  program: string,
  signal: AbortSignal,
): ConnectionChild<Order, Answer> {
  signal.throwIfAborted();
  const child = fork(program, [], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const kill = () => killChild(child);
  signal.addEventListener('abort', kill, { once: true });
  const ended = endOf(child).finally(() => signal.removeEventListener('abort', kill));
  const ask = async (order: Order) => {
    const answer = await Promise.race([send<Answer>(child, order), ended]);
    signal.throwIfAborted();
    return answer;
  };
  return {
    pid: child.pid ?? 0,
    ask,
    finish: async (order) => {
      const answer = await ask(order);
      await ended;
      return answer;
    },
    abandon: async () => {
      kill();
      await ended;
    },
  };
}

function send<Answer>(child: ChildProcess, order: object): Promise<Answer> {
  return new Promise((resolve) => {
    child.once('message', (answer: Answer) => resolve(answer));
    // If it is gone, its end is the answer.
    child.send(order, () => undefined);
  });
}

async function endOf(child: ChildProcess): Promise<Failure> {
  const end = once(child, 'close').catch((error: Error) => [error.message, null]);
  const [complaint, [code, signal]] = await Promise.all([child.stderr ? text(child.stderr) : '', end]);
  const lastLine = complaint.trim().split('\n').at(-1);
  const message = `the process that had the connection ended early (${signal ?? code}) ${lastLine}`.trim();
  return { answer: 'failure', code: 'ENDED', message };
}
