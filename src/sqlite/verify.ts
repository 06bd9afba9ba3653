/** SQLite's own verification, of a copy that nobody else has open. Slow: it reads every page. */
import type { Database } from 'better-sqlite3';
import { type Known, known, unknown } from '../known.js';
import { loadDriver } from './driver.js';
import { quoteIdentifier, quoteLiteral } from './identifiers.js';

export interface Unchecked {
  readonly table: string;
  readonly reason: string;
}

export interface IntegrityReport {
  readonly pragma: 'quick_check' | 'integrity_check';
  readonly messages: string[];
  readonly unchecked: Unchecked[];
  /** Tables of which not every row can be read; looked for only if there are messages. */
  readonly unreadableTables: string[];
}

/** Rows of one table whose parent is missing. */
export interface Violation {
  readonly table: string;
  readonly columns: string[];
  readonly parent: string;
  readonly rows: number;
}

export interface ViolationReport {
  readonly violations: Violation[];
  readonly unchecked: Unchecked[];
}

export interface Verification {
  readonly integrity: Known<IntegrityReport>;
  readonly foreignKeys: Known<ViolationReport>;
}

/** Opens the copy, read-only: then CHECK constraints, with the application's own functions, are left alone (build.c). */
export async function verifyCopy(path: string): Promise<Verification> {
  const Sqlite = await loadDriver();
  const database = new Sqlite(path, { readonly: true, fileMustExist: true });
  try {
    const integrity = orReason(() => checkIntegrity(database));
    const damaged = integrity.known && integrity.value.messages.length > 0;
    const foreignKeys = damaged
      ? unknown('the database is damaged: see integrity')
      : orReason(() => checkForeignKeys(database));
    return { integrity, foreignKeys };
  } finally {
    database.close();
  }
}

function orReason<T>(check: () => T): Known<T> {
  try {
    return known(check());
  } catch (error) {
    return unknown(`SQLite could not check it: ${messageOf(error)}`);
  }
}

const MOST_MESSAGES = 20;
const LONGEST_MESSAGE = 500;

/** Both: integrity_check finds more, but may give up at a damaged page that quick_check gets past. */
function checkIntegrity(database: Database): IntegrityReport {
  const quick = runCheck(database, 'quick_check');
  if (quick.messages.length === 0) return quick;
  const full = runCheck(database, 'integrity_check');
  const messages = [...new Set([...quick.messages, ...full.messages])];
  const unreadableTables = tablesOf(database).filter((table) => !isReadable(database, table));
  return { ...full, messages: messages.slice(0, MOST_MESSAGES), unreadableTables };
}

function runCheck(database: Database, pragma: IntegrityReport['pragma']): IntegrityReport {
  const all = findFaults(database, `${pragma}(${MOST_MESSAGES})`);
  if (all.refusal === null) return { pragma, messages: all.messages, unchecked: [], unreadableTables: [] };
  return checkEachTable(database, pragma);
}

/** Where one table needs a collation or a function of the application, SQLite refuses to check all of them together. */
function checkEachTable(database: Database, pragma: IntegrityReport['pragma']): IntegrityReport {
  const messages: string[] = [];
  const unchecked: Unchecked[] = [];
  for (const table of tablesOf(database)) {
    const { messages: faults, refusal } = findFaults(database, `${pragma}(${quoteLiteral(table)})`);
    messages.push(...faults);
    if (refusal !== null) unchecked.push({ table, reason: refusal });
  }
  return { pragma, messages: messages.slice(0, MOST_MESSAGES), unchecked, unreadableTables: [] };
}

/** Reads every value of every row, in the order of the table itself: no index is asked. */
function isReadable(database: Database, table: string): boolean {
  try {
    const sql = `SELECT * FROM ${quoteIdentifier(table)} NOT INDEXED`;
    for (const _ of database.prepare(sql).raw().iterate());
    return true;
  } catch (error) {
    return !isDamage(error);
  }
}

interface Faults {
  readonly messages: string[];
  /** Why SQLite would not look; `null`: it looked. */
  readonly refusal: string | null;
}

/** Damage may end the check with an error: that is one more fault, after those that came before it. */
function findFaults(database: Database, pragma: string): Faults {
  const messages: string[] = [];
  try {
    const rows = database.prepare<[], string>(`PRAGMA ${pragma}`).pluck().iterate();
    for (const row of rows) if (row !== 'ok') messages.push(row.slice(0, LONGEST_MESSAGE));
  } catch (error) {
    if (!isDamage(error)) return { messages, refusal: messageOf(error) };
    messages.push(messageOf(error));
  }
  return { messages, refusal: null };
}

function isDamage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^SQLITE_(?:CORRUPT|NOTADB)/.test(String(error.code));
}

/** None where the schema itself is damaged. */
function tablesOf(database: Database): string[] {
  const sql = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' ORDER BY name";
  try {
    return database.prepare<[], string>(sql).pluck().all();
  } catch (error) {
    if (isDamage(error)) return [];
    throw error;
  }
}

const CHILDREN = `
  SELECT DISTINCT t.name FROM pragma_table_list AS t, pragma_foreign_key_list(t.name)
  WHERE t.schema = 'main' AND t.type = 'table' ORDER BY t.name`;

const VIOLATIONS = `
  SELECT fkid, parent, count(*) FROM pragma_foreign_key_check(?) GROUP BY fkid, parent ORDER BY fkid`;

function checkForeignKeys(database: Database): ViolationReport {
  const violations: Violation[] = [];
  const unchecked: Unchecked[] = [];
  for (const table of database.prepare<[], string>(CHILDREN).pluck().all()) {
    try {
      const rows = database.prepare<[string], [number, string, number]>(VIOLATIONS).raw().all(table);
      for (const [id, parent, count] of rows) {
        violations.push({ table, columns: columnsOf(database, table, id), parent, rows: count });
      }
    } catch (error) {
      unchecked.push({ table, reason: messageOf(error) });
    }
  }
  return { violations, unchecked };
}

function columnsOf(database: Database, table: string, id: number): string[] {
  const sql = 'SELECT "from" FROM pragma_foreign_key_list(?) WHERE id = ? ORDER BY seq';
  return database.prepare<[string, number], string>(sql).pluck().all(table, id);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
