/** Incident 1: the worker of a job queue that selects a job in one step, updates it in another, and gives up when that fails. */
import type { Database } from 'better-sqlite3';
import { formatCount, plural } from '../../units.js';
import type { Invariant } from '../shapes.js';
import { claimedOnce } from './claim.js';
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
/** Between them the worker reads once more, as code does that looks a thing up before it changes it. */
const LOOK = `SELECT count(*) FROM ${JOBS} WHERE state = 'running'`;
const CLAIM = `UPDATE ${JOBS} SET state = 'running', worker = ?, claims = claims + 1 WHERE id = ?`;
const FINISH = `UPDATE ${JOBS} SET state = 'done' WHERE id = ?`;
const ATOMIC = `UPDATE ${JOBS} SET state = 'running', worker = ?, claims = claims + 1 WHERE id = (${NEXT}) RETURNING id`;
const JOBS_AT_FIRST = 5000;
/** From the SELECT to the transaction that claims what it found. */
const BETWEEN_STEPS_MS = 2;
const NEVER = new Int32Array(new SharedArrayBuffer(4));

function prepare(database: Database): Record<string, never> {
  database.exec(CREATE);
  const add = database.prepare(ADD);
  for (let nth = 0; nth < JOBS_AT_FIRST; nth += 1) add.run(nth % 3, PAYLOAD);
  return {};
}

/** In turn: claim a job, then mark it done. What fails is logged, and the worker goes on with the next. */
function newWorker({ index }: Cast, isAtomic: boolean): Part {
  let job: number | null = null;
  let next: number | null = null;
  const ledger = { claims: 0, finished: 0, abandoned: 0 };
  return {
    prepare: (database): Turn => {
      const [find, look] = [
        database.prepare<[], number>(NEXT).pluck(),
        database.prepare<[], number>(LOOK).pluck(),
      ];
      const [take, finish] = [
        database.prepare<[number, number | null]>(CLAIM),
        database.prepare<[number | null]>(FINISH),
      ];
      const claimNext = database.prepare<[number], number>(ATOMIC).pluck();
      return {
        before: () => {
          if (job !== null || isAtomic) return;
          next = find.get() ?? null;
          Atomics.wait(NEVER, 0, 0, BETWEEN_STEPS_MS);
        },
        read: isAtomic ? null : () => void look.get(),
        write: () => {
          if (job !== null) finish.run(job);
          else if (isAtomic) next = claimNext.get(index) ?? null;
          else take.run(index, next);
        },
      };
    },
    committed: () => {
      if (job === null) ledger.claims += next === null ? 0 : 1;
      else ledger.finished += 1;
      job = job === null ? next : null;
      return 1;
    },
    gaveUp: () => {
      if (job !== null) ledger.abandoned += 1;
      job = null;
    },
    ledger: () => ledger,
  };
}

function noneOrphaned(database: Database, entries: readonly Entry[]): Invariant {
  const running =
    database.prepare<[], number>(`SELECT count(*) FROM ${JOBS} WHERE state = 'running'`).pluck().get() ?? 0;
  const orphans = running - entries.length;
  const abandoned = entries.reduce((sum, { ledger }) => sum + (ledger['abandoned'] ?? 0), 0);
  return {
    id: 'none-orphaned',
    statement: 'No more jobs are running than there are workers.',
    state: orphans > 0 ? 'broken' : 'held',
    detail: `${formatCount(running)}/${formatCount(entries.length)} running; ${plural(abandoned, 'job')} could not be marked done, and nobody works on them.`,
  };
}

function workload(name: string, isAtomic: boolean): Workload {
  return {
    name,
    readsFirst: !isAtomic,
    prepare,
    join: (cast) => newWorker(cast, isAtomic),
    verify: (database, entries) => [claimedOnce(database), noneOrphaned(database, entries)],
  };
}

export const claimRace = workload('claim-race', false);
export const atomicClaim = workload('atomic-claim', true);
