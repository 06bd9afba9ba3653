/**
 * Workers that share a table of jobs, with Prisma: each job is claimed once.
 *
 *   const db = await open('app.db'); //                        from db.ts, one a process
 *   while (running) {
 *     if (!(await runNext(db, worker, work))) await pause(1000); // work(job) runs outside of transactions
 *   }
 *
 * The statements expect a model like this one; put the names of your own into them. Prisma's schema has no
 * partial indexes: add one in a migration.
 *
 *   model Job {
 *     id       Int     @id
 *     priority Int     @default(0)
 *     state    String  @default("queued")
 *     worker   String?
 *     @@map("jobs")
 *   }
 *
 *   CREATE INDEX jobs_queued ON jobs(priority DESC, id) WHERE state = 'queued';
 *
 * Printed by `dblock recipe prisma --part jobs`; db.ts is what it prints without --part.
 */
import type { Prisma } from '../generated/prisma/client';
import { type Db, isLockError } from './db';

type Tx = Prisma.TransactionClient;
/** A name that no other worker has, such as host:pid. */
type Worker = string;
/** Is committed together with the job's end. */
type Save = (tx: Tx) => Promise<void>;

/** One statement: nobody can come between the choice of a job and its claim. */
const claiming = (tx: Tx, worker: Worker) => tx.$queryRaw<{ id: number | bigint }[]>`
  UPDATE jobs SET state = 'running', worker = ${worker}
  WHERE id = (SELECT id FROM jobs WHERE state = 'queued' ORDER BY priority DESC, id LIMIT 1)
  RETURNING id`;

/**
 * Only what is still this worker's: `dblock requeue-orphans`, or whoever took the worker for dead, may have
 * given the job back.
 */
const ending = (tx: Tx, job: number, worker: Worker, state: string) => tx.$executeRaw`
  UPDATE jobs SET state = ${state} WHERE id = ${job} AND state = 'running' AND worker = ${worker}`;

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
  return db.write(async (tx) => {
    const [row] = await claiming(tx, worker);
    return row === undefined ? undefined : Number(row.id);
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
      return await db.write(async (tx) => {
        if ((await ending(tx, job, worker, state)) !== 1) return false;
        await save?.(tx);
        return true;
      });
    } catch (error) {
      if (!isLockError(error)) throw error;
      process.emitWarning(`job ${job} is ${state}, which cannot be written yet: ${error}`);
    }
  }
}
