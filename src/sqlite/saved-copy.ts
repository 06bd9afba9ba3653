/** Keeps a file that only makes sense beside its database, before SQLite works on it. */
import {
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  openSync,
  rmSync,
  statfsSync,
  utimesSync,
} from 'node:fs';
import { type Known, known, unknown } from '../known.js';
import { type Bytes, formatBytes } from '../units.js';
import { showPath } from './errors.js';
import type { FileState } from './shapes.js';

/**
 * Copies a `-wal` or `-journal` beside itself, under a name of its own, on the disk before this returns; with mode,
 * owner and time where they may be set. Not for the database or `-shm`, whose locks a close would drop.
 * @param suffix of the copy
 * @param alsoNeeded room that must be left for what comes after, in bytes
 */
export function saveBeside(file: FileState, suffix: string, alsoNeeded: Bytes): Known<string> {
  const copy = `${file.path}${suffix}`;
  try {
    const { bavail, bsize } = statfsSync(file.path);
    const needed = file.bytes + alsoNeeded;
    if (bavail * bsize < needed) {
      return unknown(
        `the disk has ${formatBytes(bavail * bsize)} free, and ${formatBytes(needed)} are needed`,
      );
    }
    copyFileSync(file.path, copy, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  } catch (error) {
    return unknown(whyNot(copy, error));
  }
  try {
    imitate(copy, file);
    flush(copy);
    return known(copy);
  } catch (error) {
    rmSync(copy, { force: true });
    return unknown(whyNot(copy, error));
  }
}

function imitate(copy: string, { uid, gid, modifiedAtMs }: FileState): void {
  try {
    chownSync(copy, uid, gid);
  } catch {
    // Only root may give files away; the copy is ours then.
  }
  utimesSync(copy, modifiedAtMs / 1000, modifiedAtMs / 1000);
}

function flush(copy: string): void {
  const fd = openSync(copy, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function whyNot(copy: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return `${showPath(copy)} could not be written: ${REASONS[code] ?? code}`;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'no permission to make a file in that folder',
  EPERM: 'no permission to make a file in that folder',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EEXIST: 'there is already a file of that name',
};
