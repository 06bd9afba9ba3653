/**
 * The table of a job queue, and what must be true of it. Its columns are what such tables have, so that
 * `dblock requeue-orphans` finds its way in a database that was kept.
 */
import type { Database } from 'better-sqlite3';
import { formatCount, plural } from '../../units.js';
import type { Invariant } from '../run-shapes.js';
import { OWN_PREFIX, PAYLOAD } from './workload.js';

export const JOBS = `${OWN_PREFIX}jobs`;
const CREATE = `CREATE TABLE ${JOBS}(
  id INTEGER PRIMARY KEY, status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'done', 'failed')),
  priority INTEGER NOT NULL, created_at INTEGER NOT NULL, started_at INTEGER, worker_pid INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0, completions INTEGER NOT NULL DEFAULT 0, payload TEXT NOT NULL);
CREATE INDEX ${JOBS}_next ON ${JOBS}(status, priority, id)`;
const ADD = `INSERT INTO ${JOBS}(status, priority, created_at, payload) VALUES ('queued', ?, unixepoch(), ?)`;
const CLAIMED = `status = 'running', started_at = unixepoch(), worker_pid = ?, attempts = attempts + 1`;

/** By priority and age. */
export const NEXT_JOB = `SELECT id FROM ${JOBS} WHERE status = 'queued' ORDER BY priority, id LIMIT 1`;
/** Takes a job that another statement has found: whoever has found it too takes it again. */
export const TAKE_JOB = `UPDATE ${JOBS} SET ${CLAIMED} WHERE id = ?`;
/** Finds and takes it in one statement: nobody comes in between. */
export const CLAIM_JOB = `UPDATE ${JOBS} SET ${CLAIMED} WHERE id = (${NEXT_JOB}) RETURNING id`;
export const FINISH_JOB = `UPDATE ${JOBS} SET status = 'done', completions = completions + 1 WHERE id = ?`;
export const FAIL_JOB = `UPDATE ${JOBS} SET status = 'failed' WHERE id = ?`;
export const COUNT_RUNNING = `SELECT count(*) FROM ${JOBS} WHERE status = 'running'`;

export function makeJobs(database: Database, count: number): void {
  database.exec(CREATE);
  const add = jobAdder(database);
  for (let nth = 0; nth < count; nth += 1) add(nth);
}

/** @returns a function that adds the job of that number */
export function jobAdder(database: Database): (nth: number) => void {
  const statement = database.prepare<[number, string]>(ADD);
  return (nth) => void statement.run(nth % 3, PAYLOAD);
}

export function countJobs(database: Database, where: string): number {
  return database.prepare<[], number>(`SELECT count(*) FROM ${JOBS} WHERE ${where}`).pluck().get() ?? 0;
}

export function claimedOnce(database: Database): Invariant {
  const twice = countJobs(database, 'attempts > 1');
  const all = countJobs(database, 'attempts > 0');
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
