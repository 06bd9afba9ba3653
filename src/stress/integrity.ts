/** Whether the database is whole after a run. */
import type { Database } from 'better-sqlite3';
import { type Bytes, formatBytes } from '../units.js';
import { failureOf } from './actor/failure.js';
import type { Invariant } from './run-shapes.js';
import { ownTables } from './workloads/own-tables.js';

/** integrity_check reads about 100 MB a second; quick_check leaves out what costs most, the comparison with indexes. */
const LARGE_BYTES: Bytes = 2 * 2 ** 30;

/** In place only our own tables are checked: the rest is read-locked for too long. */
export function verifyIntegrity(database: Database, inPlace: boolean): Invariant {
  const { pragma, what } = inPlace ? ofOwnTables(database) : ofAll(database);
  const complaints = pragma.flatMap((one) => complaintsOf(database, one));
  return {
    id: 'integrity',
    statement: 'The database is whole.',
    state: complaints.length === 0 ? 'held' : 'broken',
    detail:
      complaints.length === 0
        ? `${what}: ok.`
        : `${what}: ${complaints.slice(0, 3).join('; ')}. dblock doctor --deep says whether the original is so too.`,
  };
}

/** So far gone that the check itself fails: that is a breach too. */
function complaintsOf(database: Database, pragma: string): string[] {
  try {
    return linesOf(database.pragma(pragma));
  } catch (error) {
    const { code, message } = failureOf(error);
    if (/^SQLITE_(?:CORRUPT|NOTADB)/.test(code)) return [`${message} (${code})`];
    throw error;
  }
}

function ofAll(database: Database): { pragma: string[]; what: string } {
  const size = (name: string) => Number(database.pragma(name, { simple: true }));
  const bytes = size('page_size') * size('page_count');
  if (bytes < LARGE_BYTES) return { pragma: ['integrity_check(10)'], what: 'PRAGMA integrity_check' };
  return { pragma: ['quick_check(10)'], what: `PRAGMA quick_check, because of ${formatBytes(bytes)}` };
}

function ofOwnTables(database: Database): { pragma: string[]; what: string } {
  return {
    pragma: ownTables(database).map((name) => `integrity_check(${name})`),
    what: "PRAGMA integrity_check of dblock's own tables",
  };
}

function linesOf(rows: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(rows) ? rows : [];
  return list.flatMap((row) => Object.values(row ?? {}).map(String)).filter((line) => line !== 'ok');
}
