import type { Database } from 'better-sqlite3';
import { OWN_PREFIX } from './workload.js';

/** Names of the tables in the main database that begin as ours do, whoever made them. */
export function ownTables(database: Database): string[] {
  return database
    .prepare<[number, string], string>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, ?) = ?",
    )
    .pluck()
    .all(OWN_PREFIX.length, OWN_PREFIX);
}
