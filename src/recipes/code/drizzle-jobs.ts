/**
 * Workers that share a table of jobs, with Drizzle on better-sqlite3: each job is claimed once.
 *
 *   const db = open('app.db', { schema }); //                  from db.ts, one a process or worker
 *   while (running) {
 *     if (!(await runNext(db, worker, work))) await pause(1000); // work(job) runs outside of transactions
 *   }
 *
 * The statements expect a table like this one; put the names of your own into them:
 *
 *   CREATE TABLE jobs(id INTEGER PRIMARY KEY, priority INTEGER NOT NULL DEFAULT 0,
 *                     state TEXT NOT NULL DEFAULT 'queued', worker TEXT);
 *   CREATE INDEX jobs_queued ON jobs(priority DESC, id) WHERE state = 'queued';
 *
 * Printed by `dblock recipe drizzle --part jobs`; db.ts is what it prints without --part.
 */
import { sql } from 'drizzle-orm';
import { isLockError, type open, write } from './db.ts';

type Db = ReturnType<typeof open>;
/** What Drizzle hands to the callback of a transaction. */
type Tx = Parameters<Parameters<Db['transaction']>[0]>[0];
/** A name that no other worker has, such as host:pid. */
type Worker = string | number;
/** Is committed together with the job's end. */
type Save = (tx: Tx) => void;

/** One statement: nobody can come between the choice of a job and its claim. */
const claiming = (worker: Worker) => sql`
  UPDATE jobs SET state = 'running', worker = ${worker}
  WHERE id = (SELECT id FROM jobs WHERE state = 'queued' ORDER BY priority DESC, id LIMIT 1)
  RETURNING id`;

/**
 * Only what is still this worker's: `dblock requeue-orphans`, or whoever took the worker for dead, may have
 * given the job back.
 */
const ending = (job: number, worker: Worker, state: string) =>
  sql`UPDATE jobs SET state = ${state} WHERE id = ${job} AND state = 'running' AND worker = ${worker}`;

/**
 * Claims a job and awaits work(job), outside of any transaction; false: there was none. If the process dies,
 * the job stays `running`: `dblock requeue-orphans` gives it back.
 */
export async function runNext(
  db: Db,
  worker: Worker,
  work: (job: number) => Promise<Save | undefined>,
): Promise<boolean> {
  const job = await claim(db, worker);
  if (job === undefined) return false;
  try {
    await end(db, job, worker, 'completed', await work(job));
  } catch (error) {
    process.emitWarning(`job ${job} failed: ${error}`);
    await end(db, job, worker, 'failed');
  }
  return true;
}

/** The id of a job that is this worker's now. */
export function claim(db: Db, worker: Worker): Promise<number | undefined> {
  return write(db, (tx) => {
    // All rows: a RETURNING that is not read to its end is not done.
    const [row] = tx.all<{ id: number }>(claiming(worker));
    return row?.id;
  });
}

/**
 * Writes how the job ended; false: it was this worker's no more, and nothing was written. A job whose end is
 * not written stays `running`, and nobody works on it. So lock errors do not end this, however long they last.
 */
export async function end(
  db: Db,
  job: number,
  worker: Worker,
  state: 'completed' | 'failed',
  save?: Save,
): Promise<boolean> {
  for (;;) {
    try {
      return await write(db, (tx) => {
        if (tx.run(ending(job, worker, state)).changes !== 1) return false;
        save?.(tx);
        return true;
      });
    } catch (error) {
      if (!isLockError(error)) throw error;
      process.emitWarning(`job ${job} is ${state}, which cannot be written yet: ${error}`);
    }
  }
}
