import { setTimeout as sleep } from 'node:timers/promises';
import { main } from '../../src/cli.js';
import type { Host } from '../../src/commands/host.js';
import { cleanEnvironment, type Run } from './dblock.js';

/**
 * The same commands, from the sources and in this process: a tenth of the time, where a process of its own proves
 * nothing more. Only for databases to which this process has no connection.
 */
export async function runHere(args: readonly string[]): Promise<Run> {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const host: Host = {
    stdout: { write: (text) => stdout.push(text) },
    stderr: { write: (text) => stderr.push(text) },
    env: cleanEnvironment(),
    cwd: process.cwd(),
    platform: process.platform,
    pid: process.pid,
    now: Date.now,
    sleep: (ms) => sleep(ms),
  };
  const status = await main(args, host);
  return { status, stdout: stdout.join(''), stderr: stderr.join('') };
}
