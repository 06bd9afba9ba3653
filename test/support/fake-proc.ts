/** A folder laid out as procfs lays out one process, for mappings that no real process has. */
import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface FakeMapping {
  readonly path: string;
  /** Of the mapped file; without it, that of the file which is at the path now. */
  readonly inode?: bigint;
  readonly bytes?: number;
  readonly deleted?: boolean;
}

/**
 * Writes the maps of process 42.
 * @param root the folder that this process takes for the root of all files
 * @returns what stands for /proc
 */
export function fakeProc(folder: string, mappings: readonly FakeMapping[], root = '/'): string {
  const processFolder = join(folder, 'proc', '42');
  mkdirSync(processFolder, { recursive: true });
  symlinkSync(root, join(processFolder, 'root'));
  writeFileSync(join(processFolder, 'maps'), mappings.map(mapsLine).join(''));
  return join(folder, 'proc');
}

function mapsLine({ path, inode, bytes, deleted }: FakeMapping, index: number): string {
  const start = (index + 1) * 2 ** 40;
  const end = start + (bytes ?? statSync(path).size);
  const number = inode ?? statSync(path, { bigint: true }).ino;
  const range = [start, end].map((address) => address.toString(16)).join('-');
  return `${range} r-xp 00000000 fe:00 ${number} ${path}${deleted ? ' (deleted)' : ''}\n`;
}
