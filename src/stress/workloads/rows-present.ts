/** Every committed row is there, and no other: per actor and in sum. */
import type { Database } from 'better-sqlite3';
import { formatCount, plural } from '../../units.js';
import type { Invariant } from '../run-shapes.js';
import type { Entry } from './workload.js';

interface Found {
  readonly actor: number;
  readonly rows: number;
  readonly last: number;
}

/**
 * Rows of `table` are numbered by `seq` from 1 without a gap for each `actor`, in the order of their commits: so even of an actor
 * that was killed before it could tell what it had committed, no committed row can be missing unseen but the last.
 */
export function rowsPresent(database: Database, table: string, entries: readonly Entry[]): Invariant {
  const found = database
    .prepare<[], Found>(`SELECT actor, count(*) AS rows, max(seq) AS last FROM ${table} GROUP BY actor`)
    .all();
  const byActor = new Map(found.map((row) => [row.actor, row]));
  const complaints = entries.flatMap((entry) => complaintsAbout(entry, byActor.get(entry.index)));
  const rows = found.reduce((sum, row) => sum + row.rows, 0);
  const known = entries.reduce((sum, { ledger }) => sum + (ledger['rows'] ?? 0), 0);
  const killed = entries.filter(({ complete }) => !complete).length;
  const unsure =
    killed === 0 ? '' : ` (${plural(killed, 'actor')} ended too early to say how much it had committed)`;
  return {
    id: 'rows-present',
    statement: 'Every committed row is there, and no other, for each actor and in sum.',
    state: complaints.length === 0 ? 'held' : 'broken',
    detail: [`${formatCount(known)} committed, ${formatCount(rows)} there${unsure}.`, ...complaints].join(
      ' ',
    ),
  };
}

function complaintsAbout({ name, ledger, complete }: Entry, found: Found | undefined): string[] {
  const known = ledger['rows'] ?? 0;
  const { rows, last } = found ?? { rows: 0, last: 0 };
  const batch = ledger['batch'] ?? 1;
  if (complete ? rows !== known : rows < known)
    return [`${capital(name)} committed ${formatCount(known)}, and ${formatCount(rows)} are there.`];
  if (rows !== last)
    return [`${capital(name)}: numbers up to ${formatCount(last)}, but ${formatCount(rows)} rows.`];
  if (rows % batch !== 0)
    return [`${capital(name)}: part of a transaction of ${plural(batch, 'row')} is there.`];
  return [];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
