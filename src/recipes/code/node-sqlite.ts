/**
 * SQLite for several processes at once, with Node.js's own module node:sqlite.
 *
 *   const db = open('app.db'); //                     one a process or worker; db.close() at its end
 *   const job = await write(db, claimNextJob); //     BEGIN IMMEDIATE, claimNextJob(db), COMMIT
 *
 *   const writer = new Writer(db, { batch: 10 }); //  one after the other, what waits shares a commit
 *   await writer.submit((db) => db.prepare('INSERT INTO log VALUES (?)').run(line)); // committed
 *   await writer.close();
 *
 * Printed by `dblock recipe node-sqlite`; for Node.js 22.16, 24 and newer. Node.js strips the types
 * itself from 22.18 on.
 */
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';

type Db = DatabaseSync;

/**
 * Longer than the longest write transaction of any process: who waits that long gets the lock.
 * node:sqlite is synchronous, so the whole thread waits. Where that must not be, write in a worker.
 */
export const BUSY_TIMEOUT_MS = 5_000;

/** How often a transaction is tried in all. The second try comes after up to 0.5 s, the third up to 1 s. */
export const TRIES = 3;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

/** Not SQLITE_LOCKED: that is a conflict inside this process, which waiting does not end. */
const LOCK_CODES: ReadonlySet<number> = new Set([
  5, // SQLITE_BUSY
  261, // SQLITE_BUSY_RECOVERY
  517, // SQLITE_BUSY_SNAPSHOT
  773, // SQLITE_BUSY_TIMEOUT
]);

/** For a health endpoint: lock_attempts = lock_successes + lock_failures + lock_retries. */
export const stats = {
  /** BEGIN IMMEDIATE was tried, */
  lock_attempts: 0,
  /** and no lock error came, up to the end of the transaction; */
  lock_successes: 0,
  /** a lock error came, and the caller got it; */
  lock_failures: 0,
  /** a lock error came, and the transaction was tried again. */
  lock_retries: 0,
  /** From asking for the lock to having it, or to giving up. */
  total_wait_ms: 0,
  max_wait_ms: 0,
};

function countWait(ms: number): void {
  stats.total_wait_ms += ms;
  stats.max_wait_ms = Math.max(stats.max_wait_ms, ms);
}

/** Close it on every path: `try { … } finally { db.close() }`. */
export function open(path: string, busyTimeoutMs = BUSY_TIMEOUT_MS): Db {
  // The busy timeout is set as the file is opened: the pragmas may have to wait already. It is 0 unless
  // set, and before Node.js 22.16 there is no such option: PRAGMA busy_timeout must be the first statement.
  const db = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    useWal(db, busyTimeoutMs);
    // No fsync for each commit, so the write lock is free again sooner. In WAL mode a power failure
    // can take the last commits with it, but cannot damage the database.
    db.exec('PRAGMA synchronous = NORMAL');
    // SQLite leaves them off. node:sqlite turns them on; others that open the file may not.
    db.exec('PRAGMA foreign_keys = ON');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * In WAL mode readers and the writer do not wait for each other. The mode is kept in the file; only the
 * change from another one fails when somebody writes just then, and at once: SQLite does not ask the
 * busy timeout there.
 */
function useWal(db: Db, busyTimeoutMs: number): void {
  const deadline = performance.now() + busyTimeoutMs;
  for (;;) {
    try {
      const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
      if (mode !== 'wal') throw new Error(`journal_mode is ${mode}: a database in memory has no WAL`);
      return;
    } catch (error) {
      if (!isLockError(error) || performance.now() >= deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10 + Math.random() * 90);
    }
  }
}

/**
 * Runs work(db) in a write transaction, all of it again after a lock error, and returns what it returns.
 * work may run several times: let it do nothing but SQL. It is synchronous, so it cannot wait for more.
 */
export async function write<T>(db: Db, work: (db: Db) => T, tries = TRIES): Promise<T> {
  const askedAt = performance.now();
  let waitMs: number | undefined;
  const timedWork = () => {
    waitMs = performance.now() - askedAt;
    return work(db);
  };
  for (let attempt = 1; ; attempt += 1) {
    stats.lock_attempts += 1;
    waitMs = undefined;
    try {
      const result = inTransaction(db, timedWork);
      stats.lock_successes += 1;
      countWait(waitMs ?? 0);
      return result;
    } catch (error) {
      if (!isLockError(error)) {
        stats.lock_successes += 1;
        countWait(waitMs ?? 0);
        throw error;
      }
      if (attempt >= tries) {
        stats.lock_failures += 1;
        countWait(performance.now() - askedAt);
        throw error;
      }
      // The statement alone cannot be tried again: its snapshot would be as old as before.
      stats.lock_retries += 1;
      const pauseMs = pauseBeforeTry(attempt + 1);
      process.emitWarning(`${error.message}: try ${attempt} of ${tries}, again in ${Math.round(pauseMs)} ms`);
      await pause(pauseMs);
    }
  }
}

function inTransaction<T>(db: Db, work: () => T): T {
  // The write lock first: for this one SQLite waits. A transaction that begins with a SELECT gets
  // SQLITE_BUSY or SQLITE_BUSY_SNAPSHOT at once when it comes to write.
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite has rolled back by itself after some errors, such as a full disk.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Random, so that those who failed together do not come back together. */
function pauseBeforeTry(attempt: number): number {
  return Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 2));
}

/** By the extended code, which node:sqlite always gives as `errcode`. */
export function isLockError(error: unknown): error is Error & { errcode: number } {
  return error instanceof Error && 'errcode' in error && LOCK_CODES.has(error.errcode as number);
}

interface Job {
  run(db: Db): unknown;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/**
 * Writes for all others of this process, one after the other: they queue here, not at the lock. With
 * batch 1 each job is a transaction. With a larger batch, jobs that are waiting anyway share one, up to
 * so many; a job that fails is undone alone.
 */
export class Writer {
  readonly #db: Db;
  readonly #batch: number;
  readonly #pauseMs: number;
  readonly #jobs: Job[] = [];
  #closed = false;
  #draining: Promise<void> | undefined;

  constructor(db: Db, { batch = 1, pauseMs = 10 } = {}) {
    this.#db = db;
    this.#batch = batch;
    this.#pauseMs = pauseMs;
  }

  /** Resolves to what job(db) returns, when the transaction is committed. */
  submit<T>(job: (db: Db) => T): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('the writer is closed'));
    return new Promise<T>((resolve, reject) => {
      this.#jobs.push({ run: job, resolve: resolve as (value: unknown) => void, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Writes what was submitted. The connection stays open: it is the caller's. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
  }

  async #drain(): Promise<void> {
    // What is submitted in this turn of the event loop shares a transaction.
    await Promise.resolve();
    while (this.#jobs.length > 0) {
      const jobs = this.#jobs.splice(0, this.#batch);
      await this.#write(jobs);
      // SQLite's lock has no queue: who takes it again at once keeps it from those that sleep before
      // their next try.
      if (this.#batch > 1 && jobs.length === this.#batch) await pause(this.#pauseMs);
    }
    this.#draining = undefined;
  }

  async #write(jobs: readonly Job[]): Promise<void> {
    try {
      const outcomes = await write(this.#db, (db) => jobs.map((job) => runJob(db, job)));
      // Only now: what is not committed is not done.
      for (const settle of outcomes) settle();
    } catch (error) {
      for (const { reject } of jobs) reject(error);
    }
  }
}

function runJob(db: Db, { run, resolve, reject }: Job): () => void {
  db.exec('SAVEPOINT job');
  try {
    const result = run(db);
    db.exec('RELEASE job');
    return () => resolve(result);
  } catch (error) {
    // After a lock error all jobs must be tried again; without a transaction SQLite has undone them all,
    // as when the disk is full.
    if (isLockError(error) || !db.isTransaction) throw error;
    db.exec('ROLLBACK TO job');
    db.exec('RELEASE job');
    return () => reject(error);
  }
}
