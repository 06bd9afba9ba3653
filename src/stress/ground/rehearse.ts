/** Whether workers can do on a table what they will: tried out, and taken back. */
import type { Database } from 'better-sqlite3';
import { countJobs, type JobStatements, type JobTable, prepareStatements } from '../workloads/jobs.js';

/** In a transaction. Throws what is in the way: the end of a sentence. */
export function rehearse(database: Database, jobs: JobTable): void {
  database.exec('SAVEPOINT dblock_rehearsal');
  try {
    const workers = prepareStatements(database, jobs);
    play(workers, () => agreed(countJobs(database, jobs.running), workers.countRunning(null)));
  } finally {
    database.exec('ROLLBACK TO dblock_rehearsal; RELEASE dblock_rehearsal');
  }
}

function play(jobs: JobStatements, running: () => number): void {
  const first = jobs.find();
  if (first === null) throw new Error('no job waits');
  jobs.take(first);
  expect(running() === 1, 'a job that was taken does not count as claimed');
  expect(!same(jobs.find(), first), 'a job that was taken still waits');
  jobs.finish(first);
  expect(running() === 0, 'a job that was finished counts as claimed');
  expect(!same(jobs.find(), first), 'a job that was finished waits again');
  const second = jobs.claim();
  if (second === null) throw new Error('no second job waits');
  jobs.fail(second);
  expect(running() === 0, 'a job that failed counts as claimed');
  expect(!same(jobs.find(), second), 'a job that failed waits again');
}

/** What is noted, and what the table says. */
function agreed(running: number, noted: number): number {
  expect(running === noted, `${running} of its jobs count as claimed, and ${noted} were claimed`);
  return running;
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

function same(one: unknown, other: unknown): boolean {
  return Buffer.isBuffer(one) && Buffer.isBuffer(other) ? one.equals(other) : one === other;
}
