import type { Database } from 'better-sqlite3';
import { formatCount, plural } from '../../units.js';
import type { Invariant } from '../run-shapes.js';
import { CLAIM_JOB, claimedOnce, FINISH_JOB, JOBS, jobAdder, makeJobs, NEXT_JOB, TAKE_JOB } from './jobs.js';
import type { Entry, Part, Turn, Workload } from './workload.js';

const JOBS_AT_FIRST = 1000;
const JOBS_AT_ONCE = 100;

/**
 * A job queue as most are written at first: SELECT the next job, UPDATE it to running, and in a transaction of its own to done. Who
 * finds none adds 100. Begun as deferred, the claim reads before it writes; as autocommit, two can claim one job.
 */
export const claim = workload('claim', false);
/** The same worker, but it finds and claims a job in one statement. */
export const claimAtomically = workload('claim-atomically', true);

function workload(name: string, isAtomic: boolean): Workload {
  return {
    name,
    readsFirst: !isAtomic,
    prepare: (database) => {
      makeJobs(database, JOBS_AT_FIRST);
      return {};
    },
    join: () => newWorker(isAtomic),
    verify: (database, entries) => [claimedOnce(database), allDone(database, entries)],
  };
}

/** Its next transaction finishes the job that it has, else claims one, else adds some. */
function newWorker(isAtomic: boolean): Part {
  let job: number | null = null;
  let next: number | null = null;
  let [claims, finished, added] = [0, 0, 0];
  let does: 'claim' | 'finish' | 'add' = 'claim';
  return {
    prepare: (database): Turn => {
      const [find, take, finish] = [
        database.prepare<[], number>(NEXT_JOB).pluck(),
        database.prepare<[number, number | null]>(TAKE_JOB),
        database.prepare<[number | null]>(FINISH_JOB),
      ];
      const claimNext = database.prepare<[number], number>(CLAIM_JOB).pluck();
      const add = jobAdder(database);
      const choose = (find: () => number | undefined) => {
        if (job === null) next = find() ?? null;
        does = job !== null ? 'finish' : next === null ? 'add' : 'claim';
      };
      return {
        read: isAtomic ? null : () => choose(() => find.get()),
        hasRead: () => job === null,
        write: (nth) => {
          if (nth > 0) return;
          if (isAtomic) choose(() => claimNext.get(process.pid));
          if (does === 'finish') finish.run(job);
          else if (does === 'claim' && !isAtomic) take.run(process.pid, next);
          else if (does === 'claim') return;
          else for (let job = 0; job < JOBS_AT_ONCE; job += 1) add(job);
        },
      };
    },
    committed: () => {
      if (does === 'add') {
        added += JOBS_AT_ONCE;
        return JOBS_AT_ONCE;
      }
      if (does === 'claim') claims += 1;
      else finished += 1;
      job = does === 'claim' ? next : null;
      return 1;
    },
    ledger: () => ({ claims, finished, added }),
  };
}

/** As many claims and completions as the workers know of. */
function allDone(database: Database, entries: readonly Entry[]): Invariant {
  const row = database
    .prepare<[], { claims: number; running: number }>(
      `SELECT total(attempts) AS claims, total(status = 'running') AS running FROM ${JOBS}`,
    )
    .get() ?? { claims: Number.NaN, running: Number.NaN };
  const sum = (what: string) => entries.reduce((total, { ledger }) => total + (ledger[what] ?? 0), 0);
  const sure = entries.every(({ complete }) => complete);
  const known = sum('claims');
  return {
    id: 'rows-present',
    statement: 'Every committed claim is in the database, and no other.',
    state: (sure ? row.claims === known : row.claims >= known) ? 'held' : 'broken',
    detail: `${formatCount(known)} ${sure ? '' : 'at least '}were committed, ${formatCount(row.claims)} are there; ${plural(row.running, 'job')} still running.`,
  };
}
