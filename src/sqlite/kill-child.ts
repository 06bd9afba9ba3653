import type { ChildProcess } from 'node:child_process';

/**
 * At once. One that could not be started has no pid, and libuv would take that for kill(0, SIGKILL): our whole process group,
 * and whoever called us.
 */
export function killChild(child: ChildProcess): void {
  if (child.pid !== undefined) child.kill('SIGKILL');
}
