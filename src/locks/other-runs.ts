import { readOrNull } from './proc.js';
import type { HeldLock, ProcessSighting } from './shapes.js';

const NODE = /(?:^|\/)node(?:js)?$/;
const DBLOCK = /(?:^|\/)dblock(?:\.js)?$/;

/**
 * Whether this is another run of dblock that reads a file just now: it has no connection, and is gone in an instant.
 * One that has a connection keeps a lock in WAL mode, or has one while it does something, and is reported like anybody.
 */
export function isPassingRun(
  { pid, mapsShm }: ProcessSighting,
  locks: readonly HeldLock[],
  proc: string,
): boolean {
  if (mapsShm || locks.some((lock) => lock.pid === pid)) return false;
  const [program = '', ...args] = (readOrNull(`${proc}/${pid}/cmdline`) ?? '').split('\0');
  const script = args.find((arg) => !arg.startsWith('-'));
  return NODE.test(program) && script !== undefined && DBLOCK.test(script);
}
