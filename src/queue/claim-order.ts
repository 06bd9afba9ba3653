/** In which order the workers of a table take its jobs, as far as its indexes and columns say. */
import { quoteIdentifier } from '../sqlite/identifiers.js';
import type { RowConnection } from '../sqlite/row-connection.js';
import { jobTableOf } from './job-tables.js';
import { GENERIC_ROLE } from './mapping.js';
import type { Sql } from './preset.js';
import type { Table } from './tables.js';

/**
 * ORDER BY: by what follows the status in an index, for that is what such an index is made for; else by priority and
 * age, if columns are called so; else by the key.
 */
export function claimOrder(connection: RowConnection, table: Table, status: string): Sql {
  const byIndex = indexesOf(connection, table).flatMap((index) => orderIn(index, status));
  const terms = byIndex[0] ?? byNames(table);
  return terms.map(termSql).join(', ');
}

interface Term {
  readonly name: string;
  readonly descending: boolean;
}

interface Index {
  readonly terms: readonly Term[];
  /** The condition of a partial index; empty: it has all rows. */
  readonly condition: string;
}

function indexesOf(connection: RowConnection, { name }: Table): Index[] {
  const rows = connection.rows(
    `SELECT l.name, coalesce(s.sql, '') FROM pragma_index_list(?) AS l LEFT JOIN sqlite_schema AS s ON s.name = l.name WHERE l.origin = 'c'`,
    name,
  );
  return rows.map(([index, sql]) => ({
    terms: termsOf(connection, String(index)),
    condition: /\)\s*WHERE\s+([\s\S]+)$/i.exec(String(sql))?.[1] ?? '',
  }));
}

/** Up to the first expression. */
function termsOf(connection: RowConnection, index: string): Term[] {
  const rows = connection.rows(
    `SELECT name, "desc" FROM pragma_index_xinfo(?) WHERE key = 1 ORDER BY seqno`,
    index,
  );
  const end = rows.findIndex(([name]) => name === null);
  return (end < 0 ? rows : rows.slice(0, end)).map(([name, descending]) => ({
    name: String(name),
    descending: descending === 1,
  }));
}

function orderIn({ terms, condition }: Index, status: string): (readonly Term[])[] {
  const isStatus = ({ name }: Term) => name.toLowerCase() === status.toLowerCase();
  const [first, ...rest] = terms;
  if (first !== undefined && isStatus(first)) return rest.length === 0 ? [] : [rest];
  const isPartial = new RegExp(`(?<!\\w)${escaped(status)}["\`\\]]?\\s*(?:=|IN\\b)`, 'i').test(condition);
  return isPartial && terms.length > 0 ? [terms] : [];
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function byNames({ name, columns, key }: Table): Term[] {
  const job = jobTableOf(
    name,
    columns.map((column) => column.name),
    key,
  );
  const names = job === null ? [] : [job.priority, job.times[0], ...key].flatMap((one) => one ?? []);
  return (names.length === 0 ? [...key] : names).map((one) => ({ name: one, descending: false }));
}

function termSql({ name, descending }: Term): Sql {
  const column = `${GENERIC_ROLE}.${name === 'rowid' ? name : quoteIdentifier(name)}`;
  return descending ? `${column} DESC` : column;
}
