import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import type { Pid } from '../units.js';

/** Where Linux mounts procfs. A parameter everywhere, so that a container's view can be looked at from its host. */
export const PROC = '/proc';

/** proc(5): what /proc/PID/stat tells anyone, whoever owns the process. */
export interface ProcessStat {
  readonly state: string;
  readonly parentPid: Pid;
  readonly kernelThread: boolean;
  /** In clock ticks since boot. */
  readonly startTicks: number;
}

const PF_KTHREAD = 0x00200000;

/** `null`: the process is gone. */
export function readProcessStat(pid: Pid, proc = PROC): ProcessStat | null {
  const text = readOrNull(`${proc}/${pid}/stat`);
  if (text === null) return null;
  // The name in field 2 may contain spaces and parentheses: fields are counted from its last `)`.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    state: fields[0] ?? '?',
    parentPid: Number(fields[1]),
    kernelThread: (Number(fields[6]) & PF_KTHREAD) !== 0,
    startTicks: Number(fields[19]),
  };
}

export function listPids(proc = PROC): Pid[] {
  return readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** An open file of a process: what the link says, and which file it is. */
export interface OpenDescriptor {
  readonly fd: number;
  /** The path as the process sees it, without ` (deleted)`. */
  readonly path: string;
  readonly deleted: boolean;
  readonly fileKey: string;
}

const DELETED = ' (deleted)';

/** Files that a process has open; `null` if we may not look. Pipes, sockets and devices are left out. */
export function listDescriptors(pid: Pid, proc = PROC): OpenDescriptor[] | null {
  const folder = `${proc}/${pid}/fd`;
  const names = listOrNull(folder);
  if (names === null) return null;
  return names.flatMap((name) => describeDescriptor(folder, name) ?? []);
}

function describeDescriptor(folder: string, name: string): OpenDescriptor | null {
  try {
    const link = readlinkSync(`${folder}/${name}`);
    if (!link.startsWith('/') || (link.startsWith('/dev/') && !link.startsWith('/dev/shm/'))) return null;
    const deleted = link.endsWith(DELETED);
    const stat = statSync(`${folder}/${name}`, { bigint: true });
    if (!stat.isFile()) return null;
    const path = deleted ? link.slice(0, -DELETED.length) : link;
    return { fd: Number(name), path, deleted, fileKey: fileKeyOf(stat.dev, stat.ino) };
  } catch {
    return null; // closed since it was listed
  }
}

/** Which file is at a path now; `null` if none is. */
export function fileKeyAt(path: string): string | null {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat ? fileKeyOf(stat.dev, stat.ino) : null;
}

/** `fe:00:2181350`, as /proc/locks writes it. The split of st_dev is glibc's gnu_dev_major and gnu_dev_minor. */
export function fileKeyOf(device: bigint, inode: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn);
  return `${hex(major)}:${hex(minor)}:${inode}`;
}

function hex(value: bigint): string {
  return value.toString(16).padStart(2, '0');
}

/** `null` where the file is gone or may not be read. */
export function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** `null` where the link is gone or may not be read. */
export function readLinkOrNull(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

function listOrNull(folder: string): string[] | null {
  try {
    return readdirSync(folder);
  } catch {
    return null;
  }
}
