/** What of a user's database a workload can be played on. By names alone, so that nothing has to be loaded to say it. */

export type PlayedOn =
  /** A queue of theirs. */
  | { readonly kind: 'jobs' }
  /** Rows of a table of theirs, by this workload. */
  | { readonly kind: 'rows'; readonly workload: string }
  /** It is about rows that it has made. */
  | { readonly kind: 'own' };

const JOBS: readonly string[] = ['claim', 'claim-atomically', 'claim-race', 'atomic-claim'];
const ROWS: Readonly<Record<string, string>> = {
  insert: 'table',
  'read-modify-write': 'table-read-first',
  'read-then-insert': 'table-read-first',
  'slow-read': 'table-slow-read',
};

export function playedOn(workload: string): PlayedOn {
  const onRows = ROWS[workload];
  if (onRows !== undefined) return { kind: 'rows', workload: onRows };
  return { kind: JOBS.includes(workload) ? 'jobs' : 'own' };
}
