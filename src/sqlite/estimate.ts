/** How long statements take and what they do to the size, on a copy that nobody else has open. */
import type { Bytes, Milliseconds } from '../units.js';
import { loadDriver } from './driver.js';
import { attempt } from './failure.js';

export interface Measured {
  readonly durationMs: Milliseconds;
  /** Of the database file; negative: it shrank. */
  readonly grewBytes: Bytes;
}

/** In rollback mode, in which everything can be done. Throws SqliteFailure. */
export async function measureOnCopy(path: string, statements: readonly string[]): Promise<Measured> {
  const Sqlite = await loadDriver();
  const database = attempt(() => new Sqlite(path, { fileMustExist: true }));
  const bytes = () =>
    Number(database.pragma('page_count', { simple: true })) *
    Number(database.pragma('page_size', { simple: true }));
  try {
    return attempt(() => {
      database.pragma('journal_mode = DELETE');
      const before = bytes();
      const startedMs = Number(process.hrtime.bigint()) / 1e6;
      for (const sql of statements) database.exec(sql);
      const durationMs = Number(process.hrtime.bigint()) / 1e6 - startedMs;
      return { durationMs: Math.round(durationMs * 1000) / 1000, grewBytes: bytes() - before };
    });
  } finally {
    database.close();
  }
}
