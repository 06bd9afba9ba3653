/** A quick look at one lock of one process: for who has to look a thousand times a second. */

import { statFile } from '../sqlite/files.js';
import type { Pid } from '../units.js';
import { lockNamesIn } from './byte-ranges.js';
import { listOpenFiles, livingFolder, PROC, readOrNull } from './proc.js';
import { parseKernelLocks } from './proc-locks.js';
import type { LockName, ProcessSighting } from './shapes.js';

/**
 * Whether a process holds WRITE of a WAL index now, from /proc/PID/fdinfo; `null` if it has no such file open, or
 * this system has no /proc. Ask anew when the process may have opened another.
 */
export function writeLockProbe(pid: Pid, shmPath: string, proc = PROC): (() => boolean) | null {
  const shm = statFile(shmPath);
  const open = listOpenFiles(pid, proc);
  const found = open?.descriptors.find(
    ({ fileKey }) => shm !== null && fileKey === `${shm.device}:${shm.inode}`,
  );
  if (!open || !found) return null;
  const path = `${open.folder}/fdinfo/${found.fd}`;
  return () =>
    parseKernelLocks(readOrNull(path) ?? '').some(
      (lock) => lock.mode === 'WRITE' && lockNamesIn('shm', lock).includes('WRITE'),
    );
}

/** The write locks on a database and its `-shm` that a process holds at this moment, by the descriptors it had then. */
export function writeLocksNow({ pid, descriptors }: ProcessSighting, proc = PROC): LockName[] {
  const folder = livingFolder(pid, proc);
  return descriptors.flatMap(({ fd, file, current, identity }) => {
    if (!current || (file !== 'database' && file !== 'shm')) return [];
    const locks = parseKernelLocks(readOrNull(`${folder}/fdinfo/${fd}`) ?? '');
    // since then the number may have gone to another file
    const own = locks.filter((lock) => lock.mode === 'WRITE' && lock.fileKey.endsWith(`:${identity.inode}`));
    return own.flatMap((lock) => lockNamesIn(file, lock));
  });
}
