/**
 * The only door to raw bytes. Descriptors are read-only, never locked, and closed before the call returns.
 * Closing any descriptor of a file drops all POSIX locks that this process has on it, those of its own
 * SQLite connections too (sqlite.org/howtocorrupt.html, 2.2): hence the guard.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from 'node:fs';
import type { Bytes } from '../units.js';
import { FileProblem, missing, notAFile, problemFromErrno, showPath } from './errors.js';
import type { FileState } from './shapes.js';

export interface OpenFile {
  /** As it was when it was opened. */
  readonly state: FileState;
  /** Fewer bytes than asked for at the end of the file. `into` saves allocating: the result is a view of it. */
  read(offset: Bytes, length: Bytes, into?: Buffer): Buffer;
}

/** `guarded`: for the database and `-shm`, which carry locks. `unguarded`: for `-wal` and `-journal`, which never do. */
export type Guard = 'guarded' | 'unguarded';

/** What the system says about a file, symbolic links followed; `null` if there is none. Throws `FileProblem`. */
export function statFile(path: string): FileState | null {
  const stat = statOrNull(path);
  return stat ? fileState(path, stat) : null;
}

/** The same about a symbolic link that leads nowhere. */
export function statLink(path: string): FileState | null {
  const stat = systemCall(path, () => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
  return stat ? fileState(path, stat) : null;
}

/** How often a file may be exchanged between stat and open before we give up. */
const MOST_EXCHANGES = 3;

/**
 * Opens a regular file for the length of one call. Throws `FileProblem`: whatever is not a regular file
 * is refused without opening it, and so is, if guarded, a file that this process already has open.
 */
export function withFile<T>(path: string, use: (file: OpenFile) => T, guard: Guard = 'guarded'): T {
  for (let tries = 0; tries < MOST_EXCHANGES; tries += 1) {
    const expected = examineUnopened(path, guard);
    const fd = openExisting(path);
    try {
      const stat = systemCall(path, () => fstatSync(fd, { bigint: true }));
      if (!sameFile(stat, expected)) continue;
      return use({
        state: fileState(path, stat),
        read: (offset, length, into = Buffer.allocUnsafe(length)) =>
          readFully(path, fd, offset, into.subarray(0, length)),
      });
    } finally {
      closeSync(fd);
    }
  }
  throw replaced(path);
}

export function vanished(path: string): FileProblem {
  return new FileProblem(
    'vanished',
    path,
    `${showPath(path)} was removed while dblock read it. Run it again if the file is back.`,
  );
}

export function replaced(path: string): FileProblem {
  return new FileProblem(
    'replaced',
    path,
    `${showPath(path)} was replaced by another file while dblock read it. Run it again when nothing renames files there.`,
  );
}

function examineUnopened(path: string, guard: Guard): BigIntStats {
  const stat = statOrNull(path);
  if (!stat) throw missing(path);
  if (!stat.isFile()) throw notAFile(path, describeType(stat));
  if (guard === 'guarded') refuseIfOpen(path, stat);
  return stat;
}

/** O_NONBLOCK: should a FIFO take the file's place meanwhile, opening it must not wait for a writer. */
function openExisting(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const problem = problemFromErrno(path, error);
    throw problem instanceof FileProblem && problem.kind === 'missing' ? vanished(path) : problem;
  }
}

function readFully(path: string, fd: number, offset: Bytes, buffer: Buffer): Buffer {
  let filled = 0;
  while (filled < buffer.length) {
    const start = filled;
    const count = systemCall(path, () => readSync(fd, buffer, start, buffer.length - start, offset + start));
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}

function refuseIfOpen(path: string, stat: BigIntStats): void {
  for (const fd of openDescriptors()) {
    const other = fstatOrNull(fd);
    if (!other || !sameFile(other, stat)) continue;
    throw new FileProblem(
      'has-connection',
      path,
      `dblock itself has ${showPath(path)} open; reading its bytes now would drop the locks of that connection. This is a mistake in dblock: please report it.`,
    );
  }
}

/** Where there is no /dev/fd (no /proc mounted), the numbers that a process of this kind uses. */
const LIKELY_DESCRIPTORS = 1024;

function openDescriptors(): number[] {
  try {
    return readdirSync('/dev/fd').map(Number);
  } catch {
    return Array.from({ length: LIKELY_DESCRIPTORS }, (_, fd) => fd);
  }
}

function fstatOrNull(fd: number): BigIntStats | null {
  try {
    return fstatSync(fd, { bigint: true });
  } catch {
    return null;
  }
}

function sameFile(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

function statOrNull(path: string): BigIntStats | null {
  return systemCall(path, () => statSync(path, { bigint: true, throwIfNoEntry: false })) ?? null;
}

function systemCall<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw problemFromErrno(path, error);
  }
}

function describeType(stat: BigIntStats): string {
  if (stat.isDirectory()) return 'a folder';
  if (stat.isFIFO()) return 'a FIFO (named pipe)';
  if (stat.isSocket()) return 'a socket';
  return 'a device';
}

const PERMISSION_BITS = 0o7777n;
/** POSIX counts st_blocks in 512 bytes, whatever the block size of the file system. */
const STAT_BLOCK_BYTES = 512;

function fileState(path: string, stat: BigIntStats): FileState {
  return {
    path,
    device: formatDevice(stat.dev),
    inode: String(stat.ino),
    bytes: Number(stat.size),
    allocatedBytes: Number(stat.blocks) * STAT_BLOCK_BYTES,
    links: Number(stat.nlink),
    mode: Number(stat.mode & PERMISSION_BITS),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    modifiedAtMs: toMs(stat.mtimeNs),
    bornAtMs: stat.birthtimeNs === 0n ? null : toMs(stat.birthtimeNs),
  };
}

/** Keeps microseconds, so that two writes within a millisecond can be told apart. */
function toMs(nanoseconds: bigint): number {
  return Number(nanoseconds / 1000n) / 1000;
}

/** `st_dev` as /proc/locks prints it, `fe:00`: glibc's gnu_dev_major and gnu_dev_minor. */
export function formatDevice(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  return formatMajorMinor(Number(major), Number(minor));
}

export function formatMajorMinor(major: number, minor: number): string {
  return [major, minor].map((part) => part.toString(16).padStart(2, '0')).join(':');
}
