/**
 * SQLite for several processes at once, with Drizzle on better-sqlite3.
 *
 *   const db = open('app.db', { schema }); //         one a process or worker; db.$client.close()
 *   const job = await write(db, claimNextJob); //     BEGIN IMMEDIATE, claimNextJob(tx), COMMIT
 *
 *   const writer = new Writer(db, { batch: 10 }); //  one after the other, what waits shares a commit
 *   await writer.submit((tx) => tx.insert(log).values({ line }).run()); // committed
 *   await writer.close();
 *
 * Printed by `dblock recipe drizzle`; for drizzle-orm 0.36 and newer. Node.js strips the types itself
 * from 22.18 on.
 */
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import type { DrizzleConfig } from 'drizzle-orm';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';

type Schema = Record<string, unknown>;
type Db<S extends Schema = Schema> = BetterSQLite3Database<S> & { $client: Database.Database };
/** What Drizzle hands to the callback of a transaction. */
type Tx<S extends Schema = Schema> = Parameters<Parameters<BetterSQLite3Database<S>['transaction']>[0]>[0];

/**
 * Longer than the longest write transaction of any process: who waits that long gets the lock.
 * better-sqlite3 is synchronous, so the whole thread waits. Where that must not be, write in a worker.
 */
export const BUSY_TIMEOUT_MS = 5_000;

/** How often a transaction is tried in all. The second try comes after up to 0.5 s, the third up to 1 s. */
export const TRIES = 3;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

/** Not SQLITE_LOCKED: that is a conflict inside this process, which waiting does not end. */
const LOCK_CODES: ReadonlySet<string> = new Set([
  'SQLITE_BUSY',
  'SQLITE_BUSY_RECOVERY',
  'SQLITE_BUSY_SNAPSHOT',
  'SQLITE_BUSY_TIMEOUT',
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

/** Close it on every path: `try { … } finally { db.$client.close() }`. */
export function open<S extends Schema>(
  path: string,
  config: DrizzleConfig<S> = {},
  busyTimeoutMs = BUSY_TIMEOUT_MS,
): Db<S> {
  // The busy timeout is set as the file is opened: the pragmas may have to wait already.
  const client = new Database(path, { timeout: busyTimeoutMs });
  try {
    useWal(client, busyTimeoutMs);
    // No fsync for each commit, so the write lock is free again sooner. In WAL mode a power failure
    // can take the last commits with it, but cannot damage the database.
    client.pragma('synchronous = NORMAL');
    // SQLite leaves them off. better-sqlite3 is built to turn them on; others that open the file are not.
    client.pragma('foreign_keys = ON');
    return drizzle(client, config);
  } catch (error) {
    client.close();
    throw error;
  }
}

/**
 * In WAL mode readers and the writer do not wait for each other. The mode is kept in the file; only the
 * change from another one fails when somebody writes just then, and at once: SQLite does not ask the
 * busy timeout there.
 */
function useWal(client: Database.Database, busyTimeoutMs: number): void {
  const deadline = performance.now() + busyTimeoutMs;
  for (;;) {
    try {
      const mode = client.pragma('journal_mode = WAL', { simple: true });
      if (mode !== 'wal') throw new Error(`journal_mode is ${mode}: a database in memory has no WAL`);
      return;
    } catch (error) {
      if (!isLockError(error) || performance.now() >= deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10 + Math.random() * 90);
    }
  }
}

/**
 * Runs work(tx) in a write transaction, all of it again after a lock error, and returns what it returns.
 * work may run several times: let it do nothing but queries on tx, with .run(), .get() or .all(): it is
 * synchronous, and a query that is only awaited would run after the COMMIT.
 */
export async function write<S extends Schema, T>(
  db: Db<S>,
  work: (tx: Tx<S>) => T,
  tries = TRIES,
): Promise<T> {
  const askedAt = performance.now();
  let waitMs: number | undefined;
  const timedWork = (tx: Tx<S>) => {
    waitMs = performance.now() - askedAt;
    return work(tx);
  };
  for (let attempt = 1; ; attempt += 1) {
    stats.lock_attempts += 1;
    waitMs = undefined;
    try {
      // The write lock first: for this one SQLite waits. A transaction that begins with a SELECT, as with
      // the default `deferred`, gets SQLITE_BUSY or SQLITE_BUSY_SNAPSHOT at once when it comes to write.
      const result = db.transaction(timedWork, { behavior: 'immediate' });
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
      process.emitWarning(
        `database is locked: try ${attempt} of ${tries}, again in ${Math.round(pauseMs)} ms`,
      );
      await pause(pauseMs);
    }
  }
}

/** Random, so that those who failed together do not come back together. */
function pauseBeforeTry(attempt: number): number {
  return Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 2));
}

/** By the extended code of better-sqlite3, whose error Drizzle may have wrapped. */
export function isLockError(error: unknown): boolean {
  if (error instanceof Database.SqliteError) return LOCK_CODES.has(error.code);
  return error instanceof Error && error.cause !== undefined && isLockError(error.cause);
}

interface Job<S extends Schema> {
  run(tx: Tx<S>): unknown;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/**
 * Writes for all others of this process, one after the other: they queue here, not at the lock. With
 * batch 1 each job is a transaction. With a larger batch, jobs that are waiting anyway share one, up to
 * so many; a job that fails is undone alone.
 */
export class Writer<S extends Schema> {
  readonly #db: Db<S>;
  readonly #batch: number;
  readonly #pauseMs: number;
  readonly #jobs: Job<S>[] = [];
  #closed = false;
  #draining: Promise<void> | undefined;

  constructor(db: Db<S>, { batch = 1, pauseMs = 10 } = {}) {
    this.#db = db;
    this.#batch = batch;
    this.#pauseMs = pauseMs;
  }

  /** Resolves to what job(tx) returns, when the transaction is committed. */
  submit<T>(job: (tx: Tx<S>) => T): Promise<T> {
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

  async #write(jobs: readonly Job<S>[]): Promise<void> {
    const client = this.#db.$client;
    try {
      const outcomes = await write(this.#db, (tx) => jobs.map((job) => runJob(client, tx, job)));
      // Only now: what is not committed is not done.
      for (const settle of outcomes) settle();
    } catch (error) {
      for (const { reject } of jobs) reject(error);
    }
  }
}

function runJob<S extends Schema>(
  client: Database.Database,
  tx: Tx<S>,
  { run, resolve, reject }: Job<S>,
): () => void {
  try {
    const result = tx.transaction((savepoint) => run(savepoint)); // inside another one, a savepoint
    return () => resolve(result);
  } catch (error) {
    // After a lock error all jobs must be tried again; without a transaction SQLite has undone them all,
    // as when the disk is full.
    if (isLockError(error) || !client.inTransaction) throw error;
    return () => reject(error);
  }
}
