/** Tables of jobs as frameworks make them, filled by hand; see also fixtures/queues. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import Database from 'better-sqlite3';
import { readCopy } from '../support/read-copy.js';
import type { Stage } from '../support/stage.js';

export interface DelayedJob {
  readonly lockedBy: string;
  readonly lockedAt: Date;
  readonly queue?: string;
}

export const ownerText = (pid: number | string, host = hostname()) => `host:${host} pid:${pid}`;
export const ago = (ms: number) => new Date(Date.now() - ms);
export const HOUR_MS = 3_600_000;
/** Larger than any pid that Linux gives out (proc(5), /proc/sys/kernel/pid_max). */
export const NO_PID = 4_194_305;

/** A database with nothing but the jobs of Delayed::Job, whose owners name host and process. */
export function delayedJobs(stage: Stage, jobs: readonly DelayedJob[]): string {
  const path = stage.path('queue.db');
  withDatabase(path, (db) => {
    db.exec(schemaOf('delayed_job'));
    const insert = db.prepare(
      `INSERT INTO delayed_jobs(handler, run_at, locked_at, locked_by, queue, created_at, updated_at)
         VALUES ('--- !ruby/struct:Note', '2026-01-01 00:00:00.000000', @lockedAt, @lockedBy, @queue, '2026-01-01 00:00:00', '2026-01-01 00:00:00')`,
    );
    for (const { lockedBy, lockedAt, queue = null } of jobs) {
      insert.run({ lockedBy, lockedAt: railsTime(lockedAt), queue });
    }
  });
  return path;
}

export function railsTime(date: Date): string {
  return `${date.toISOString().slice(0, 23).replace('T', ' ')}000`;
}

export function schemaOf(fixture: string): string {
  return readFileSync(new URL(`../../fixtures/queues/${fixture}.sql`, import.meta.url), 'utf8');
}

/** For making databases: the connection is closed when it returns. */
export function withDatabase(path: string, work: (db: Database.Database) => void): void {
  const db = new Database(path);
  try {
    work(db);
  } finally {
    db.close();
  }
}

export function rowsOf(path: string, sql: string): unknown[] {
  return readCopy(path, (db) => db.prepare(sql).all());
}
