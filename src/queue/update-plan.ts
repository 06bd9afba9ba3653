/**
 * A transition that is a single UPDATE of the jobs' own rows: what it changes can be read, and journalled, before the
 * write lock is asked for. Under the lock dblock only compares and updates, and waits for no disk.
 */
import { quoteIdentifier } from '../sqlite/identifiers.js';
import type { RowConnection, RowValue } from '../sqlite/row-connection.js';
import type { Milliseconds } from '../units.js';
import { type BoundQueue, packed, packKey } from './bind.js';
import type { Claims, Sql, Step, TimeColumn } from './preset.js';
import { isLiteral, namesIn, observedOnly } from './record.js';

export interface UpdatePlan {
  readonly update: Statement;
  /** The summary, and two JSON arrays: what was there, and what the update will make of it. */
  readonly read: Statement;
  /** Of these columns only the first array. */
  readonly compare: Statement;
  readonly head: string;
  /** JSON of what every row has afterwards in the columns that are set; `null` where that differs. */
  readonly constant: string;
}

/** Once as it is, and once for ranges in which most rows are jobs: then going by the key beats going by the status. */
export interface Statement {
  readonly sparse: Sql;
  readonly dense: Sql;
}

export interface PlanContext {
  readonly connection: RowConnection;
  readonly queue: BoundQueue;
  readonly nowMs: Milliseconds;
}

/** `null`: the transition is of another kind. @param where conditions that choose the jobs */
export function planUpdate(
  { connection, queue, nowMs }: PlanContext,
  claims: Claims,
  steps: readonly Step[],
  range: Statement,
): UpdatePlan | null {
  const [step, second] = steps;
  if (!step || second || !('update' in step) || step.matching || step.update !== claims.table) return null;
  const table = queue.tableOf(claims.table);
  const alias = claims.table;
  const values = Object.values(step.set).map((sql) => queue.text(sql, nowMs));
  if (values.some((sql) => /random/i.test(sql))) return null;
  const set = namesIn(table, Object.keys(step.set));
  const others = observedOnly(claims, step, table, set);
  const columns = [...set, ...others];
  const own = columns.map((name) => packed(`${alias}.${quoteIdentifier(name)}`));
  const varying = values.flatMap((sql, index) => (isLiteral(sql) ? [] : [index]));
  const record = (now: readonly Sql[]) =>
    `CAST(json_group_array(json_array(${packKey(table, alias)}, NULL, json_array(${now.join(', ')}))) AS BLOB)`;
  const before = record(own);
  const after = record(varying.map((index) => packed(values[index] ?? 'NULL')));
  const seen = seenOtherwise(claims, columns);
  const statement = (make: (where: Sql) => Sql) => ({
    sparse: queue.text(make(range.sparse), nowMs),
    dense: queue.text(make(range.dense), nowMs),
  });
  const from = `FROM {${alias}} AS ${alias}`;
  const assignments = Object.entries(step.set).map(([name, sql]) => `${quoteIdentifier(name)} = ${sql}`);
  const head = {
    table: table.name,
    operation: 'update',
    key: table.key,
    columns,
    setColumns: set.length,
    varying,
  };
  const fixed = values.map((sql) => (isLiteral(sql) ? packed(sql) : 'NULL'));
  return {
    // Without triggers the whole transaction may go at once, so that SQLite keeps no journal of the statement; and an
    // ON CONFLICT REPLACE of the table does not remove other rows (sqlite.org/lang_conflict.html).
    update: statement(
      (where) => `UPDATE OR ROLLBACK {${alias}} AS ${alias} SET ${assignments.join(', ')} WHERE ${where}`,
    ),
    read: statement(
      (where) =>
        `SELECT ${before}, ${seen}, ${varying.length === 0 ? 'NULL' : after}, ${summaryColumns(claims).join(', ')} ${from} WHERE ${where}`,
    ),
    compare: statement((where) => `SELECT ${before}, ${seen} ${from} WHERE ${where}`),
    head: `{"preset":${JSON.stringify(queue.preset.id)},"changes":[${JSON.stringify(head).slice(0, -1)},"before":`,
    constant: String(connection.rows(`SELECT json_array(${fixed.join(', ')})`)[0]?.[0]),
  };
}

/** What the claim is judged by that is not a column which is compared anyway. */
function seenOtherwise(claims: Claims, columns: readonly string[]): Sql {
  const plain = new Set(
    columns.flatMap((name) => [`${claims.table}.${name}`, `${claims.table}.${quoteIdentifier(name)}`]),
  );
  const seen = [claims.claimedAt, claims.owner, claims.heartbeat, claims.lease]
    .flatMap((one) => one?.sql ?? [])
    .filter((sql) => !plain.has(sql));
  return seen.length === 0
    ? 'NULL'
    : `CAST(json_group_array(json_array(${seen.map(packed).join(', ')})) AS BLOB)`;
}

/** The extremes decide for all between them, if all are times of one form. */
function summaryColumns({ claimedAt, owner, heartbeat, lease, attempts }: Claims): Sql[] {
  const bounds = (sql: Sql) => [`min(${sql})`, `max(${sql})`];
  const extremes = (time: TimeColumn | undefined) =>
    time ? [...bounds(time.sql), uniformity(time)] : ['NULL', 'NULL', '1'];
  const spent = attempts?.max
    ? [attempts.used, `${attempts.used} - 1`].map((used) => `coalesce(${used} >= ${attempts.max}, 0)`)
    : [];
  return [
    'count(*)',
    owner ? `json_group_array(DISTINCT CAST(${owner.sql} AS TEXT))` : `'[null]'`,
    ...[claimedAt, heartbeat, lease].flatMap(extremes),
    ...(spent.length === 0 ? ['0', '0', '0', '0'] : spent.flatMap(bounds)),
  ];
}

/** Numbers are less than any text. Texts are in the order of time only if they have one form and no offset of their own. */
function uniformity({ sql, format }: TimeColumn): Sql {
  if (format !== 'text') return `count(*) = sum(${sql} < '')`;
  return `count(*) = sum(typeof(${sql}) = 'text') AND min(length(${sql})) = max(length(${sql})) AND min(substr(${sql}, 11, 1)) = max(substr(${sql}, 11, 1)) AND max(instr(substr(${sql}, 11), '-') + instr(substr(${sql}, 11), '+')) = 0`;
}

/** The line of the journal. */
export function lineOf(
  plan: UpdatePlan,
  before: RowValue | undefined,
  after: RowValue | undefined,
): (string | Buffer)[] {
  const bytes = (value: RowValue | undefined) => (Buffer.isBuffer(value) ? value : Buffer.from('[]'));
  return [plan.head, bytes(before), `,"all":${plan.constant},"after":`, bytes(after), '}]}'];
}
