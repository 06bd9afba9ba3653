/** Proof that looking changed nothing. */
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';

export interface FileSnapshot {
  /** `null` for what is not a regular file: a folder, a link, a FIFO. */
  readonly sha256: string | null;
  readonly bytes: bigint;
  readonly mtimeNs: bigint;
  readonly inode: bigint;
  readonly mode: bigint;
  readonly uid: bigint;
  readonly links: bigint;
}

/** By path below the folder; the folder itself is `.`. */
export type FolderSnapshot = ReadonlyMap<string, FileSnapshot>;

/**
 * Every file of the folder, and the folder: bytes, size, mtime, inode, mode, owner, links.
 * Never call it in a process that has a connection to a database there: it opens and closes the files.
 */
export async function snapshotFolder(folder: string): Promise<FolderSnapshot> {
  const names = (await readdir(folder, { recursive: true })).sort();
  const snapshots = new Map<string, FileSnapshot>();
  for (const name of ['.', ...names]) snapshots.set(name, await snapshotFile(join(folder, name)));
  return snapshots;
}

export function expectUnchanged(before: FolderSnapshot, after: FolderSnapshot): void {
  expect(Object.fromEntries(after)).toEqual(Object.fromEntries(before));
}

async function snapshotFile(path: string): Promise<FileSnapshot> {
  const found = await lstat(path, { bigint: true });
  return {
    sha256: found.isFile()
      ? createHash('sha256')
          .update(await readFile(path))
          .digest('hex')
      : null,
    bytes: found.size,
    mtimeNs: found.mtimeNs,
    inode: found.ino,
    mode: found.mode,
    uid: found.uid,
    links: found.nlink,
  };
}
