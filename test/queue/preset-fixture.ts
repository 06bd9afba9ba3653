/**
 * The stage for a preset's test: a database with the framework's own schema and rows in every state, dblock run on it
 * as a user does, and exactly what changed. See presets/laravel.test.ts for how short a test is.
 */
import { copyFileSync, readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import type { RequeueDatabase } from '../../src/queue/shapes.js';
import { runDblock } from '../support/dblock.js';
import { openStage, type Stage } from '../support/stage.js';

export interface PresetFixture {
  /** fixtures/queues/NAME.sql, as the framework made it. */
  readonly schema: string;
  /** INSERT statements. `now` is the time in seconds, whole. */
  readonly rows: (now: number) => readonly string[];
  /** Another process keeps the database open, so that "nobody has it open" proves nothing. */
  readonly attached?: boolean;
  /** After `requeue-orphans DATABASE --format json`; `--apply` changes. */
  readonly args: readonly string[];
}

/** Values as SQLite's quote() has them: `NULL`, `0`, `'text'`, `X'00'`. */
export type QuotedRow = Readonly<Record<string, string>>;

export interface RowChange {
  readonly table: string;
  /** `null`: the row is new. */
  readonly before: QuotedRow | null;
  /** `null`: the row is gone. */
  readonly after: QuotedRow | null;
}

type SnakeName<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeName<Rest>}`
  : Name;

/** What report/snake-case.ts makes of the type. */
export type SnakeKeys<T> = T extends readonly (infer Item)[]
  ? readonly SnakeKeys<Item>[]
  : T extends object
    ? { readonly [Key in keyof T as Key extends string ? SnakeName<Key> : Key]: SnakeKeys<T[Key]> }
    : T;

export interface PresetRun {
  readonly status: number;
  readonly stderr: string;
  /** The first database of the JSON report. */
  readonly report: SnakeKeys<RequeueDatabase>;
  /** Every row that differs, all columns of it. */
  readonly changes: readonly RowChange[];
  /** Runs dblock on the same database again. */
  again(...args: readonly string[]): Promise<PresetRun>;
  /** Runs a query, values quoted. */
  query(sql: string): QuotedRow[];
}

/** Builds, runs, compares, and hands the result to `use`. Constraints and foreign keys hold afterwards. */
export async function withPreset(
  fixture: PresetFixture,
  use: (run: PresetRun) => void | Promise<void>,
): Promise<void> {
  await using stage = await openStage();
  const path = stage.path('queue.db');
  build(path, fixture);
  await use(await runOn(stage, path, fixture));
}

/** The same on a copy of a real database of the framework. `path` is where it lies. */
export async function withDatabase(
  path: string,
  options: Pick<PresetFixture, 'args' | 'attached'>,
  use: (run: PresetRun) => void | Promise<void>,
): Promise<void> {
  await using stage = await openStage();
  const copy = stage.path('queue.db');
  copyFileSync(path, copy);
  await use(await runOn(stage, copy, options));
}

function build(path: string, { schema, rows }: PresetFixture): void {
  const database = new Database(path);
  try {
    const sql = readFileSync(new URL(`../../fixtures/queues/${schema}.sql`, import.meta.url), 'utf8');
    database.pragma('foreign_keys = OFF');
    database.exec(sql.replaceAll(/^CREATE TABLE sqlite_sequence.*$/gm, ''));
    for (const statement of rows(Math.floor(Date.now() / 1000))) database.exec(statement);
    expect(database.pragma('foreign_key_check'), 'the rows of the test').toEqual([]);
  } finally {
    database.close();
  }
}

async function runOn(
  stage: Stage,
  path: string,
  { args, attached }: Pick<PresetFixture, 'args' | 'attached'>,
): Promise<PresetRun> {
  if (attached) {
    const actor = await stage.actor('python');
    const connection = await actor.open(path);
    await connection.query('SELECT count(*) FROM sqlite_master');
  }
  return runOnce(stage, path, args);
}

async function runOnce(stage: Stage, path: string, args: readonly string[]): Promise<PresetRun> {
  const before = dump(path);
  const command = ['requeue-orphans', path, '--interval', '10ms', '--format', 'json', ...args];
  const { status, stdout, stderr } = await runDblock(command, { cwd: stage.folder });
  const after = dump(path);
  return {
    ...{ status, stderr, changes: compare(before, after) },
    report: databaseIn(stdout, stderr),
    again: (...more) => runOnce(stage, path, more),
    query: (sql) => withReader(path, (database) => quotedRows(database, sql)),
  };
}

function databaseIn(stdout: string, stderr: string): PresetRun['report'] {
  if (stdout === '') throw new Error(`no report: ${stderr}`);
  const { databases }: { readonly databases: readonly PresetRun['report'][] } = JSON.parse(stdout);
  const [database] = databases;
  if (!database) throw new Error('no database in the report');
  return database;
}

type Dump = ReadonlyMap<string, QuotedRow>;

function dump(path: string): Dump {
  return withReader(path, (database) => {
    expect(database.pragma('foreign_key_check')).toEqual([]);
    expect(database.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    const tables = database
      .prepare(
        `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'`,
      )
      .pluck()
      .all()
      .map(String);
    return new Map(tables.flatMap((table) => keyedRows(database, table)));
  });
}

/** Read-only: a close deletes no WAL that a test is about. */
function withReader<T>(path: string, use: (database: Database.Database) => T): T {
  const database = new Database(path, { readonly: true });
  try {
    return use(database);
  } finally {
    database.close();
  }
}

function keyedRows(database: Database.Database, table: string): [string, QuotedRow][] {
  const columns = database.prepare(`SELECT name, pk FROM pragma_table_xinfo(?)`).raw().all(table) as [
    string,
    number,
  ][];
  const primary = columns.filter(([, pk]) => pk > 0).map(([name]) => name);
  const keys = (primary.length > 0 ? primary : ['rowid']).map((name) => `quote("${name}")`);
  const sql = `SELECT ${keys.join(` || ',' || `)} AS "the key", * FROM "${table}"`;
  return quotedRows(database, sql).map(({ 'the key': key, ...row }) => [`${table} ${key}`, row]);
}

function quotedRows(database: Database.Database, sql: string): QuotedRow[] {
  const names = database
    .prepare(sql)
    .columns()
    .map(({ name }) => name);
  const quoted = names.map((name) => `quote("${name}") AS "${name}"`).join(', ');
  return database.prepare<[], QuotedRow>(`SELECT ${quoted} FROM (${sql})`).all();
}

function compare(before: Dump, after: Dump): RowChange[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return keys.flatMap((key) => {
    const [then, now] = [before.get(key) ?? null, after.get(key) ?? null];
    const table = key.slice(0, key.indexOf(' '));
    return JSON.stringify(then) === JSON.stringify(now) ? [] : [{ table, before: then, after: now }];
  });
}
