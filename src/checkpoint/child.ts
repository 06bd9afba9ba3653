/** The parent's end of the child process that has the connection. */
import { fileURLToPath } from 'node:url';
import { startConnectionChild } from '../sqlite/connection-child.js';
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
  const { finish, ...child } = startConnectionChild<Order, Answer>(CHILD, signal);
  return { ...child, close: () => finish({ order: 'close' }) };
}
