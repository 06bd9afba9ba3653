import type { Database } from 'better-sqlite3';
import { formatCount, plural } from '../../units.js';
import type { Facts } from '../plan.js';
import type { Invariant } from '../run-shapes.js';
import {
  claimedOnce,
  countJobs,
  type JobKey,
  type JobTable,
  jobAdder,
  jobsOf,
  prepareJobs,
  prepareStatements,
} from './jobs.js';
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
    jobs: JOBS_AT_FIRST,
    prepare: (database, ground) => prepareJobs(database, ground, JOBS_AT_FIRST),
    join: ({ facts }) => newWorker(isAtomic, jobsOf(facts)),
    verify: (database, entries, facts) => [claimedOnce(database, facts), allDone(database, entries, facts)],
  };
}

/** Its next transaction finishes the job that it has, else claims one, else adds some. */
function newWorker(isAtomic: boolean, table: JobTable): Part {
  let job: JobKey | null = null;
  let next: JobKey | null = null;
  let [claims, finished, added] = [0, 0, 0];
  let does: 'claim' | 'finish' | 'add' = 'claim';
  return {
    prepare: (database): Turn => {
      const jobs = prepareStatements(database, table);
      const add = jobAdder(database, table);
      const choose = (find: () => JobKey | null) => {
        if (job === null) next = find();
        does = job !== null ? 'finish' : next === null ? 'add' : 'claim';
      };
      return {
        read: isAtomic ? null : () => choose(() => jobs.find()),
        hasRead: () => job === null,
        write: (nth) => {
          if (nth > 0) return;
          if (isAtomic) choose(() => jobs.claim());
          if (does === 'finish') {
            if (job !== null) jobs.finish(job);
          } else if (does === 'claim' && !isAtomic && next !== null) jobs.take(next);
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
function allDone(database: Database, entries: readonly Entry[], facts: Facts): Invariant {
  const { counts, running } = jobsOf(facts);
  const claims = countJobs(database, counts.claims);
  const sum = (what: string) => entries.reduce((total, { ledger }) => total + (ledger[what] ?? 0), 0);
  const sure = entries.every(({ complete }) => complete);
  const known = sum('claims');
  return {
    id: 'rows-present',
    statement: 'Every committed claim is in the database, and no other.',
    state: (sure ? claims === known : claims >= known) ? 'held' : 'broken',
    detail: `${formatCount(known)} ${sure ? '' : 'at least '}were committed, ${formatCount(claims)} are there; ${plural(countJobs(database, running), 'job')} still running.`,
  };
}
