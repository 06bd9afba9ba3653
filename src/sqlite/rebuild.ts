/**
 * A schema without rows, in memory: what SQLite's planner says about it, it says about the real database, as
 * long as that was not analysed (ANALYZE). The definitions are data from a file that may be corrupt or hostile.
 */
import type { Database } from 'better-sqlite3';
import { formatCount } from '../units.js';
import { loadDriver } from './driver.js';
import { afterName, quoteIdentifier } from './identifiers.js';
import type { SchemaObject } from './shapes.js';

/** A definition that was not rebuilt, and why. */
export interface LeftOut {
  readonly name: string;
  /** The table that it belongs to, or is. */
  readonly table: string;
  readonly reason: string;
}

/** The values of a row, in the order of the columns. */
export type SqlRow = readonly unknown[];

export interface EmptySchema {
  readonly leftOut: readonly LeftOut[];
  /** Runs a query with bound values. Throws what SQLite throws; it and the others throw `TooManyQuestions`. */
  query(sql: string, ...values: readonly unknown[]): SqlRow[];
  /** The plan of a statement with `parameters` question marks, a line each; `null` if it cannot be prepared. */
  plan(sql: string, parameters?: number): string[] | null;
  /** Calls `use` while the schema has one more index, unless that cannot be made: then `null`. */
  withIndex<T>(createIndex: string, use: () => T): T | null;
}

/** Each definition makes SQLite read the schema so far: 1,000 take about 0.3 s, and twice as many four times as long. */
export const MOST_REBUILT = 1000;
/** SQLITE_MAX_SQL_LENGTH, unless SQLite was built with another. */
export const LONGEST_SQL = 1_000_000;

/**
 * Rebuilds tables, then indexes, views and triggers, and calls `use` with them. Only CREATE statements that
 * SQLite itself would have stored are run, one each, on `:memory:`. What cannot be rebuilt (an unknown function or
 * collation, a virtual table) is left out and named.
 */
export async function withEmptySchema<T>(
  objects: readonly SchemaObject[],
  use: (schema: EmptySchema) => T,
): Promise<T> {
  const Database = await loadDriver();
  const memory = new Database(':memory:');
  try {
    // An index that a query makes for itself would hide that there is none (sqlite.org/optoverview.html#autoindex).
    memory.pragma('automatic_index = OFF');
    return use(emptySchema(memory, rebuild(memory, objects)));
  } finally {
    memory.close();
  }
}

const ORDER = ['table', 'index', 'view', 'trigger'] as const satisfies readonly SchemaObject['type'][];

function rebuild(memory: Database, objects: readonly SchemaObject[]): LeftOut[] {
  const ordered = ORDER.flatMap((type) => objects.filter((object) => object.type === type));
  return ordered.flatMap((object) => {
    const reason = create(memory, object);
    return reason === null ? [] : [{ name: object.name, table: object.tableName, reason }];
  });
}

/** Why it was left out; `null`: it was not, or SQLite makes it by itself. */
function create(memory: Database, { type, name, sql }: SchemaObject): string | null {
  if (sql === null || name.startsWith('sqlite_')) return null;
  if (sql.length > LONGEST_SQL) return `its definition has more than ${formatCount(LONGEST_SQL)} characters`;
  if (!isStoredDefinition(type, sql)) return notStored(sql);
  try {
    memory.prepare(sql).run();
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

const BEGINNINGS: Readonly<Record<SchemaObject['type'], RegExp>> = {
  table: /^CREATE TABLE /i,
  index: /^CREATE (?:UNIQUE )?INDEX /i,
  view: /^CREATE VIEW /i,
  trigger: /^CREATE TRIGGER /i,
};

/**
 * SQLite stores each definition with a normalised beginning, and a table always with its columns
 * (build.c, sqlite3EndTable): a `CREATE TABLE … AS SELECT`, which would run, can only be forged.
 */
function isStoredDefinition(type: SchemaObject['type'], sql: string): boolean {
  const [beginning] = BEGINNINGS[type].exec(sql) ?? [];
  if (beginning === undefined) return false;
  return type !== 'table' || (afterName(sql.slice(beginning.length))?.startsWith('(') ?? false);
}

function notStored(sql: string): string {
  return /^CREATE VIRTUAL TABLE /i.test(sql)
    ? 'it is a virtual table'
    : 'its definition is not in the form in which SQLite stores it';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function emptySchema(memory: Database, leftOut: readonly LeftOut[]): EmptySchema {
  const asked = { statements: 0 };
  const query = (sql: string, ...values: readonly unknown[]) => {
    countStatement(asked);
    return memory
      .prepare<unknown[], SqlRow>(sql)
      .raw()
      .all(...values);
  };
  return {
    leftOut,
    query,
    plan: (sql, parameters = 0) => planOf(query, sql, parameters),
    withIndex(createIndex, use) {
      countStatement(asked);
      return withIndex(memory, createIndex, use);
    },
  };
}

/** Measured: 0.1 to 0.2 ms each, so a second at worst. A schema with 1,000 foreign keys that lack an index needs as many. */
const MOST_STATEMENTS = 5000;

/** What a schema asks for does not end in reasonable time. */
export class TooManyQuestions extends Error {
  override readonly name = 'TooManyQuestions';
}

function countStatement(asked: { statements: number }): void {
  asked.statements += 1;
  if (asked.statements <= MOST_STATEMENTS) return;
  throw new TooManyQuestions(
    `the schema calls for more than ${formatCount(MOST_STATEMENTS)} questions to SQLite, and dblock asks no more`,
  );
}

function planOf(query: EmptySchema['query'], sql: string, parameters: number): string[] | null {
  const values: null[] = Array.from({ length: parameters }, () => null);
  try {
    return query(`EXPLAIN QUERY PLAN ${sql}`, ...values).map(([, , , detail]) => String(detail));
  } catch (error) {
    if (error instanceof TooManyQuestions) throw error;
    return null;
  }
}

/** Dropped, not rolled back: after a rollback SQLite parses the whole schema again. */
function withIndex<T>(memory: Database, createIndex: string, use: () => T): T | null {
  if (!isCreated(memory, createIndex)) return null;
  try {
    return use();
  } finally {
    const name = memory.prepare('SELECT name FROM sqlite_schema ORDER BY rowid DESC LIMIT 1').pluck().get();
    memory.exec(`DROP INDEX ${quoteIdentifier(String(name))}`);
  }
}

function isCreated(memory: Database, createIndex: string): boolean {
  try {
    memory.prepare(createIndex).run();
    return true;
  } catch {
    return false;
  }
}
