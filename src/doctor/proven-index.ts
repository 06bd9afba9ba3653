import { quoteIdentifier } from '../sqlite/identifiers.js';
import type { EmptySchema } from '../sqlite/rebuild.js';

/** A schema under examination, and the names that an index must not have, in lower case. */
export interface Examined {
  readonly schema: EmptySchema;
  readonly takenNames: ReadonlySet<string>;
  /** Tables with an index that could not be rebuilt: whether they lack one cannot be told. */
  readonly doubtful: ReadonlySet<string>;
}

/**
 * The first CREATE INDEX on one of `candidates` (lists of terms, ready for SQL) after which `isProven` holds, tried
 * on the empty schema; `null`: none.
 */
export function provenIndex(
  { schema, takenNames }: Examined,
  table: string,
  candidates: readonly (readonly string[])[],
  isProven: () => boolean,
): string | null {
  for (const terms of candidates) {
    const name = quoteIdentifier(freeName(takenNames, [table, ...terms]));
    const sql = `CREATE INDEX ${name} ON ${quoteIdentifier(table)} (${terms.join(', ')});`;
    if (schema.withIndex(sql, isProven)) return sql;
  }
  return null;
}

/** `jobs`, `"status"`, `"priority"` → `idx_jobs_status_priority`. */
function freeName(takenNames: ReadonlySet<string>, terms: readonly string[]): string {
  const words = terms.flatMap((term) => term.match(/[\p{L}\p{N}_]+/gu) ?? []);
  const base = ['idx', ...words.filter((word) => word !== 'COLLATE')].join('_');
  let name = base;
  for (let number = 2; takenNames.has(name.toLowerCase()); number += 1) name = `${base}_${number}`;
  return name;
}
