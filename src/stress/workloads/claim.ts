import type { Database } from 'better-sqlite3';
import { formatCount, plural } from '../../units.js';
import type { Invariant } from '../shapes.js';
import {
  type Cast,
  type Entry,
  OWN_PREFIX,
  PAYLOAD,
  type Part,
  type Turn,
  type Workload,
} from './workload.js';

const JOBS = `${OWN_PREFIX}jobs`;
const CREATE = `CREATE TABLE ${JOBS}(id INTEGER PRIMARY KEY, state TEXT NOT NULL, priority INTEGER NOT NULL, worker INTEGER, claims INTEGER NOT NULL DEFAULT 0, payload TEXT NOT NULL);
CREATE INDEX ${JOBS}_next ON ${JOBS}(state, priority, id)`;
const ADD = `INSERT INTO ${JOBS}(state, priority, payload) VALUES ('queued', ?, ?)`;
const NEXT = `SELECT id FROM ${JOBS} WHERE state = 'queued' ORDER BY priority, id LIMIT 1`;
const CLAIM = `UPDATE ${JOBS} SET state = 'running', worker = ?, claims = claims + 1 WHERE id = ?`;
const FINISH = `UPDATE ${JOBS} SET state = 'done' WHERE id = ?`;
const JOBS_AT_FIRST = 1000;
const JOBS_AT_ONCE = 100;

/**
 * A job queue as most are written at first: SELECT the next job, UPDATE it to running, and in a transaction of its own to done. Who
 * finds none adds 100. Begun as deferred, the claim reads before it writes; as autocommit, two can claim one job.
 */
export const claim: Workload = {
  name: 'claim',
  readsFirst: true,
  prepare: (database) => {
    database.exec(CREATE);
    addJobs(database, JOBS_AT_FIRST);
    return {};
  },
  join: newWorker,
  verify: (database, entries) => [claimedOnce(database), allDone(database, entries)],
};

function addJobs(database: Database, count: number): void {
  const add = database.prepare(ADD);
  for (let nth = 0; nth < count; nth += 1) add.run(nth % 3, PAYLOAD);
}

/** Its next transaction finishes the job that it has, else claims one, else adds some. */
function newWorker({ index }: Cast): Part {
  let job: number | null = null;
  let next: number | null = null;
  let [claims, finished, added] = [0, 0, 0];
  let does: 'claim' | 'finish' | 'add' = 'claim';
  return {
    prepare: (database): Turn => {
      const [find, take, finish] = [
        database.prepare<[], number>(NEXT).pluck(),
        database.prepare<[number, number | null]>(CLAIM),
        database.prepare<[number | null]>(FINISH),
      ];
      return {
        read: () => {
          if (job !== null) {
            does = 'finish';
            return;
          }
          next = find.get() ?? null;
          does = next === null ? 'add' : 'claim';
        },
        write: (nth) => {
          if (nth > 0) return;
          if (does === 'finish') finish.run(job);
          else if (does === 'claim') take.run(index, next);
          else addJobs(database, JOBS_AT_ONCE);
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

export function claimedOnce(database: Database): Invariant {
  const twice = database
    .prepare<[], { id: number; claims: number }>(`SELECT id, claims FROM ${JOBS} WHERE claims > 1`)
    .all();
  const all =
    database.prepare<[], number>(`SELECT count(*) FROM ${JOBS} WHERE claims > 0`).pluck().get() ?? 0;
  return {
    id: 'claimed-once',
    statement: 'No job is claimed twice.',
    state: twice.length === 0 ? 'held' : 'broken',
    detail:
      twice.length === 0
        ? `${plural(all, 'job')} claimed, each once.`
        : `${formatCount(twice.length)} of ${plural(all, 'job')} were claimed more than once: two workers had selected the same one before either updated it.`,
  };
}

/** As many claims and completions as the workers know of. */
function allDone(database: Database, entries: readonly Entry[]): Invariant {
  const row = database
    .prepare<[], { claims: number; running: number }>(
      `SELECT total(claims) AS claims, total(state = 'running') AS running FROM ${JOBS}`,
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
