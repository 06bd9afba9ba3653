import type { FileIdentity, FileSystem } from '../sqlite/shapes.js';

/** The files of one database that a sample of the kernel's tables looks for; `null`: not there now. */
export interface WatchedDatabase {
  readonly path: string;
  readonly database: FileIdentity;
  readonly wal: FileIdentity | null;
  readonly shm: FileIdentity | null;
  readonly journal: FileIdentity | null;
  /** Says which device /proc/locks names, and whose locks it cannot list; `null`: not known. */
  readonly fileSystem: FileSystem | null;
}
