/** `--table`: rows of a table of the user's are set to what they are, so that its triggers and indexes are at work. */
import type { Database } from 'better-sqlite3';
import { quoteIdentifier } from '../../sqlite/identifiers.js';
import type { Milliseconds } from '../../units.js';
import { sleepSync } from '../actor/clock.js';
import { INSERT_ROW, insert, ROWS_TABLE } from './insert.js';
import { rowsPresent } from './rows-present.js';
import { THINKS_MS } from './slow-read.js';
import { type Cast, PAYLOAD, type Part, type Turn, type Workload } from './workload.js';

/** What is known of the table; see `inspectTable`. */
export interface TableFacts {
  readonly table: string;
  readonly columns: readonly string[];
  /** Of the primary key, or `rowid`. */
  readonly key: readonly string[];
  readonly keys: readonly (readonly unknown[])[];
}

/** Enough to spread the writes over the table, and quickly sent to every actor. */
const MOST_KEYS = 2000;

/** Why a table cannot be used, as the end of a sentence. */
export class TableProblem extends Error {
  override readonly name = 'TableProblem';

  constructor(
    message: string,
    /** Names that may have been meant. */
    readonly candidates: readonly string[] = [],
  ) {
    super(message);
  }
}

/** @throws TableProblem for what is no table, or has no rows */
export function inspectTable(database: Database, table: string): TableFacts {
  const all = database
    .prepare<[], { name: string; type: string; wr: number }>(
      "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'",
    )
    .all();
  const found = all.find(({ name }) => name.toLowerCase() === table.toLowerCase());
  const tables = all.filter(({ type }) => type === 'table').map(({ name }) => name);
  if (!found) throw new TableProblem('is not in the database', tables);
  if (found.type !== 'table')
    throw new TableProblem(
      `is a ${found.type}${found.type === 'view' ? '' : ' table'}, not a table with rows of its own`,
    );
  const columns = database
    .prepare<[string], { name: string; pk: number; hidden: number }>(
      'SELECT name, pk, hidden FROM pragma_table_xinfo(?)',
    )
    .all(found.name);
  const primary = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
  const key = found.wr === 1 ? primary.map(({ name }) => name) : ['rowid'];
  const list = key.map(keyName).join(', ');
  const keys = database
    .prepare<[number], unknown[]>(`SELECT ${list} FROM ${quoteIdentifier(found.name)} LIMIT ?`)
    .raw()
    .all(MOST_KEYS);
  if (keys.length === 0) throw new TableProblem('has no rows to update');
  return {
    table: found.name,
    columns: columns.filter(({ hidden }) => hidden === 0).map(({ name }) => name),
    key,
    keys,
  };
}

function keyName(name: string): string {
  return name === 'rowid' ? 'rowid' : quoteIdentifier(name);
}

/**
 * Besides the update it inserts a row into a table of our own: SQLite writes no page for a row that stays as it is, so that
 * the commit would cost nothing; and the rows prove that no commit was lost.
 */
export const table: Workload = onTable('table', null);
/** The same, but it reads the row before, as `read-modify-write`, `read-then-insert` and `slow-read` do. */
export const tableReadFirst: Workload = onTable('table-read-first', 0);
export const tableSlowRead: Workload = onTable('table-slow-read', THINKS_MS);

/** @param thinksMs between reading a row and writing it; `null`: it does not read */
function onTable(name: string, thinksMs: Milliseconds | null): Workload {
  return {
    name,
    readsFirst: thinksMs !== null,
    prepare: (database, ground) => ({ ...ground, ...insert.prepare(database, ground) }),
    join: (cast) => newPart(cast, thinksMs),
    verify: (database, entries) => [rowsPresent(database, ROWS_TABLE, entries)],
  };
}

function newPart({ index, together, random, facts }: Cast, thinksMs: Milliseconds | null): Part {
  const { table: name, columns, key, keys } = readFacts(facts);
  const set = columns.map((column) => `${quoteIdentifier(column)} = ${quoteIdentifier(column)}`).join(', ');
  const where = key.map((column) => `${keyName(column)} IS ?`).join(' AND ');
  const choose = () => keys[Math.floor(random.uniform() * keys.length)] ?? [];
  let chosen: readonly unknown[] = [];
  let rows = 0;
  return {
    prepare: (database): Turn => {
      const select = database.prepare(`SELECT * FROM ${quoteIdentifier(name)} WHERE ${where}`);
      const update = database.prepare(`UPDATE ${quoteIdentifier(name)} SET ${set} WHERE ${where}`);
      const note = database.prepare(INSERT_ROW);
      const read = () => {
        chosen = choose();
        select.get(...chosen);
        if (thinksMs !== null && thinksMs > 0) sleepSync(thinksMs, process.ppid);
      };
      return {
        read: thinksMs === null ? null : read,
        write: (nth) => {
          // of a batch only the first row was read before
          update.run(...(thinksMs === null || nth > 0 ? choose() : chosen));
          note.run(index, rows + nth + 1, PAYLOAD);
        },
      };
    },
    committed: (written) => {
      rows += written;
      return written;
    },
    ledger: () => ({ rows, batch: together }),
  };
}

function readFacts(facts: Cast['facts']): TableFacts {
  const { table: found } = facts;
  if (!isTableFacts(found)) throw new Error('the table was not inspected');
  return found;
}

function isTableFacts(value: unknown): value is TableFacts {
  return typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys);
}
