import type { OutputStream } from '../report/terminal.js';
import type { Milliseconds, Pid } from '../units.js';

/** The world around a command, handed in so that nothing below reads it for itself. */
export interface Host {
  readonly stdout: OutputStream & { write(text: string): unknown };
  readonly stderr: OutputStream & { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly platform: string;
  readonly pid: Pid;
  /** Unix time in milliseconds. */
  now(): Milliseconds;
  sleep(ms: Milliseconds): Promise<void>;
}

export function currentHost(): Host {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    platform: process.platform,
    pid: process.pid,
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}
