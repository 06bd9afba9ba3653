/**
 * A folder beside the database with everything that belongs to it. It has its name only when it is complete and on the
 * disk: until then it is called `….partial`, and a rename is all or nothing.
 */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { chmod, chown, copyFile, mkdir, open, readdir, statfs, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Known, known, unknown } from '../known.js';
import { type Bytes, formatBytes, type Milliseconds } from '../units.js';
import { showPath } from './errors.js';
import { statFile } from './files.js';
import type { FileState } from './shapes.js';

const MARK = '.dblock-backup-';
const PARTIAL = '.partial';

export interface BackupFolder {
  /** Its name when it is complete. */
  readonly path: string;
  readonly partial: string;
}

export interface Copied {
  readonly bytes: Bytes;
  /** Names of the files, without the folder. */
  readonly files: readonly string[];
}

/** @param folder where to put it: that of the database, or another */
export function nameBackup(database: string, folder: string, atMs: Milliseconds): BackupFolder {
  const time = new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const base = join(folder, `${basename(database)}${MARK}${time}`);
  let path = base;
  for (let number = 2; existsSync(path); number += 1) path = `${base}-${number}`;
  return { path, partial: path + PARTIAL };
}

/** Backups that a killed run has begun; only while no other run is at work. */
export function partialBackups(database: string, folder: string): string[] {
  const begin = basename(database) + MARK;
  return readdirSync(folder)
    .filter((name) => name.startsWith(begin) && name.endsWith(PARTIAL))
    .map((name) => join(folder, name));
}

/** Nothing but a folder that `nameBackup` named is ever removed. */
export function removePartial(path: string): void {
  if (!path.endsWith(PARTIAL) || !basename(path).includes(MARK))
    throw new Error(`${path} is not a partial backup`);
  rmSync(path, { recursive: true, force: true });
}

/** Takes a complete backup away again: first its name, so that half of it never looks like all. */
export function removeBackup(path: string): void {
  renameSync(path, path + PARTIAL);
  removePartial(path + PARTIAL);
}

/** What is left free for the application, and for the journal of the repair: 16 MiB. */
const HEADROOM_BYTES: Bytes = 16 * 2 ** 20;

/** Makes the folder, for its owner only, as the database may be; or says why it cannot be. */
export async function beginBackup(
  { partial }: BackupFolder,
  database: FileState,
  bytes: Bytes,
): Promise<Known<null>> {
  try {
    const { bavail, bsize } = await statfs(dirname(partial));
    if (bavail * bsize < bytes + HEADROOM_BYTES) {
      return unknown(
        `it takes ${formatBytes(bytes)}, and ${showPath(dirname(partial))} has ${formatBytes(bavail * bsize)} free`,
      );
    }
    await mkdir(partial, { mode: 0o700 });
    await imitateOwner(partial, database);
    return known(null);
  } catch (error) {
    return unknown(whyNot(partial, error));
  }
}

const MOST_TRIES = 5;

/**
 * Copies files that nobody uses, as they are at one moment: if one changes meanwhile, all are copied again.
 * Only for a process that has no connection to the database.
 */
export async function copyAtRest(
  { partial }: BackupFolder,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Known<Copied>> {
  try {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const before = paths.flatMap((path) => statFile(path) ?? []);
      for (const file of before) {
        signal.throwIfAborted();
        await copyFile(file.path, join(partial, basename(file.path)), COPY_ON_WRITE);
        await imitate(join(partial, basename(file.path)), file);
      }
      const after = paths.flatMap((path) => statFile(path) ?? []);
      if (sameState(before, after)) return known(copied(before));
      for (const name of await readdir(partial)) rmSync(join(partial, name));
    }
    return unknown('the files changed again and again while they were copied: somebody uses them');
  } catch (error) {
    signal.throwIfAborted();
    return unknown(whyNot(partial, error));
  }
}

/** fs.constants.COPYFILE_FICLONE: shares the blocks where the file system can. */
const COPY_ON_WRITE = 2;

function copied(files: readonly FileState[]): Copied {
  return {
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    files: files.map(({ path }) => basename(path)),
  };
}

function sameState(before: readonly FileState[], after: readonly FileState[]): boolean {
  const key = ({ path, inode, bytes, modifiedAtMs }: FileState) =>
    [path, inode, bytes, modifiedAtMs].join('\0');
  return before.map(key).join('\n') === after.map(key).join('\n');
}

/** Puts everything on the disk, then gives the folder its name. */
export async function completeBackup({ path, partial }: BackupFolder): Promise<Known<Bytes>> {
  try {
    let bytes = 0;
    for (const name of await readdir(partial)) bytes += await flush(join(partial, name));
    await flush(partial);
    renameSync(partial, path);
    await flush(dirname(path));
    return known(bytes);
  } catch (error) {
    return unknown(whyNot(partial, error));
  }
}

/** Returns the size. A folder is flushed, too: without that its entries may be lost with the power. */
async function flush(path: string): Promise<Bytes> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

/** Mode, owner and time, so that it can be put back with `cp -p`. */
export async function imitate(copy: string, file: FileState): Promise<void> {
  await chmod(copy, file.mode & 0o777);
  await imitateOwner(copy, file);
  await utimes(copy, file.modifiedAtMs / 1000, file.modifiedAtMs / 1000);
}

async function imitateOwner(copy: string, { uid, gid }: FileState): Promise<void> {
  try {
    await chown(copy, uid, gid);
  } catch {
    // Only root may give files away; the copy is ours then.
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'no permission to make a folder there',
  EPERM: 'no permission to make a folder there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'the limit for the size of a file was reached',
  ENOENT: 'a file or its folder was removed meanwhile',
};

function whyNot(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return `${showPath(path)} could not be written: ${REASONS[code] ?? code}`;
}
