import { constants } from 'node:os';

/** The user, or the system, asked us to stop; everything is cleaned up. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  /** 130 for SIGINT, 143 for SIGTERM: 128 and the number of the signal, as shells have it. */
  readonly exitCode: number;

  constructor(readonly signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly NodeJS.Signals[];

/**
 * Runs work that leaves something to clean up: a signal aborts it instead of ending the process, and only when the
 * work has settled does this reject with Interrupted.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (signal: NodeJS.Signals) => controller.abort(new Interrupted(signal));
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    const result = await work(controller.signal);
    controller.signal.throwIfAborted();
    return result;
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}
