/**
 * SQLite for several processes at once, with Prisma and its adapter for better-sqlite3.
 *
 *   const db = await open('app.db'); //               one a process; db.close() at its end
 *   const jobs = await db.read.job.findMany(); //     reads take no write lock
 *   const job = await db.write(claimNextJob); //      BEGIN IMMEDIATE, claimNextJob(tx), COMMIT
 *
 *   const writer = new Writer(db, { batch: 10 }); //  what waits anyway shares a commit
 *   await writer.submit((tx) => tx.log.create({ data: { line } })); // committed
 *   await writer.close();
 *
 * In prisma/schema.prisma: generator client { provider = "prisma-client", output = "../generated/prisma" }
 * and datasource db { provider = "sqlite" }.
 *
 * Printed by `dblock recipe prisma`; for Prisma 7, and 6.16 with the adapter.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { type Prisma, PrismaClient } from '../generated/prisma/client';

type Tx = Prisma.TransactionClient;

/**
 * Longer than the longest write transaction of any process: who waits that long gets the lock.
 * better-sqlite3 is synchronous, so the whole thread waits.
 */
export const BUSY_TIMEOUT_MS = 5_000;

/** How often a transaction is tried in all. The second try comes after up to 0.5 s, the third up to 1 s. */
export const TRIES = 3;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

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

/** The adapter, but for what it sends first on a connection, and how it begins. */
class Adapter extends PrismaBetterSqlite3 {
  override async connect() {
    const adapter = await super.connect();
    try {
      await useWal(adapter);
      // No fsync for each commit, so the write lock is free again sooner. In WAL mode a power failure
      // can take the last commits with it, but cannot damage the database.
      await adapter.executeScript('PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON');
    } catch (error) {
      await adapter.dispose();
      throw error;
    }
    // The adapter sends BEGIN (Prisma's own engine sent BEGIN IMMEDIATE). A transaction that begins with a
    // SELECT then gets SQLITE_BUSY or SQLITE_BUSY_SNAPSHOT at once when it comes to write; for the write
    // lock of BEGIN IMMEDIATE SQLite waits.
    const begin = adapter.startTransaction.bind(adapter);
    adapter.startTransaction = async (isolation) => {
      const tx = await begin(isolation);
      try {
        // Nothing was read yet, so there is nothing to lose.
        await tx.executeRaw(sql('ROLLBACK'));
        await tx.executeRaw(sql('BEGIN IMMEDIATE'));
        return tx;
      } catch (error) {
        // Only gives the connection back to the adapter's queue, without which nobody could begin again.
        await tx.rollback();
        throw error;
      }
    };
    return adapter;
  }
}

const sql = (text: string) => ({ sql: text, args: [], argTypes: [] });

/**
 * In WAL mode readers and the writer do not wait for each other. The mode is kept in the file; only the
 * change from another one fails when somebody writes just then, and at once: SQLite does not ask the
 * busy timeout there.
 */
async function useWal(adapter: { executeScript(script: string): Promise<void> }): Promise<void> {
  const deadline = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      return await adapter.executeScript('PRAGMA journal_mode = WAL');
    } catch (error) {
      if (!isLockError(error) || performance.now() >= deadline) throw error;
      await pause(10 + Math.random() * 90);
    }
  }
}

export class Db {
  /** For what only reads. The adapter has one connection, and what is not in a transaction goes between. */
  readonly read: PrismaClient;
  /** Used by write() only: a query beside a transaction would become a part of it. */
  readonly #write: PrismaClient;

  constructor(path: string, busyTimeoutMs = BUSY_TIMEOUT_MS) {
    // The busy timeout is set as the file is opened: the pragmas may have to wait already.
    const client = () =>
      new PrismaClient({ adapter: new Adapter({ url: `file:${path}`, timeout: busyTimeoutMs }) });
    this.read = client();
    this.#write = client();
  }

  async connect(): Promise<void> {
    await this.#write.$connect();
    await this.read.$connect();
  }

  /** On every path: `try { … } finally { await db.close() }`. */
  async close(): Promise<void> {
    await this.read.$disconnect();
    await this.#write.$disconnect();
  }

  /**
   * Runs work(tx) in a write transaction, all of it again after a lock error, and returns what it returns.
   * work may run several times: let it await nothing but queries on tx, no HTTP.
   */
  async write<T>(work: (tx: Tx) => Promise<T>, tries = TRIES): Promise<T> {
    const askedAt = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      stats.lock_attempts += 1;
      let waitMs = 0;
      try {
        const result = await this.#write.$transaction(
          (tx) => {
            waitMs = performance.now() - askedAt;
            return work(tx);
          },
          // How long it may queue in this process, and how long it may run: both have 2 s and 5 s else.
          { maxWait: 12 * BUSY_TIMEOUT_MS, timeout: 2 * BUSY_TIMEOUT_MS },
        );
        stats.lock_successes += 1;
        countWait(waitMs);
        return result;
      } catch (error) {
        if (!isLockError(error)) {
          stats.lock_successes += 1;
          countWait(waitMs);
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
        process.emitWarning(`locked: try ${attempt} of ${tries}, again in ${Math.round(pauseMs)} ms`);
        await pause(pauseMs);
      }
    }
  }
}

export async function open(path: string, busyTimeoutMs = BUSY_TIMEOUT_MS): Promise<Db> {
  const db = new Db(path, busyTimeoutMs);
  try {
    await db.connect();
    return db;
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** Random, so that those who failed together do not come back together. */
function pauseBeforeTry(attempt: number): number {
  return Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 2));
}

/**
 * By SQLite's code where the adapter gives it (SQLITE_BUSY and its extended codes); else by P1008, which
 * it makes of all of them. Not SQLITE_LOCKED: that is a conflict inside this process.
 */
export function isLockError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, originalCode, cause, meta } = error as Record<string, unknown>;
  if (code === 'P1008') return true;
  if (typeof originalCode === 'string') return originalCode.startsWith('SQLITE_BUSY');
  const driverError = (meta as Record<string, unknown> | undefined)?.['driverAdapterError'];
  return isLockError(cause) || isLockError(driverError);
}

interface Job {
  run(tx: Tx): Promise<unknown>;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/**
 * Writes for all others of this process, one after the other. With batch 1 each job is a transaction.
 * With a larger batch, jobs that are waiting anyway share one, up to so many; a job that fails is undone
 * alone.
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

  /** Resolves to what job(tx) returns, when the transaction is committed. */
  submit<T>(job: (tx: Tx) => Promise<T>): Promise<T> {
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
      const outcomes = await this.#db.write(async (tx) => {
        const settlers: (() => void)[] = [];
        for (const job of jobs) settlers.push(await runJob(tx, job));
        return settlers;
      });
      // Only now: what is not committed is not done.
      for (const settle of outcomes) settle();
    } catch (error) {
      for (const { reject } of jobs) reject(error);
    }
  }
}

async function runJob(tx: Tx, { run, resolve, reject }: Job): Promise<() => void> {
  await tx.$executeRawUnsafe('SAVEPOINT job');
  try {
    const result = await run(tx);
    await tx.$executeRawUnsafe('RELEASE job');
    return () => resolve(result);
  } catch (error) {
    // After a lock error all jobs must be tried again.
    if (isLockError(error)) throw error;
    // Fails if SQLite has undone them all by itself, as when the disk is full: that ends the batch.
    await tx.$executeRawUnsafe('ROLLBACK TO job');
    await tx.$executeRawUnsafe('RELEASE job');
    return () => reject(error);
  }
}
