/** How the parent of a checkpoint looks at the database: as files, and through the kernel. It never has a connection. */
import type { Look } from '../../checkpoint/blockers.js';
import type { RunWorld } from '../../checkpoint/run.js';
import { lastSample } from '../../doctor/questions.js';
import type { Evidence } from '../../doctor/shapes.js';
import { writeLockProbe } from '../../locks/lock-probe.js';
import type { LockObserver } from '../../locks/platform.js';
import { FileProblem, showPath } from '../../sqlite/errors.js';
import { fileSystemOf, readMountinfo } from '../../sqlite/file-system.js';
import { statFile } from '../../sqlite/files.js';
import type { FileState } from '../../sqlite/shapes.js';
import { readCurrentIndex } from '../../sqlite/sidecars.js';
import type { Host } from '../host.js';

/** @param mayClose whether a close that deletes the WAL would be welcome */
export function worldOf(evidence: Evidence, observer: LockObserver, host: Host, mayClose: boolean): RunWorld {
  const { path } = evidence;
  const { database } = lastSample(evidence);
  return {
    look: () => lookAt(path, database, observer),
    index: () => orNull(() => readCurrentIndex(path)),
    writeLockOf: (pid) => (host.platform === 'linux' ? writeLockProbe(pid, `${path}-shm`) : null),
    changed: () => whyChanged(path, database, 'during the checkpoint'),
    mayClose: () => mayClose,
    now: host.now,
    sleep: host.sleep,
    random: Math.random,
  };
}

/** Locks and the WAL index at this moment. */
export function lookAt(path: string, database: FileState, observer: LockObserver): Look {
  const fileSystem = fileSystemOf(path, readMountinfo());
  const stat = (file: string) => orNull(() => statFile(file));
  const [sample] = observer.observe([
    {
      ...{ path, database, wal: stat(`${path}-wal`), shm: stat(`${path}-shm`), journal: null },
      fileSystem: fileSystem.known ? fileSystem.value : null,
    },
  ]);
  return {
    locks: sample?.locks ?? [],
    index: orNull(() => readCurrentIndex(path)),
    states: new Map(sample?.processes.map(({ pid, state }) => [pid, state])),
    hidden: sample?.locksView.complete === false ? sample.locksView.reason : null,
  };
}

/** Files come and go, and folders change their permissions, while a checkpoint runs: then there is nothing to see. */
export function orNull<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (error instanceof FileProblem) return null;
    throw error;
  }
}

/** An application, or a restore, may remove or replace the file at any time: from then on names are not to be trusted. */
export function whyChanged(path: string, { device, inode }: FileState, when: string): string | null {
  try {
    const now = statFile(path);
    if (now === null) return `${showPath(path)} was removed ${when}.`;
    if (now.device === device && now.inode === inode) return null;
    return `${showPath(path)} was replaced by another file ${when}.`;
  } catch (error) {
    if (error instanceof FileProblem) return error.message;
    throw error;
  }
}
