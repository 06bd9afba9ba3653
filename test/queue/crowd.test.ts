/**
 * Workers claim and complete, and are killed, while `requeue-orphans --apply` runs again and again: in the end every
 * job is completed, and only a job whose worker was killed ran more than once.
 */
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { pythonPath, skipReason, titled } from '../support/programs.js';
import { fixtureScript, RealProgram } from '../support/real-program.js';
import { openStage } from '../support/stage.js';
import { OWN_TABLE, requeueOrphans } from './requeue.js';

const NEEDS = ['linux', 'python3'] as const;
/** `DBLOCK_SOAK=1`: as many as the claim is about. */
const SOAK = process.env['DBLOCK_SOAK'] === '1';
const WORKERS = 4;
const ROUNDS = SOAK ? 50 : 8;
const JOBS_A_ROUND = 20;
const JOBS = ROUNDS * JOBS_A_ROUND;
const JOBS_OF_A_WORKER = JOBS_A_ROUND / WORKERS;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE jobs(id INTEGER PRIMARY KEY, status TEXT NOT NULL DEFAULT 'queued', worker_pid INTEGER, started_at INTEGER);
  CREATE TABLE runs(number INTEGER PRIMARY KEY, job INTEGER NOT NULL, pid INTEGER NOT NULL, finished INTEGER);
  WITH RECURSIVE ids(id) AS (VALUES (1) UNION ALL SELECT id + 1 FROM ids WHERE id < ${JOBS})
    INSERT INTO jobs(id) SELECT id FROM ids;`;

it.skipIf(skipReason(NEEDS))(
  titled(`${JOBS} jobs, ${WORKERS} workers, ${ROUNDS} of them killed, ${ROUNDS} repairs`, NEEDS),
  { timeout: SOAK ? 600_000 : 60_000 },
  async () => {
    await using stage = await openStage();
    await using crowd = new Crowd(stage.path('queue.db'));
    let requeued = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const repair = requeueOrphans(crowd.database, ...OWN_TABLE, '--apply');
      await crowd.work(round % WORKERS, 1 + (round % JOBS_OF_A_WORKER));
      const { status, requeued: given } = await repair;
      expect(status).toBe(0);
      requeued += given ?? 0;
    }
    while (crowd.unfinished() > 0) {
      const { status, requeued: given } = await requeueOrphans(crowd.database, ...OWN_TABLE, '--apply');
      expect(status).toBe(0);
      requeued += given ?? 0;
      await crowd.work();
    }
    const { jobs, runs } = crowd.outcome();
    expect(jobs).toEqual([{ status: 'done', jobs: JOBS }]);
    expect(runs.filter(({ later, pid, finished }) => later && !(crowd.killed.has(pid) && !finished))).toEqual(
      [],
    );
    expect(runs.filter(({ later, finished }) => !later && !finished)).toEqual([]);
    expect(runs.length).toBe(JOBS + requeued);
    expect(requeued).toBeGreaterThan(0);
    expect(crowd.lost).toEqual([]);
  },
);

interface RunRow {
  readonly job: number;
  readonly pid: number;
  readonly finished: 1 | null;
  /** Whether the job was started again after this run. */
  readonly later: 0 | 1;
}

class Crowd {
  readonly killed = new Set<number>();
  /** Jobs that were taken from a live worker. */
  readonly lost: string[] = [];
  readonly #workers: RealProgram[];

  constructor(readonly database: string) {
    const db = new Database(database);
    db.exec(SCHEMA);
    db.close();
    this.#workers = Array.from({ length: WORKERS }, () => this.#start());
  }

  /** Every worker does its jobs, the last of which it keeps; the victim is killed once it has claimed so many. */
  async work(victim?: number, claims = 0): Promise<void> {
    const all = this.#workers.map((worker, index) =>
      this.#workOf(worker, index === victim ? claims : Number.POSITIVE_INFINITY),
    );
    await Promise.all(all);
  }

  async #workOf(worker: RealProgram, killAfter: number): Promise<void> {
    for (let job = 0; job < JOBS_OF_A_WORKER; job += 1) {
      worker.send('complete');
      worker.send('claim');
    }
    let claims = 0;
    while (claims < JOBS_OF_A_WORKER) {
      const [what, job = ''] = (await worker.line()).split(' ');
      if (what === 'lost') this.lost.push(job);
      if (what === 'claimed' || what === 'none') claims += 1;
      if (claims >= killAfter) return this.#replace(worker);
    }
  }

  async #replace(worker: RealProgram): Promise<void> {
    await worker.kill();
    this.killed.add(worker.pid);
    this.#workers[this.#workers.indexOf(worker)] = this.#start();
  }

  unfinished(): number {
    return (
      this.#query<{ left: number }>(`SELECT count(*) AS left FROM jobs WHERE status <> 'done'`)[0]?.left ?? 0
    );
  }

  outcome(): { jobs: unknown[]; runs: RunRow[] } {
    return {
      jobs: this.#query('SELECT status, count(*) AS jobs FROM jobs GROUP BY status'),
      runs: this.#query<RunRow>(
        'SELECT job, pid, finished, number < max(number) OVER (PARTITION BY job) AS later FROM runs',
      ),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.kill()));
  }

  #start(): RealProgram {
    return new RealProgram({
      program: pythonPath() ?? 'python3',
      args: [fixtureScript('queue/own_table.py'), this.database],
    });
  }

  #query<Row>(sql: string): Row[] {
    const db = new Database(this.database);
    try {
      return db.prepare<[], Row>(sql).all();
    } finally {
      db.close();
    }
  }
}
