import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';

/**
 * Reads a copy of a database that nobody writes to just now. A connection to the database itself would recover or
 * checkpoint what a killed process has left, and would be one more process that has it open.
 */
export function readCopy<T>(database: string, look: (db: Database.Database) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'dblock-test-copy-'));
  const copy = join(folder, 'copy.db');
  for (const suffix of ['', '-wal', '-journal']) {
    if (existsSync(`${database}${suffix}`)) copyFileSync(`${database}${suffix}`, `${copy}${suffix}`);
  }
  const db = new Database(copy);
  try {
    return look(db);
  } finally {
    db.close();
    rmSync(folder, { recursive: true });
  }
}
