/**
 * The jobs that workers take: in a table of dblock's own, with columns as such tables have them, so that `dblock requeue-orphans`
 * finds its way in a database that was kept; or in a queue of the database that was copied (see ground/).
 */
import type { Database } from 'better-sqlite3';
import { quoteLiteral } from '../../sqlite/identifiers.js';
import { formatCount, plural } from '../../units.js';
import type { Facts } from '../plan.js';
import type { Invariant } from '../run-shapes.js';
import { OWN_PREFIX, PAYLOAD } from './workload.js';

/** SQL of a queue: plain data, since it is sent to actors. `$job` is the key of a job, `$pid` the worker. */
export interface JobTable {
  /** The key of the job whose turn it is, or no row. */
  readonly next: string;
  /** Takes a job that another statement has found: whoever has found it too takes it again. */
  readonly take: string;
  /** Finds and takes it in one statement, and returns its key: nobody comes in between. */
  readonly claim: string;
  readonly finish: string;
  readonly fail: string;
  /** How many are claimed: what is true at the end. */
  readonly running: string;
  /** Where columns of the table have no place for what workers did. `null`: they have, and an index on the status counts quickly. */
  readonly notes: JobNotes | null;
  /** Adds job number `$nth`. */
  readonly add: string;
  readonly counts: {
    readonly claims: string;
    readonly claimed: string;
    readonly claimedTwice: string;
    readonly done: string;
    readonly doneTwice: string;
  };
}

/** Beside the table, and in the same transaction. */
export interface JobNotes {
  /** A worker `$did` something with a job. */
  readonly log: string;
  /** It is claimed now, and no longer. */
  readonly enter: string;
  readonly leave: string;
  /** How many are: the same as `running`, which may have to read the whole table. */
  readonly entered: string;
  /** Reads the row of a job, as a worker does that looks at it again. */
  readonly look: string;
}

export const JOBS = `${OWN_PREFIX}jobs`;
const CREATE = `CREATE TABLE ${JOBS}(
  id INTEGER PRIMARY KEY, status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'done', 'failed')),
  priority INTEGER NOT NULL, created_at INTEGER NOT NULL, started_at INTEGER, worker_pid INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0, completions INTEGER NOT NULL DEFAULT 0, payload TEXT NOT NULL);
CREATE INDEX ${JOBS}_next ON ${JOBS}(status, priority, id)`;
const CLAIMED = `status = 'running', started_at = unixepoch(), worker_pid = $pid, attempts = attempts + 1`;
/** By priority and age. */
const NEXT = `SELECT id FROM ${JOBS} WHERE status = 'queued' ORDER BY priority, id LIMIT 1`;
const counting = (where: string) => `SELECT count(*) FROM ${JOBS} WHERE ${where}`;

const OWN_JOBS: JobTable = {
  next: NEXT,
  take: `UPDATE ${JOBS} SET ${CLAIMED} WHERE id = $job`,
  claim: `UPDATE ${JOBS} SET ${CLAIMED} WHERE id = (${NEXT}) RETURNING id`,
  finish: `UPDATE ${JOBS} SET status = 'done', completions = completions + 1 WHERE id = $job`,
  fail: `UPDATE ${JOBS} SET status = 'failed' WHERE id = $job`,
  running: counting("status = 'running'"),
  notes: null,
  add: `INSERT INTO ${JOBS}(status, priority, created_at, payload) VALUES ('queued', $nth % 3, unixepoch(), ${quoteLiteral(PAYLOAD)})`,
  counts: {
    claims: `SELECT total(attempts) FROM ${JOBS}`,
    claimed: counting('attempts > 0'),
    claimedTwice: counting('attempts > 1'),
    done: counting('completions > 0'),
    doneTwice: counting('completions > 1'),
  },
};

/** Prepared on the ground (`jobs` of the facts), or made here. @returns the facts */
export function prepareJobs(database: Database, ground: Facts, count: number): Facts {
  if ('jobs' in ground) return ground;
  database.exec(CREATE);
  const add = jobAdder(database, OWN_JOBS);
  for (let nth = 0; nth < count; nth += 1) add(nth);
  return ground;
}

export function jobsOf({ jobs }: Facts): JobTable {
  return isJobTable(jobs) ? jobs : OWN_JOBS;
}

function isJobTable(value: unknown): value is JobTable {
  return typeof value === 'object' && value !== null && 'claim' in value && 'counts' in value;
}

/** Of a job: of whatever type the key of its table is. */
export type JobKey = number | bigint | string | Buffer;

/** What workers do, on one connection. */
export interface JobStatements {
  find(): JobKey | null;
  take(job: JobKey): void;
  claim(): JobKey | null;
  finish(job: JobKey): void;
  fail(job: JobKey): void;
  /** @param job the one that the worker is about to change; `null`: none */
  countRunning(job: JobKey | null): number;
}

export function prepareStatements(database: Database, jobs: JobTable): JobStatements {
  // keys may be greater than 2^53
  const key = (sql: string) => database.prepare<[{ pid: number }], JobKey>(sql).pluck().safeIntegers();
  const change = (sql: string) => database.prepare<[{ job: JobKey; pid: number }]>(sql);
  const [next, claim] = [database.prepare<[], JobKey>(jobs.next).pluck().safeIntegers(), key(jobs.claim)];
  const [take, finish, fail] = [change(jobs.take), change(jobs.finish), change(jobs.fail)];
  const noting = prepareNotes(database, jobs);
  const { pid } = process;
  return {
    find: () => next.get() ?? null,
    take: (job) => noting.claimed(job, take.run({ job, pid }).changes),
    claim: () => {
      const job = claim.get({ pid }) ?? null;
      if (job !== null) noting.claimed(job, 1);
      return job;
    },
    finish: (job) => {
      finish.run({ job, pid });
      noting.ended(job, 'done');
    },
    fail: (job) => {
      fail.run({ job, pid });
      noting.ended(job, null);
    },
    countRunning: (job) => noting.count(job),
  };
}

interface Noting {
  /** @param rows 0: somebody had deleted it */
  claimed(job: JobKey, rows: number): void;
  ended(job: JobKey, did: 'done' | null): void;
  count(job: JobKey | null): number;
}

function prepareNotes(database: Database, { notes, running }: JobTable): Noting {
  const counting = database.prepare<[], number>(notes === null ? running : notes.entered).pluck();
  const count = () => counting.get() ?? 0;
  if (notes === null) return { claimed: () => undefined, ended: () => undefined, count };
  const log = database.prepare<[{ job: JobKey; did: string }]>(notes.log);
  const of = (sql: string) => database.prepare<[{ job: JobKey }]>(sql);
  const [enter, leave, look] = [of(notes.enter), of(notes.leave), of(notes.look)];
  return {
    claimed: (job, rows) => {
      log.run({ job, did: 'claimed' });
      if (rows > 0) enter.run({ job });
    },
    ended: (job, did) => {
      if (did !== null) log.run({ job, did });
      leave.run({ job });
    },
    count: (job) => {
      if (job !== null) look.get({ job });
      return count();
    },
  };
}

/** @returns a function that adds the job of that number */
export function jobAdder(database: Database, { add }: JobTable): (nth: number) => void {
  const statement = database.prepare<[{ nth: number }]>(add);
  return (nth) => void statement.run({ nth });
}

/** @param sql one of a `JobTable` that counts */
export function countJobs(database: Database, sql: string): number {
  return database.prepare<[], number>(sql).pluck().get() ?? 0;
}

export function claimedOnce(database: Database, facts: Facts): Invariant {
  const { counts } = jobsOf(facts);
  const twice = countJobs(database, counts.claimedTwice);
  const all = countJobs(database, counts.claimed);
  return {
    id: 'claimed-once',
    statement: 'No job is claimed twice.',
    state: twice === 0 ? 'held' : 'broken',
    detail:
      twice === 0
        ? `${plural(all, 'job')} claimed, each once.`
        : `${formatCount(twice)} of ${plural(all, 'job')} were claimed more than once: two workers had selected the same one before either updated it.`,
  };
}
