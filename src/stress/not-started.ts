import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Why there is no such process, such as EAGAIN where the user may have no more of them. Its streams never end. */
export async function whyNotStarted(child: ChildProcess): Promise<string> {
  const [error] = await once(child, 'error');
  return error instanceof Error ? error.message : String(error);
}
