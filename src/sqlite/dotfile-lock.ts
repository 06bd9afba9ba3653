import { statSync } from 'node:fs';
import { problemFromErrno } from './errors.js';
import { statFile } from './files.js';
import type { FileState } from './shapes.js';

/**
 * The folder that the unix-dotfile VFS makes to lock a database, and removes to unlock it (os_unix.c, dotlockLock);
 * `null` if there is none. A plain file of that name is no lock of SQLite's. Throws `FileProblem`.
 */
export function observeDotfileLock(path: string): FileState | null {
  const lock = `${path}.lock`;
  try {
    return statSync(lock, { throwIfNoEntry: false })?.isDirectory() ? statFile(lock) : null;
  } catch (error) {
    throw problemFromErrno(lock, error);
  }
}
