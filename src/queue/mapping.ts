/** A table of one's own as a queue: what its columns mean, told by options, by the configuration, or guessed. */
import { quoteIdentifier, quoteLiteral } from '../sqlite/identifiers.js';
import type { Milliseconds } from '../units.js';
import { ownerParser } from './owners.js';
import type { Claims, Preset, Sql, Step, TimeFormat } from './preset.js';

/** Columns as the table spells them; values as text. `null`: there is none. */
export interface Mapping {
  readonly table: string;
  /** What a job is known by; `null`: its key. */
  readonly id: string | null;
  readonly status: string;
  readonly running: readonly string[];
  readonly queued: string;
  readonly failed: string | null;
  readonly started: { readonly column: string; readonly format: TimeFormat } | null;
  readonly owner: { readonly column: string; readonly is: 'pid' | 'text' } | null;
  readonly heartbeat: {
    readonly column: string;
    readonly format: TimeFormat;
    readonly limitMs: Milliseconds;
  } | null;
  readonly lease: { readonly column: string; readonly format: TimeFormat } | null;
  readonly attempts: {
    readonly column: string;
    readonly counted: 'at-claim' | 'at-end';
    /** A number, or the name of a column; `null`: no limit is known. */
    readonly max: number | string | null;
  } | null;
  readonly queue: string | null;
  /** Its workers keep the database open while they run a job. */
  readonly keepsOpen: boolean;
  /** What else a waiting job has, by column; wins over what requeueing sets. */
  readonly also: Readonly<Record<string, string>>;
  /** What claim columns have in waiting jobs that may not be NULL. */
  readonly blanks: Readonly<Record<string, string>>;
}

const ROLE = 'genericTable';

/** A preset made of a mapping. @param host this machine's name, which an owner may name */
export function genericPreset(mapping: Mapping, key: readonly string[], host: string): Preset {
  const { table, status, running, queued, failed } = mapping;
  const column = (name: string) => `${ROLE}.${quoteIdentifier(name)}`;
  const state = [
    ...running.map((value) => `WHEN ${equals(column(status), value)} THEN 'claimed'`),
    `WHEN ${equals(column(status), queued)} THEN 'queued'`,
    ...(failed === null ? [] : [`WHEN ${equals(column(status), failed)} THEN 'failed'`]),
  ];
  const others = `ELSE coalesce('status ' || ${column(status)}, 'status NULL')`;
  return {
    id: 'generic',
    name: 'a table of your own',
    sources: [],
    tables: { [ROLE]: { named: table, columns: [] } },
    counts: [{ from: `{${ROLE}} AS ${ROLE}`, state: `CASE ${state.join(' ')} ${others} END` }],
    claims: claimsOf(mapping, key, column, host),
    action: {
      kind: 'acts',
      requeue: [{ update: ROLE, set: requeued(mapping) }],
      ...(failed === null ? {} : { fail: [failStep(mapping, failed)] }),
    },
    prose: {
      ownRescue: 'What your own code does about such jobs, dblock does not know.',
      ifAlive:
        'It runs twice, unless your code looks whether the job is still its own before it finishes it.',
    },
  };
}

export const GENERIC_ROLE = ROLE;

function claimsOf(
  mapping: Mapping,
  key: readonly string[],
  column: (name: string) => Sql,
  host: string,
): Claims {
  const { id, status, running, started, owner, heartbeat, lease, attempts, queue } = mapping;
  const idColumns = id === null ? key : [id];
  const max = attempts?.max ?? null;
  return {
    table: ROLE,
    where: running.map((value) => equals(column(status), value)).join(' OR '),
    id: idColumns.map(column).join(` || ', ' || `),
    ...(queue === null ? {} : { queue: column(queue) }),
    observed: [status, ...(attempts === null ? [] : [attempts.column])],
    ...(started === null ? {} : { claimedAt: { sql: column(started.column), format: started.format } }),
    ...(owner === null ? {} : { owner: { sql: column(owner.column), parse: ownerParser(owner.is, host) } }),
    ...(heartbeat === null ? {} : { heartbeat: beat(heartbeat, column) }),
    ...(lease === null ? {} : { lease: { sql: column(lease.column), format: lease.format } }),
    fenced: false,
    keepsOpen: mapping.keepsOpen,
    ...(attempts === null
      ? {}
      : {
          attempts: {
            used: column(attempts.column),
            ...(max === null ? {} : { max: typeof max === 'number' ? String(max) : column(max) }),
            counted: attempts.counted,
            refund: { [attempts.column]: `max(${column(attempts.column)} - 1, 0)` },
          },
        }),
  };
}

function beat(
  { column: name, format, limitMs }: NonNullable<Mapping['heartbeat']>,
  column: (name: string) => Sql,
) {
  return { sql: column(name), format, limitMs, source: 'the limit for this table' };
}

/** A claim leaves no trace behind. */
export function requeued({
  status,
  queued,
  started,
  owner,
  heartbeat,
  lease,
  also,
  blanks,
}: Mapping): Record<string, Sql> {
  const claim = [started?.column, owner?.column, heartbeat?.column, lease?.column].flatMap(
    (name) => name ?? [],
  );
  return {
    [status]: literal(queued),
    ...Object.fromEntries(claim.map((name) => [name, blanks[name] ?? 'NULL'])),
    ...Object.fromEntries(Object.entries(also).map(([name, value]) => [name, literal(value)])),
  };
}

function failStep({ status }: Mapping, failed: string): Step {
  return { update: ROLE, set: { [status]: literal(failed) } };
}

const NUMBER = /^-?\d{1,18}$/;

/** A number is written as one: a TEXT column makes text of it, and one without a type keeps what its other rows have. */
export function literal(value: string): Sql {
  if (value.toUpperCase() === 'NULL') return 'NULL';
  return NUMBER.test(value) ? value : quoteLiteral(value);
}

/** Equal as a number or as text, in a way that an index on the column can be used. */
function equals(column: Sql, value: string): Sql {
  if (value.toUpperCase() === 'NULL') return `${column} IS NULL`;
  return NUMBER.test(value)
    ? `${column} IN (${value}, ${quoteLiteral(value)})`
    : `${column} = ${quoteLiteral(value)}`;
}
