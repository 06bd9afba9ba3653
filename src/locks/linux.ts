import type { FileIdentity } from '../sqlite/shapes.js';
import type { Pid } from '../units.js';
import { lockNamesIn } from './byte-ranges.js';
import { isNested, limitsOf } from './limits.js';
import { isPassingRun } from './other-runs.js';
import {
  fileKeyAt,
  listOpenFiles,
  listOrNull,
  listPids,
  livingFolder,
  livingThread,
  type OpenDescriptor,
  PROC,
  readLinkOrNull,
  readOrNull,
  readProcessStat,
  readStatIn,
} from './proc.js';
import { type KernelLock, parseKernelLocks } from './proc-locks.js';
import type { Descriptor, HeldLock, KernelSample, ProcessSighting } from './shapes.js';
import type { WatchedDatabase } from './watched.js';

/** Names one file of one database of the run. */
interface FileRole {
  readonly found: Findings;
  readonly file: Descriptor['file'];
}

/** What one walk through /proc found about one database. */
interface Findings {
  readonly locks: HeldLock[];
  readonly sightings: Map<Pid, ProcessSighting>;
  /** A lock was seen that may or may not be on this database. */
  ambiguous: boolean;
  /** Another machine holds a lock, through the file server that this machine is. */
  remote: boolean;
}

interface Walk {
  readonly proc: string;
  readonly byKey: ReadonlyMap<string, FileRole>;
  readonly byPath: ReadonlyMap<string, FileRole>;
}

/**
 * Locks and attached processes of each database, from one walk through /proc for all of them.
 * A process that may be inspected is matched by the identity of its open files, and its locks are read from
 * /proc/PID/fdinfo; the others' locks come from /proc/locks (proc(5)).
 * @param self dblock's own pid, which is never reported
 */
export function observeLinux(databases: readonly WatchedDatabase[], self: Pid, proc = PROC): KernelSample[] {
  const findings = databases.map(startFindings);
  const walk = startWalk(databases, findings, proc);
  const pids = listPids(proc).filter((pid) => pid !== self);
  const inspected = new Set(pids.filter((pid) => inspectProcess(walk, pid)));
  const hidden = pids.filter(
    (pid) => !inspected.has(pid) && isHiddenProcess(pid, proc) && !isShieldedInit(pid, proc),
  );
  // The kernel keeps everybody from locking while it prints this table, for milliseconds (fs/locks.c, locks_start):
  // it is read only if somebody may be in it whom fdinfo does not show.
  const table = hidden.length > 0 ? readOrNull(`${proc}/locks`) : '';
  const others = parseKernelLocks(table ?? '').filter(({ pid }) => pid !== self && !inspected.has(pid));
  databases.forEach((database, index) => {
    const found = findings[index];
    if (found) addOthersLocks(walk, database, found, others);
  });
  const isRoot = process.geteuid?.() === 0;
  const limits = limitsOf({ proc, locksReadable: table !== null, hidden: hidden.length, isRoot });
  return findings.map((found, index) => ({
    locks: found.locks,
    locksView: limits.locks(databases[index]?.fileSystem ?? null, found),
    processes: [...found.sightings.values()].filter((sighting) => !isPassingRun(sighting, found.locks, proc)),
    processesView: limits.processes,
  }));
}

function startFindings(): Findings {
  return { locks: [], sightings: new Map(), ambiguous: false, remote: false };
}

const SUFFIXES: readonly (readonly [Descriptor['file'], string])[] = [
  ['database', ''],
  ['wal', '-wal'],
  ['shm', '-shm'],
  ['journal', '-journal'],
];

function startWalk(databases: readonly WatchedDatabase[], findings: readonly Findings[], proc: string): Walk {
  const byKey = new Map<string, FileRole>();
  const byPath = new Map<string, FileRole>();
  databases.forEach((database, index) => {
    const found = findings[index];
    if (!found) return;
    for (const [file, suffix] of SUFFIXES) {
      byPath.set(`${database.path}${suffix}`, { found, file });
      const identity = database[file];
      if (identity) byKey.set(keyOf(identity), { found, file });
    }
  });
  return { proc, byKey, byPath };
}

function keyOf({ device, inode }: FileIdentity): string {
  return `${device}:${inode}`;
}

/** Kernel threads open no files, and a process that ended hides nothing; but a thread of it may live on. */
function isHiddenProcess(pid: Pid, proc: string): boolean {
  const stat = readProcessStat(pid, proc);
  if (stat === null || stat.kernelThread) return false;
  return stat.state !== 'Z' || livingThread(pid, proc) !== null;
}

/**
 * The init of some virtual machines shields what it has open from root, too. It starts programs and opens no database;
 * in a container, pid 1 may be the application itself.
 */
function isShieldedInit(pid: Pid, proc: string): boolean {
  return pid === 1 && listOrNull(`${proc}/1/fd`) !== null && !isNested(proc);
}

/** A process of which we may read what it has open. */
interface Inspected {
  readonly pid: Pid;
  readonly folder: string;
}

/** Returns false if the process may not be inspected. */
function inspectProcess(walk: Walk, pid: Pid): boolean {
  const open = listOpenFiles(pid, walk.proc);
  if (open === null) return false;
  const inspected = { pid, folder: open.folder };
  const touched = new Set<Findings>();
  for (const descriptor of open.descriptors) {
    const role = addDescriptor(walk, inspected, descriptor);
    if (role) touched.add(role.found);
  }
  if (touched.size > 0) addMappings(walk, inspected);
  return true;
}

function addDescriptor(walk: Walk, inspected: Inspected, descriptor: OpenDescriptor): FileRole | null {
  const byKey = descriptor.deleted ? undefined : walk.byKey.get(descriptor.fileKey);
  const role =
    byKey ?? roleByPath(walk, inspected, descriptor) ?? roleByOtherName(walk, inspected, descriptor);
  if (!role) return null;
  const current = byKey !== undefined || isNowAtItsPath(walk, descriptor);
  sightingOf(role.found, inspected).descriptors.push(toDescriptor(descriptor, role, current));
  if (current) addDescriptorLocks(inspected, descriptor.fd, role);
  return role;
}

/** A path means the same file to us only in our own mount namespace: containers have an `/app/app.db` each. */
function roleByPath(walk: Walk, { folder }: Inspected, { path }: OpenDescriptor): FileRole | null {
  const role = walk.byPath.get(path);
  if (!role) return null;
  const theirs = readLinkOrNull(`${folder}/ns/mnt`);
  return theirs !== null && theirs === readLinkOrNull(`${walk.proc}/self/ns/mnt`) ? role : null;
}

const SIDECAR = /-(wal|shm)$/;

/**
 * SQLite names -wal and -shm after the name that it opened: a hard link, or a file that is mounted by itself, has
 * others. They belong to our database if it lies beside them, as the process sees it.
 */
function roleByOtherName(walk: Walk, { folder }: Inspected, { path }: OpenDescriptor): FileRole | null {
  const [suffix, file] = SIDECAR.exec(path) ?? [];
  if (suffix === undefined) return null;
  const beside = fileKeyAt(`${folder}/root${path.slice(0, -suffix.length)}`);
  const role = beside === null ? undefined : walk.byKey.get(beside);
  if (role?.file !== 'database') return null;
  return { found: role.found, file: file === 'wal' ? 'wal' : 'shm' };
}

/** Sidecars come and go with the first and last connection: the file may be younger than our list of them. */
function isNowAtItsPath({ byPath }: Walk, { path, deleted, fileKey }: OpenDescriptor): boolean {
  return !deleted && byPath.has(path) && fileKeyAt(path) === fileKey;
}

function toDescriptor({ fd, fileKey }: OpenDescriptor, { file }: FileRole, current: boolean): Descriptor {
  const at = fileKey.lastIndexOf(':');
  return { fd, file, current, identity: { device: fileKey.slice(0, at), inode: fileKey.slice(at + 1) } };
}

function sightingOf(found: Findings, { pid, folder }: Inspected): ProcessSighting {
  const present = found.sightings.get(pid);
  if (present) return present;
  const state = readStatIn(folder)?.state ?? '?';
  const sighting = { pid, state, descriptors: [], mapsShm: false };
  found.sightings.set(pid, sighting);
  return sighting;
}

function addDescriptorLocks({ pid, folder }: Inspected, fd: number, role: FileRole): void {
  const text = readOrNull(`${folder}/fdinfo/${fd}`) ?? '';
  for (const lock of parseKernelLocks(text)) addLock(role, pid, lock);
}

function addLock({ found, file }: FileRole, pid: Pid, { mode, firstByte, lastByte }: KernelLock): void {
  if (file !== 'database' && file !== 'shm') return;
  const names = lockNamesIn(file, { firstByte, lastByte });
  if (names.length > 0) found.locks.push({ pid, mode, file, names, firstByte, lastByte });
}

/** Whoever uses the WAL maps `-shm`, even if its descriptor was closed behind SQLite's back. */
function addMappings(walk: Walk, inspected: Inspected): void {
  const maps = readOrNull(`${inspected.folder}/maps`) ?? '';
  for (const [, device, inode] of maps.matchAll(/^\S+ r\S+ \S+ ([0-9a-f]+:[0-9a-f]+) (\d+) +\S.*-shm$/gm)) {
    const role = walk.byKey.get(`${device}:${inode}`);
    if (role) sightingOf(role.found, inspected).mapsShm = true;
  }
}

/** Adds what /proc/locks says of processes that could not be inspected. */
function addOthersLocks(
  walk: Walk,
  database: WatchedDatabase,
  found: Findings,
  locks: readonly KernelLock[],
): void {
  const files = ['database', 'shm'] as const;
  for (const file of files) {
    const keys = tableKeys(database, database[file]);
    for (const lock of locks.filter(({ fileKey }) => keys.includes(fileKey))) {
      if (lock.pid <= 0) found.remote = true;
      else if (database.fileSystem?.type === 'btrfs') found.ambiguous = true;
      else {
        sightingOf(found, {
          pid: lock.pid,
          folder: livingFolder(lock.pid, walk.proc),
        });
        addLock({ found, file }, lock.pid, lock);
      }
    }
  }
}

/** /proc/locks names the device of the superblock, which is not always the one that stat gives. */
function tableKeys(database: WatchedDatabase, identity: FileIdentity | null): string[] {
  if (!identity) return [];
  const devices = [identity.device, database.fileSystem?.device ?? identity.device];
  return devices.map((device) => `${device}:${identity.inode}`);
}
