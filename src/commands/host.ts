import { UsageProblem } from '../problem.js';
import type { OutputStream } from '../report/terminal.js';
import { errorCode } from '../targets/unreachable.js';
import type { Milliseconds, Pid } from '../units.js';
import { surviveBrokenOutput, unbreakableStderr } from './broken-output.js';

/** The world around a command, handed in so that nothing below reads it for itself. */
export interface Host {
  readonly stdout: OutputStream & { write(text: string): unknown };
  readonly stderr: OutputStream & { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @throws UsageProblem if the current folder was deleted */
  readonly cwd: string;
  readonly platform: string;
  readonly pid: Pid;
  /** Unix time in milliseconds. */
  now(): Milliseconds;
  sleep(ms: Milliseconds): Promise<void>;
}

/** This process. To be called once: it also sees to what happens when its output cannot be written. */
export function currentHost(): Host {
  surviveBrokenOutput(process);
  return {
    stdout: process.stdout,
    // Opened when something is written: a pipe costs some 4 ms (node:net), and mostly there is nothing to say.
    get stderr() {
      return unbreakableStderr(process);
    },
    env: process.env,
    get cwd() {
      return currentFolder();
    },
    platform: process.platform,
    pid: process.pid,
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new UsageProblem('The current folder does not exist any more: change to one that does.', {
      cause: error,
    });
  }
}
