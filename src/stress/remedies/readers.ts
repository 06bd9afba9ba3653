/** What those who only read do differently. */
import type { ActorPlan } from '../plan.js';
import type { Played } from '../played.js';
import { ownCode, type Remedy, rehearse, withActors } from './remedy.js';

/** Why nothing changes. */
function otherwise(played: Played, already: string): string {
  const reads = rehearse(played).actors.some(({ role }) => role === 'reader');
  return reads ? already : 'nobody only reads (--readers)';
}

/** They cannot write by mistake. The lock that writers wait for they never had. */
export const readOnlyReaders: Remedy = {
  id: 'read-only-readers',
  title: 'readers open the database read-only (SQLITE_OPEN_READONLY)',
  parameter: null,
  expected: 'The podcast transcriber: proposed.',
  how: ownCode(
    'Open what only reads with mode=ro in a file: URI, or send PRAGMA query_only = ON there, as the recipes of Go and sqlx do.',
  ),
  change: (played) => withActors(played, readOnly, otherwise(played, 'they are read-only already')),
};

/** A read-only connection cannot set the journal mode, and need not. */
function readOnly(actor: ActorPlan): ActorPlan {
  const { role, connection } = actor;
  if (role !== 'reader' || connection.readOnly) return actor;
  const pragmas = { ...connection.pragmas, journalMode: null };
  return { ...actor, connection: { ...connection, readOnly: true, pragmas } };
}

export const pruneReaders: Remedy = {
  id: 'prune-readers',
  title: 'readers end their transactions at once',
  parameter: null,
  expected: 'The assistant, whose tasks held connections for up to 300 s: shorter transactions, proposed.',
  how: ownCode(
    'Read all rows into memory, end the transaction, and then work on them: an unfinished SELECT or a cursor that is left open is a read transaction, too.',
  ),
  change: (played) => withActors(played, short, otherwise(played, 'all reads are short already')),
};

function short(actor: ActorPlan): ActorPlan {
  const { program } = actor;
  if (program.kind !== 'reads' || program.forMs === 0) return actor;
  return { ...actor, program: { ...program, forMs: 0 } };
}
