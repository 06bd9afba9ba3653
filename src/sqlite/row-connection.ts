/** A connection that reads and changes rows. Only in a process that does not open the database as a file meanwhile. */
import type { Database } from 'better-sqlite3';
import type { Milliseconds } from '../units.js';
import { loadDriver } from './driver.js';
import { attempt } from './failure.js';

export type RowValue = string | number | bigint | Buffer | null;
/** The values of a row, in the order of the columns. Integers beyond 2^53 come inexact: select them as text. */
export type Row = readonly RowValue[];

export interface RowConnection {
  rows(sql: string, ...values: readonly RowValue[]): Row[];
  /** Changes rows; returns how many. */
  run(sql: string, ...values: readonly RowValue[]): number;
  /** Fails at once with SQLITE_BUSY, or after so long. */
  setBusyTimeout(ms: Milliseconds): void;
  isInTransaction(): boolean;
  close(): void;
}

export interface RowConnectionOptions {
  readonly readOnly: boolean;
  readonly busyTimeoutMs: Milliseconds;
}

/** `path`: or a whole database as bytes. Every method throws `SqliteFailure` with SQLite's extended code. */
export async function openRows(path: string | Buffer, options: RowConnectionOptions): Promise<RowConnection> {
  const Database = await loadDriver();
  const { readOnly: readonly, busyTimeoutMs } = options;
  const timeout = Math.round(busyTimeoutMs);
  return rowsOver(attempt(() => new Database(path, { readonly, fileMustExist: true, timeout })));
}

/** The same over a connection that is open already, in whatever transaction it is. */
export function rowsOver(database: Database): RowConnection {
  const prepared = new Map<string, ReturnType<typeof database.prepare>>();
  const prepare = (sql: string) => {
    const statement = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
  return {
    rows: (sql, ...values) =>
      attempt(() =>
        toRows(
          prepare(sql)
            .raw()
            .all(...values),
        ),
      ),
    run: (sql, ...values) => attempt(() => prepare(sql).run(...values).changes),
    setBusyTimeout: (ms) => {
      attempt(() => database.pragma(`busy_timeout = ${Math.round(ms)}`));
    },
    isInTransaction: () => database.inTransaction,
    close: () => {
      attempt(() => database.close());
    },
  };
}

/** `raw()` makes every row an array of SQLite's own types, which its types do not say. */
function toRows(rows: unknown[]): Row[] {
  return rows.filter((row): row is RowValue[] => Array.isArray(row));
}
