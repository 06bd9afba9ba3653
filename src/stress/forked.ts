/** Programs of ours that run as processes of their own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** What they say on stderr is kept for `endOf`. @param nodeOptions of the process, in the place of those of this one */
export function startProgram(path: string, nodeOptions: readonly string[] = []): ChildProcess {
  return fork(path, [], {
    execArgv: [...nodeOptions],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

/**
 * Resolves when the process is gone and its channel is empty.
 * @returns the error, signal or exit code, and the last line on stderr; `null`: exit code 0
 */
export async function endOf(child: ChildProcess): Promise<string | null> {
  if (child.pid === undefined) return whyNotStarted(child);
  const closed = new Promise<string | null>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ?? (code === 0 ? null : `exit code ${code}`)));
  });
  const silent = new Promise<void>((resolve) => {
    child.once('disconnect', resolve);
    child.once('error', () => resolve());
  });
  const [how, complaint] = await Promise.all([closed, child.stderr ? text(child.stderr) : '', silent]);
  const lastLine = complaint.trim().split('\n').at(-1);
  return how === null ? null : `${how} ${lastLine}`.trim();
}

/** Such as EAGAIN, where the user may have no more processes. Its streams never end. */
async function whyNotStarted(child: ChildProcess): Promise<string> {
  const [error] = await once(child, 'error');
  return error instanceof Error ? error.message : String(error);
}
