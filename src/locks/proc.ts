import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { formatDevice } from '../sqlite/files.js';
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
  return readStatIn(`${proc}/${pid}`);
}

/** @param folder of a process or of one of its threads */
export function readStatIn(folder: string): ProcessStat | null {
  const text = readOrNull(`${folder}/stat`);
  return text === null ? null : parseProcessStat(text);
}

/** `null`: it has not the form that proc(5) describes. */
export function parseProcessStat(text: string): ProcessStat | null {
  // The name in field 2 may contain spaces and parentheses: fields are counted from its last `)`.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [parentPid, flags, startTicks] = [fields[1], fields[6], fields[19]].map(toNumber);
  const state = fields[0];
  if (!state || parentPid == null || flags == null || startTicks == null) return null;
  return { state, parentPid, kernelThread: (flags & PF_KTHREAD) !== 0, startTicks };
}

function toNumber(field: string | undefined): number | null {
  return field !== undefined && /^\d{1,15}$/.test(field) ? Number(field) : null;
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

/** What a process has open, and the folder of /proc that says so. */
export interface OpenFiles {
  readonly folder: string;
  readonly descriptors: readonly OpenDescriptor[];
}

/** Files that a process has open; `null` if we may not look. Pipes, sockets and devices are left out. */
export function listOpenFiles(pid: Pid, proc = PROC): OpenFiles | null {
  const own = `${proc}/${pid}`;
  const names = listOrNull(`${own}/fd`);
  if (names === null) return null;
  const folder = names.length > 0 ? own : livingFolder(pid, proc);
  const descriptors = describeAll(
    `${folder}/fd`,
    names.length > 0 ? names : (listOrNull(`${folder}/fd`) ?? []),
  );
  return descriptors === null ? null : { folder, descriptors };
}

/** A folder has two links and one for each folder in it, so that nothing need be listed to count threads. */
const ONLY_THREAD = 3;

/**
 * Once its first thread has ended, a process looks like a zombie without files, while its other threads go on and
 * keep its locks (proc(5), /proc/pid/task): then it shows in the folder of one of those. `null`: it has no other.
 */
export function livingThread(pid: Pid, proc = PROC): Pid | null {
  if (linksTo(`${proc}/${pid}/task`) <= ONLY_THREAD) return null;
  const tids = (listOrNull(`${proc}/${pid}/task`) ?? []).map(Number);
  const lives = (tid: Pid) => readProcessStat(tid, `${proc}/${pid}/task`)?.state !== 'Z';
  return tids.length > 1 ? (tids.find(lives) ?? null) : null;
}

/** Where /proc shows what a process has open: its own folder, or that of a thread which outlived the first. */
export function livingFolder(pid: Pid, proc = PROC): string {
  const tid = livingThread(pid, proc);
  return tid === null ? `${proc}/${pid}` : `${proc}/${pid}/task/${tid}`;
}

/**
 * `null`: the links may not be read. Whoever may list them may not always follow them: the list follows the owner,
 * the links are for those who may trace the process (proc(5)), which root in a container may often not.
 */
function describeAll(folder: string, names: readonly string[]): OpenDescriptor[] | null {
  const descriptors: OpenDescriptor[] = [];
  for (const name of names) {
    const link = readFileLink(`${folder}/${name}`);
    if (link === 'denied') return null;
    const descriptor = link === null ? null : describeDescriptor(folder, name, link.path);
    if (descriptor !== null) descriptors.push(descriptor);
  }
  return descriptors;
}

/** `null`: it leads to no file, or was closed since it was listed. */
function readFileLink(descriptor: string): { readonly path: string } | 'denied' | null {
  try {
    const path = readlinkSync(descriptor);
    const isDevice = path.startsWith('/dev/') && !path.startsWith('/dev/shm/');
    return path.startsWith('/') && !isDevice ? { path } : null;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES' ? 'denied' : null;
  }
}

function describeDescriptor(folder: string, name: string, link: string): OpenDescriptor | null {
  try {
    const stat = statSync(`${folder}/${name}`, { bigint: true });
    if (!stat.isFile()) return null;
    const fileKey = fileKeyOf(stat.dev, stat.ino);
    // A file may be called that: the kernel adds the same words to its name as to a deleted one's.
    const deleted = link.endsWith(DELETED) && fileKeyAt(link) !== fileKey;
    const path = deleted ? link.slice(0, -DELETED.length) : link;
    return { fd: Number(name), path, deleted, fileKey };
  } catch {
    return null; // closed since it was listed
  }
}

/** Which file is at a path now; `null` if none is, or we may not look. */
export function fileKeyAt(path: string): string | null {
  try {
    const stat = statSync(path, { bigint: true });
    return fileKeyOf(stat.dev, stat.ino);
  } catch {
    return null;
  }
}

/** `fe:00:2181350`, as /proc/locks writes it. */
export function fileKeyOf(device: bigint, inode: bigint): string {
  return `${formatDevice(device)}:${inode}`;
}

/** 0 where it is gone. */
function linksTo(folder: string): number {
  try {
    return statSync(folder).nlink;
  } catch {
    return 0;
  }
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

/** `null` where the folder is gone or may not be listed. */
export function listOrNull(folder: string): string[] | null {
  try {
    return readdirSync(folder);
  } catch {
    return null;
  }
}
