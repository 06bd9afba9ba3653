/** Jobs to add: copies of rows that were there, or, of a table without any, one that it accepts. */
import type { Database } from 'better-sqlite3';
import { quoteIdentifier, quoteLiteral } from '../../sqlite/identifiers.js';
import { PAYLOAD, SAMPLES_TABLE } from '../workloads/workload.js';
import { type Pieces, type Playable, renewalOf } from './statements.js';

const MOST_SAMPLES = 100;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
}

export interface Samples {
  readonly from: 'its rows' | 'made up';
  /** INSERT of a job, number `$nth`. */
  readonly add: string;
}

/** Takes samples of the jobs that wait, unless a run before this one has. In a transaction. */
export function prepareSamples(database: Database, playable: Playable, pieces: Pieces): Samples {
  const table = playable.queue.tableOf(playable.claims.table).name;
  const columns = copiedColumns(database, table);
  const exists = database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(SAMPLES_TABLE);
  const unique = uniqueColumns(database, table);
  if (exists === undefined) takeSamples(database, columns, pieces);
  const rows = Number(database.prepare(`SELECT count(*) FROM ${SAMPLES_TABLE}`).pluck().get());
  return rows > 0
    ? { from: 'its rows', add: copyingInsert(table, columns, unique, rows) }
    : { from: 'made up', add: madeUpInsert(table, columns, unique, playable) };
}

/** The rowid SQLite gives itself, and generated columns follow from others. */
function copiedColumns(database: Database, table: string): Column[] {
  const rows = database
    .prepare<
      [string],
      { name: string; type: string; notnull: number; dflt_value: string | null; pk: number }
    >('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_xinfo(?) WHERE hidden = 0')
    .all(table);
  const primary = rows.filter(({ pk }) => pk > 0);
  const hasRowid = primary.length !== 1 ? false : /^integer$/i.test(primary[0]?.type ?? '');
  const isStrictWithout = withoutRowid(database, table);
  return rows
    .filter(({ pk }) => pk === 0 || !hasRowid || isStrictWithout)
    .map(({ name, type, notnull, dflt_value, pk }) => ({
      ...{ name, type, notNull: notnull === 1 || pk > 0, hasDefault: dflt_value !== null },
    }));
}

function withoutRowid(database: Database, table: string): boolean {
  const sql = `SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?`;
  return database.prepare(sql).pluck().get(table) === 1;
}

function takeSamples(database: Database, columns: readonly Column[], { from, waiting }: Pieces): void {
  const list = columns.map(({ name }, index) => `${quoteIdentifier(name)} AS c${index}`).join(', ');
  database.exec(
    `CREATE TABLE ${SAMPLES_TABLE} AS SELECT ${list} FROM ${from} WHERE ${waiting} LIMIT ${MOST_SAMPLES}`,
  );
}

function copyingInsert(
  table: string,
  columns: readonly Column[],
  unique: ReadonlySet<string>,
  rows: number,
): string {
  const names = columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  const values = columns.map(({ name }, index) => (unique.has(name) ? freshValue(`c${index}`) : `c${index}`));
  return `INSERT INTO ${quoteIdentifier(table)}(${names}) SELECT ${values.join(', ')} FROM ${SAMPLES_TABLE} WHERE rowid = 1 + CAST($nth AS INTEGER) % ${rows}`;
}

/** One column of each unique index, the last one: with a value of its own in it the row is another one. */
function uniqueColumns(database: Database, table: string): ReadonlySet<string> {
  const rows = database
    .prepare<[string], { index: string; column: string | null }>(
      'SELECT l.name AS "index", x.name AS "column" FROM pragma_index_list(?) AS l, pragma_index_xinfo(l.name) AS x WHERE l."unique" = 1 AND x.key = 1 ORDER BY l.seq, x.seqno',
    )
    .all(table);
  const last = new Map(rows.flatMap(({ index, column }) => (column === null ? [] : [[index, column]])));
  return new Set(last.values());
}

const UUID = '________-____-____-____-____________';

/** Of the same type, and as long; NULL is never the same as another. */
function freshValue(column: string): string {
  const hex = (bytes: number) => `hex(randomblob(${bytes}))`;
  const uuid = `lower(${hex(4)} || '-' || ${hex(2)} || '-4' || substr(${hex(2)}, 2) || '-a' || substr(${hex(2)}, 2) || '-' || ${hex(6)})`;
  const text = `substr(lower(hex(randomblob(length(${column}) + 16))), 1, max(length(${column}), 16))`;
  return `CASE typeof(${column}) WHEN 'integer' THEN abs(random() >> 12) WHEN 'real' THEN abs(random() >> 12) + 0.5 WHEN 'blob' THEN randomblob(max(length(${column}), 16)) WHEN 'text' THEN iif(${column} LIKE '${UUID}', ${uuid}, ${text}) ELSE ${column} END`;
}

/** What a waiting job has, and something in every other column that must have something. */
function madeUpInsert(
  table: string,
  columns: readonly Column[],
  unique: ReadonlySet<string>,
  playable: Playable,
): string {
  const own = new RegExp(`\\b${playable.claims.table}\\.`);
  const renewed = renewalOf(playable).filter(([, value]) => !own.test(value));
  const given = new Set(renewed.map(([name]) => name.toLowerCase()));
  const needed = columns
    .filter(({ name, notNull, hasDefault }) => notNull && !hasDefault && !given.has(name.toLowerCase()))
    .map((column) => [column.name, madeUpValue(column, unique)] as const);
  const all = [...needed, ...renewed];
  const names = all.map(([name]) => quoteIdentifier(name)).join(', ');
  return `INSERT INTO ${quoteIdentifier(table)}(${names}) SELECT ${all.map(([, value]) => value).join(', ')} WHERE $nth IS NOT NULL`;
}

/** 100 bytes, and JSON: columns of jobs often hold nothing else. */
const MADE_UP_TEXT = JSON.stringify({ by: PAYLOAD.slice(0, 91) });

/** As SQLite finds the affinity of a column in its type (sqlite.org/datatype3.html#determination_of_column_affinity). */
function madeUpValue({ name, type }: Column, unique: ReadonlySet<string>): string {
  if (/int/i.test(type)) return unique.has(name) ? 'abs(random() >> 12)' : '0';
  if (/char|clob|text/i.test(type))
    return unique.has(name) ? 'lower(hex(randomblob(16)))' : quoteLiteral(MADE_UP_TEXT);
  if (/date|time/i.test(type)) return `datetime('now')`;
  if (/blob/i.test(type) || type === '') return 'randomblob(100)';
  return /json/i.test(type) ? quoteLiteral(MADE_UP_TEXT) : '0';
}
