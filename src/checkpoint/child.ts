/** The parent's end of the child process that has the connection. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Pid } from '../units.js';
import type { Answer, Order } from './protocol.js';

export interface Checkpointer {
  readonly pid: Pid;
  /** Never rejects but with the reason of the signal: a child that ends without an answer is a failure. */
  ask(order: Order): Promise<Answer>;
  /** Closes the connection; resolves when the process has ended. */
  close(): Promise<Answer>;
  /** Ends the process without closing the connection: no lock of it is left, and the files stay as they are. */
  abandon(): Promise<void>;
}

/** Beside this module, as tsc and as scripts/bundle.mjs lay it out. */
const CHILD = fileURLToPath(new URL('./checkpoint-process.js', import.meta.url));

/** @param signal aborts whatever the child is doing; SQLite survives that as it survives a crash */
export function startCheckpointer(signal: AbortSignal): Checkpointer {
  signal.throwIfAborted();
  const child = fork(CHILD, [], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  const ended = endOf(child).finally(() => signal.removeEventListener('abort', kill));
  const ask = async (order: Order) => {
    const answer = await Promise.race([send(child, order), ended]);
    signal.throwIfAborted();
    return answer;
  };
  return {
    pid: child.pid ?? 0,
    ask,
    close: async () => {
      const answer = await ask({ order: 'close' });
      await ended;
      return answer;
    },
    abandon: async () => {
      kill();
      await ended;
    },
  };
}

function send(child: ChildProcess, order: Order): Promise<Answer> {
  return new Promise((resolve) => {
    child.once('message', (answer: Answer) => resolve(answer));
    // If it is gone, its end is the answer.
    child.send(order, () => undefined);
  });
}

async function endOf(child: ChildProcess): Promise<Answer> {
  const end = once(child, 'close').catch((error: Error) => [error.message, null]);
  const [complaint, [code, signal]] = await Promise.all([child.stderr ? text(child.stderr) : '', end]);
  const lastLine = complaint.trim().split('\n').at(-1);
  const message = `the process that had the connection ended early (${signal ?? code}) ${lastLine}`.trim();
  return { answer: 'failure', code: 'ENDED', message };
}
