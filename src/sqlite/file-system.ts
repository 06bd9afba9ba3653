import { readFileSync, statfsSync } from 'node:fs';
import { type Known, known, unknown } from '../known.js';
import { problemFromErrno } from './errors.js';
import { formatMajorMinor } from './files.js';
import type { FileSystem } from './shapes.js';

/** One line of /proc/PID/mountinfo (proc(5)). */
export interface Mount {
  readonly mountPoint: string;
  readonly type: string;
  readonly source: string;
  /** Of the superblock: major:minor in hex. */
  readonly device: string;
  readonly options: readonly string[];
  /** As they stand, still escaped: file systems differ in what commas and colons mean. */
  readonly superOptions: string;
}

export interface Overlay {
  mountPoint: string;
  upper: string;
  lower: string[];
}

/** The mounts that this process sees; `null` where the system tells none (macOS, or no /proc). */
export function readMountinfo(): string | null {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return null;
  }
}

/** Parses /proc/PID/mountinfo; lines of another form are left out. */
export function parseMountinfo(text: string): Mount[] {
  return text.split('\n').flatMap((line) => parseLine(line) ?? []);
}

/** `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue` */
function parseLine(line: string): Mount | null {
  const fields = line.split(' ');
  const separator = fields.indexOf('-', 6);
  const [, , device, , mountPoint, options] = fields;
  const [type, source, superOptions = ''] = fields.slice(separator + 1);
  const numbers = /^(\d+):(\d+)$/.exec(device ?? '');
  if (separator < 0 || !numbers || !mountPoint || !options || !type || source === undefined) return null;
  return {
    mountPoint: unescapeOctal(mountPoint),
    type,
    source: unescapeOctal(source),
    device: formatMajorMinor(Number(numbers[1]), Number(numbers[2])),
    options: options.split(','),
    superOptions,
  };
}

/** The kernel writes space, tab, newline, backslash and `#` as three octal digits. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** Its text, or what was parsed from it, which saves time with many databases; `null` where there is none. */
export type Mountinfo = string | readonly Mount[] | null;

function mountsIn(mountinfo: string | readonly Mount[]): readonly Mount[] {
  return typeof mountinfo === 'string' ? parseMountinfo(mountinfo) : mountinfo;
}

/** The file system that a real path lies on, with its free space. */
export function fileSystemOf(realPath: string, mountinfo: Mountinfo): Known<FileSystem> {
  if (mountinfo === null)
    return unknown('this system has no /proc/self/mountinfo, which names the file systems');
  const mount = findMount(realPath, mountsIn(mountinfo));
  if (!mount) return unknown('/proc/self/mountinfo has no line for this path');
  const space = readSpace(realPath);
  if (!space.known) return space;
  const { type, mountPoint, source, device } = mount;
  return known({ type, mountPoint, source, device, options: mergeOptions(mount), ...space.value });
}

/** The longest mount point wins; of several mounts on it, the last covers the others. */
function findMount(realPath: string, mounts: readonly Mount[]): Mount | null {
  let best: Mount | null = null;
  for (const mount of mounts) {
    if (!contains(mount.mountPoint, realPath)) continue;
    if (!best || mount.mountPoint.length >= best.mountPoint.length) best = mount;
  }
  return best;
}

function contains(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** Those of the mount, then those of the file system behind it; what the mount says of rw and ro holds. */
function mergeOptions(mount: Mount): string[] {
  const behind = splitOptions(mount.superOptions).filter((option) => option !== 'rw' && option !== 'ro');
  return [...new Set([...mount.options, ...behind.map(unescapeOctal)])];
}

/** At commas that are not escaped themselves. */
function splitOptions(text: string): string[] {
  return text === '' ? [] : text.split(/(?<!\\),/);
}

/** Free: what a user without privileges may still write. */
function readSpace(path: string): Known<Pick<FileSystem, 'freeBytes' | 'totalBytes'>> {
  try {
    const { bavail, blocks, bsize } = statfsSync(path, { bigint: true });
    return known({ freeBytes: Number(bavail * bsize), totalBytes: Number(blocks * bsize) });
  } catch (error) {
    const problem = problemFromErrno(path, error);
    if (problem instanceof Error) return unknown(problem.message);
    throw problem;
  }
}

/** The overlays that can be written to: a file in `upper` and its merged path are separate lock domains. */
export function overlaysIn(mountinfo: string | readonly Mount[]): Overlay[] {
  return mountsIn(mountinfo).flatMap((mount) => (mount.type === 'overlay' ? (toOverlay(mount) ?? []) : []));
}

function toOverlay({ mountPoint, superOptions }: Mount): Overlay | null {
  const options = splitOptions(superOptions).map(unescapeOctal);
  const [upper] = valuesOf(options, 'upperdir=');
  if (!upper) return null;
  const lower = [
    ...valuesOf(options, 'lowerdir=').flatMap((folders) => folders.split(/(?<!\\):/)),
    ...valuesOf(options, 'lowerdir+='),
  ];
  return { mountPoint, upper: unescapeFolder(upper), lower: lower.map(unescapeFolder) };
}

function valuesOf(options: readonly string[], prefix: string): string[] {
  return options.flatMap((option) => (option.startsWith(prefix) ? [option.slice(prefix.length)] : []));
}

/** Overlayfs has escapes of its own below the kernel's octal digits: commas, colons and backslashes. */
function unescapeFolder(folder: string): string {
  return folder.replace(/\\(.)/g, '$1');
}
