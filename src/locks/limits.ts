import { isNetworkFileSystem } from '../sqlite/network-file-systems.js';
import type { FileSystem } from '../sqlite/shapes.js';
import { plural } from '../units.js';
import { readLinkOrNull, readProcessStat } from './proc.js';
import type { View } from './shapes.js';

/** How far a walk through /proc could see. */
export interface Limits {
  readonly processes: View;
  locks(fileSystem: FileSystem | null, seen: { readonly ambiguous: boolean; readonly remote: boolean }): View;
}

interface Circumstances {
  readonly proc: string;
  /** Whether /proc/locks could be read. */
  readonly locksReadable: boolean;
  /** Processes that exist and may not be inspected. */
  readonly hidden: number;
  /** Whether dblock runs as root, and lacks a capability rather than a user. */
  readonly isRoot: boolean;
}

/** PROC_PID_INIT_INO in the kernel's include/linux/proc_ns.h: the PID namespace that contains all others. */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]';

const NESTED =
  'dblock runs in a PID namespace (a container): locks and processes outside it are not listed; run it on the host to see them';
const REMOTE =
  'another machine has a lock on the database through a file server here, and the kernel does not tell which process';
const BTRFS =
  'a process that cannot be inspected locks this inode number, which on btrfs may be another file in another subvolume; run dblock as root to tell';

/** Turns circumstances into what may be concluded from absence. */
export function limitsOf({ proc, locksReadable, hidden, isRoot }: Circumstances): Limits {
  const nested = isNested(proc) ? limited(NESTED) : null;
  return {
    processes: nested ?? processLimit(proc, hidden, isRoot),
    locks: (fileSystem, { ambiguous, remote }) => {
      if (ambiguous) return limited(BTRFS);
      if (remote) return limited(REMOTE);
      if (nested) return nested;
      if (!locksReadable && hidden > 0)
        return limited(`${proc}/locks cannot be read, so locks of other users' processes are not seen`);
      return remoteLimit(fileSystem);
    },
  };
}

function processLimit(proc: string, hidden: number, isRoot: boolean): View {
  if (readProcessStat(1, proc) === null) {
    return limited(
      `${proc} is mounted with hidepid, so processes of other users are not listed; run dblock as root to include them`,
    );
  }
  if (hidden === 0) return { complete: true };
  const count = plural(hidden, 'process', 'processes');
  return limited(
    isRoot
      ? `${count} cannot be inspected: root lacks CAP_SYS_PTRACE here; run dblock with it to include them`
      : `${count} of other users cannot be inspected; run dblock as root to include them`,
  );
}

function remoteLimit(fileSystem: FileSystem | null): View {
  if (!fileSystem || !isNetworkFileSystem(fileSystem.type)) return { complete: true };
  return limited(
    `the database is on a network file system (${fileSystem.type}): locks of other machines are not listed`,
  );
}

/** Unknown counts as nested: absence then proves nothing. */
export function isNested(proc: string): boolean {
  return readLinkOrNull(`${proc}/self/ns/pid`) !== INITIAL_PID_NAMESPACE;
}

function limited(reason: string): View {
  return { complete: false, reason };
}
