/** Changing owner and mode of one file that was examined before, and of no other. */
import { closeSync, constants, fchmodSync, fchownSync, fstatSync, openSync } from 'node:fs';
import { showPath } from './errors.js';
import { formatDevice } from './files.js';

export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  /** Permission bits. */
  readonly mode: number;
}

export interface OwnershipChange {
  readonly path: string;
  readonly role: 'file' | 'folder';
  readonly device: string;
  readonly inode: string;
  readonly to: Ownership;
}

/**
 * Whoever may write in a folder could put a link to a file of somebody else in the place of what was examined, and have
 * root give that away. So by descriptor, without following links, and only if it has one name.
 * Only for a process that has no connection to the database. Returns why it could not be done; `null`: it was.
 */
export function changeOwnership({ path, role, device, inode, to }: OwnershipChange): string | null {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;
  try {
    const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | (role === 'folder' ? O_DIRECTORY : 0));
    try {
      const now = fstatSync(fd, { bigint: true });
      if (formatDevice(now.dev) !== device || String(now.ino) !== inode)
        return `${showPath(path)} was replaced meanwhile.`;
      if (role === 'file' && (!now.isFile() || now.nlink !== 1n)) {
        return `${showPath(path)} has another name as well (a hard link): whose file it is cannot be told.`;
      }
      if (Number(now.uid) !== to.uid || Number(now.gid) !== to.gid) fchownSync(fd, to.uid, to.gid);
      if ((Number(now.mode) & 0o777) !== to.mode) fchmodSync(fd, to.mode);
      return null;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return `${showPath(path)} could not be changed: ${REASONS[code] ?? `the system says ${code}`}.`;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EPERM: 'only root may give files away, and only their owner may change their mode',
  EACCES: 'no permission to open it',
  EROFS: 'the file system is read-only',
  ENOENT: 'it was removed meanwhile',
  ELOOP: 'it is a symbolic link',
};
