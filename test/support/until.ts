import { setTimeout as delay } from 'node:timers/promises';

const DEADLINE_MS = 120_000;
const POLL_MS = 5;

/**
 * Waits for a state of the system of which nobody sends word, such as a letter in /proc/PID/stat.
 * @param what completes "waited 120 s for …" in the error.
 */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const givenUpAt = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > givenUpAt) throw new Error(`waited ${DEADLINE_MS / 1000} s for ${what}`);
    await delay(POLL_MS);
  }
}
