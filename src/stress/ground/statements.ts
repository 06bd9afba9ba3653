/** The statements of workers on a queue of the database. Pure. */
import type { BoundQueue } from '../../queue/bind.js';
import { withMoments } from '../../queue/moment.js';
import type { Claims, Sql, Work } from '../../queue/preset.js';
import { quoteIdentifier } from '../../sqlite/identifiers.js';
import type { JobTable } from '../workloads/jobs.js';
import { OWN_PREFIX } from '../workloads/workload.js';

/** What workers did, where the columns of the table have no place for it: a row beside each claim and each end. */
export const LOG_TABLE = `${OWN_PREFIX}log`;
/** Jobs that are claimed now: counted without reading the whole table. */
const ENTERED_TABLE = `${OWN_PREFIX}claimed`;
export const CREATE_NOTES = `CREATE TABLE ${LOG_TABLE}(job, did TEXT NOT NULL);
CREATE TABLE ${ENTERED_TABLE}(job PRIMARY KEY) WITHOUT ROWID`;

/** A queue that can be played. */
export interface Playable {
  readonly queue: BoundQueue;
  readonly claims: Claims;
  readonly work: Work;
  /** The column that tells its rows apart. */
  readonly key: string;
  readonly host: string;
}

/** Of the table: names, conditions and changes as SQL. */
export interface Pieces {
  /** `"jobs" AS jobs` */
  readonly from: Sql;
  readonly key: Sql;
  readonly waiting: Sql;
  readonly claimed: Sql;
  readonly renewed: Sql;
}

export function piecesOf({ queue, claims, work, key, host }: Playable): Pieces {
  const sql = sqlOf(queue, host);
  return {
    from: sql(`{${claims.table}} AS ${claims.table}`),
    key: `${claims.table}.${keyName(key)}`,
    waiting: sql(work.waiting),
    claimed: sql(claims.where),
    renewed: setOf(work.renew, sql),
  };
}

/** @param add how a job is added */
export function statementsOf(playable: Playable, add: Sql): JobTable {
  const { queue, work, host } = playable;
  const sql = sqlOf(queue, host);
  const { from, key, waiting, claimed } = piecesOf(playable);
  const next = `SELECT ${key} FROM ${from} WHERE ${waiting} ORDER BY ${sql(work.order)} LIMIT 1`;
  const taking = `UPDATE ${from} SET ${setOf(work.claim, sql)} WHERE ${key}`;
  const ending = (end: Work['done']) =>
    end === 'delete'
      ? `DELETE FROM ${from} WHERE ${key} = $job`
      : `UPDATE ${from} SET ${setOf(end, sql)} WHERE ${key} = $job`;
  return {
    next,
    take: `${taking} = $job`,
    claim: `${taking} = (${next}) RETURNING ${keyName(playable.key)}`,
    finish: ending(work.done),
    fail: ending(work.fail),
    running: `SELECT count(*) FROM ${from} WHERE ${claimed}`,
    notes: {
      log: `INSERT INTO ${LOG_TABLE}(job, did) VALUES ($job, $did)`,
      enter: `INSERT OR IGNORE INTO ${ENTERED_TABLE}(job) VALUES ($job)`,
      leave: `DELETE FROM ${ENTERED_TABLE} WHERE job = $job`,
      entered: `SELECT count(*) FROM ${ENTERED_TABLE}`,
      look: `SELECT * FROM ${from} WHERE ${key} = $job`,
    },
    add,
    counts: {
      claims: `SELECT count(*) FROM ${LOG_TABLE} WHERE did = 'claimed'`,
      claimed: jobsThat('claimed', 0),
      claimedTwice: jobsThat('claimed', 1),
      done: jobsThat('done', 0),
      doneTwice: jobsThat('done', 1),
    },
  };
}

function jobsThat(did: string, moreThan: number): Sql {
  return `SELECT count(*) FROM (SELECT 1 FROM ${LOG_TABLE} WHERE did = '${did}' GROUP BY job HAVING count(*) > ${moreThan})`;
}

export function keyName(key: string): Sql {
  return key === 'rowid' ? key : quoteIdentifier(key);
}

/** Names and texts, in which anything may stand. */
const QUOTED = /"(?:[^"]|"")*"|'(?:[^']|'')*'/g;

/** The same statement with nothing to bind: no row is its job. */
export function withoutJob(sql: Sql): Sql {
  return sql.replace(new RegExp(`${QUOTED.source}|\\$(?:job|pid)`, 'g'), (text) =>
    text.startsWith('$') ? 'NULL' : text,
  );
}

/** `{now:…}` is the moment of each run, and `{worker:…}` whoever runs it. */
function sqlOf(queue: BoundQueue, host: string): (sql: Sql) => Sql {
  const pid = `printf('%d', $pid)`;
  return (sql) =>
    queue
      .text(withMoments(sql), 0)
      .replaceAll('{worker:host}', host.replaceAll("'", "''"))
      .replace(QUOTED, (text) =>
        text.startsWith('"') ? text : text.replaceAll('{worker:pid}', `' || ${pid} || '`),
      )
      .replace(new RegExp(`${QUOTED.source}|\\{worker:pid\\}`, 'g'), (text) =>
        text === '{worker:pid}' ? pid : text,
      );
}

function setOf(changes: Readonly<Record<string, Sql>>, sql: (sql: Sql) => Sql): Sql {
  return Object.entries(changes)
    .map(([column, value]) => `${quoteIdentifier(column)} = ${sql(value)}`)
    .join(', ');
}

/** What a waiting job has, by column. */
export function renewalOf({ queue, work, host }: Playable): [column: string, value: Sql][] {
  const sql = sqlOf(queue, host);
  return Object.entries(work.renew).map(([column, value]) => [column, sql(value)]);
}
