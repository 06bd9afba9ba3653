import { type Known, known, unknown } from '../known.js';
import { fileSystemOf, readMountinfo } from '../sqlite/file-system.js';
import { statFile, vanished } from '../sqlite/files.js';
import type { LockObserver } from './platform.js';

/** Locks whose holder writes to the database file, or is about to. */
const WRITER_LOCKS = ['RESERVED', 'PENDING', 'SHARED'];

/** Whether somebody holds a write lock on the database file now. */
export function isWritten(path: string, observer: LockObserver): Known<boolean> {
  const database = statFile(path);
  if (!database) throw vanished(path);
  const fileSystem = fileSystemOf(path, readMountinfo());
  const [sample] = observer.observe([
    {
      ...{ path, database, wal: null, shm: null, journal: null },
      fileSystem: fileSystem.known ? fileSystem.value : null,
    },
  ]);
  if (!sample) return unknown('locks could not be read');
  const isHeld = sample.locks.some(
    ({ mode, names }) => mode === 'WRITE' && names.some((name) => WRITER_LOCKS.includes(name)),
  );
  if (!isHeld && !sample.locksView.complete) return unknown(sample.locksView.reason);
  return known(isHeld);
}
