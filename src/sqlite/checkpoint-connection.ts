/** The one connection of `dblock checkpoint`. Only in a process that never opens the database as a file. */
import type { Milliseconds } from '../units.js';
import { loadDriver } from './driver.js';
import { attempt } from './failure.js';

export interface CheckpointConnection {
  setBusyTimeout(ms: Milliseconds): void;
  /** Runs PRAGMA wal_checkpoint. Throws SqliteFailure. */
  checkpoint(mode: string): { busy: number; log: number; checkpointed: number };
  /** As the last connection it copies the rest and deletes -wal and -shm (wal.c, sqlite3WalClose). */
  close(): void;
}

/** Attaches with a first read: recovers the WAL, if nobody else is there. Throws SqliteFailure. */
export async function openForCheckpoint(
  path: string,
  busyTimeoutMs: Milliseconds,
): Promise<CheckpointConnection> {
  const Database = await loadDriver();
  const timeout = Math.round(busyTimeoutMs);
  const database = attempt(() => new Database(path, { fileMustExist: true, timeout }));
  // Pages are not read but copied: mapping or caching them would only take memory.
  attempt(() => database.pragma('cache_size = 10'));
  attempt(() => database.pragma('user_version'));
  return {
    setBusyTimeout: (ms) => {
      attempt(() => database.pragma(`busy_timeout = ${Math.round(ms)}`));
    },
    checkpoint: (mode) => attempt(() => rowOf(database.pragma(`wal_checkpoint(${mode})`))),
    close: () => {
      attempt(() => database.close());
    },
  };
}

function rowOf(result: unknown): { busy: number; log: number; checkpointed: number } {
  const [row] = Array.isArray(result) ? result : [];
  const { busy, log, checkpointed } = row ?? {};
  return { busy: Number(busy), log: Number(log), checkpointed: Number(checkpointed) };
}
