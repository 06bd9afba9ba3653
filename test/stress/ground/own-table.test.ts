/** Workers of dblock in a table that nobody has described, or that the configuration does. */
import type Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { Told } from '../../../src/queue/told.js';
import type { JobKey } from '../../../src/stress/workloads/jobs.js';
import { lay, onTables, queueOf, reasonOf, WANTED } from './lay-on.js';

const JOBS = `
  CREATE TABLE jobs(id TEXT PRIMARY KEY NOT NULL, token TEXT UNIQUE, slug TEXT NOT NULL, episode INTEGER,
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'failed')),
    priority INTEGER NOT NULL DEFAULT 0, created_at TEXT NOT NULL, started_at TEXT, completed_at TEXT, worker_id TEXT,
    attempts INTEGER NOT NULL DEFAULT 0, size INTEGER GENERATED ALWAYS AS (length(slug)));
  CREATE UNIQUE INDEX jobs_slug ON jobs(episode, slug);
  CREATE INDEX jobs_next ON jobs(status, priority DESC, created_at);
  CREATE TABLE audit(job TEXT, was TEXT, now TEXT);
  CREATE TRIGGER jobs_audit AFTER UPDATE OF status ON jobs BEGIN INSERT INTO audit VALUES (new.id, old.status, new.status); END;
  INSERT INTO jobs(id, token, slug, episode, status, priority, created_at, started_at, worker_id, attempts) VALUES
    ('0c1e9f7a-9b1f-4d6e-8a35-4f1f6d1f2a11', NULL, 'a', 1, 'completed', 1, '2026-11-20T10:00:00.000Z', '2026-11-20T10:00:01.000Z', 'w1', 1),
    ('0c1e9f7a-9b1f-4d6e-8a35-4f1f6d1f2a12', 't2', 'b', 1, 'running', 9, '2026-11-20T10:00:02.000Z', '2026-11-20T10:00:03.000Z', 'w1', 1),
    ('0c1e9f7a-9b1f-4d6e-8a35-4f1f6d1f2a13', 't3', 'c', 2, 'queued', 5, '2026-11-20T10:00:04.000Z', NULL, NULL, 0)`;

const SHORT = `CREATE TABLE tasks(id INTEGER PRIMARY KEY, status TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, locked_at INTEGER);
  INSERT INTO tasks(status) VALUES ('pending'), ('pending')`;

function rowsOf(database: Database.Database, sql: string): unknown[] {
  return database.prepare(sql).all();
}

describe('a table that is guessed to be a queue', () => {
  it('is played in the order of its index, its triggers and unique columns in mind', () => {
    onTables(JOBS, (database) => {
      const laid = lay(database);
      expect(queueOf(laid)).toEqual({
        ...{ tables: 'queue', table: 'jobs', preset: 'generic', name: 'a table of your own', guessed: true },
        ...{ states: 'status: queued → running → completed', order: 'priority DESC, created_at' },
        plan: ['SEARCH jobs USING INDEX jobs_next (status=?)'],
        ...{ triggers: ['jobs_audit'], setBack: 2, added: WANTED - 3, waiting: WANTED, samples: 'its rows' },
        orphansProvable: true,
      });
      // the one with the highest priority, which was running; those that were copied from it come after it, or before
      const { workers } = laid;
      const job = workers.claim() as JobKey;
      expect(
        rowsOf(database, `SELECT priority, attempts, status FROM jobs WHERE status = 'running'`),
      ).toEqual([{ priority: 9, attempts: 1, status: 'running' }]);
      const [claimed] = rowsOf(database, "SELECT started_at, worker_id FROM jobs WHERE status = 'running'");
      expect(claimed).toMatchObject({ started_at: expect.stringMatching(/^\d{4}-.+T.+\.\d{3}Z$/) });
      expect(claimed).toMatchObject({ worker_id: expect.stringContaining(`:${process.pid}`) });
      workers.finish(job);
      expect(rowsOf(database, "SELECT count(*) AS n FROM jobs WHERE status = 'completed'")).toEqual([
        { n: 1 },
      ]);
      expect(rowsOf(database, 'SELECT job, did FROM dblock_stress_log')).toEqual([
        { job, did: 'claimed' },
        { job, did: 'done' },
      ]);
      // the rehearsal left nothing
      expect(rowsOf(database, "SELECT count(*) AS n FROM audit WHERE now = 'completed'")).toEqual([{ n: 1 }]);
    });
  });

  it('deletes a finished job where no status means that', () => {
    onTables(SHORT, (database) => {
      const laid = lay(database);
      expect(queueOf(laid)).toMatchObject({ states: 'status: pending → running → row deleted', order: 'id' });
      laid.workers.finish(laid.workers.claim() as JobKey);
      expect(rowsOf(database, 'SELECT count(*) AS n FROM tasks')).toEqual([{ n: WANTED - 1 }]);
    });
  });
});

const TOLD: Told = {
  ...{ table: 'work', id: null, status: 'state', running: ['1'], queued: '0', failed: '3', done: '2' },
  ...{ started: null, startedFormat: null, owner: null, ownerIs: null, heartbeat: null },
  ...{ heartbeatLimitMs: null, lease: null, attempts: null, counted: null, maxAttempts: null, queue: null },
  ...{ keepsOpen: false, also: {} },
};

it('a table that the configuration describes is played as it says, with keys beyond 2^53', () => {
  const sql = `CREATE TABLE work(id INTEGER PRIMARY KEY, state INTEGER NOT NULL, body TEXT);
    INSERT INTO work VALUES (9007199254740993, 2, 'x'), (9007199254740995, 1, 'y'); ${JOBS}`;
  onTables(sql, (database) => {
    const laid = lay(database, { declared: [TOLD] });
    expect(queueOf(laid)).toMatchObject({
      ...{ table: 'work', guessed: false, states: 'state: 0 → 1 → 2', setBack: 2, orphansProvable: false },
    });
    const { workers } = laid;
    const job = workers.claim() as JobKey;
    expect(job).toBe(9007199254740993n);
    workers.finish(job);
    expect(rowsOf(database, 'SELECT CAST(id AS TEXT) AS id FROM work WHERE state = 2')).toEqual([
      { id: '9007199254740993' },
    ]);
  });
});

it('names may be anything', () => {
  const column = (name: string) => `"${name.replaceAll('"', '""')}"`;
  const told: Told = {
    ...{ ...TOLD, table: 'odd "jobs" $job', status: `it's the "status" {worker:pid}`, owner: "who's $pid" },
    ...{ ownerIs: 'pid', queued: "it's new", running: ['"run"'], done: null, failed: null },
  };
  const [table, status, owner] = [column(told.table), column(told.status), column(told.owner ?? '')];
  const sql = `CREATE TABLE ${table}("key" INTEGER PRIMARY KEY, ${status} TEXT, ${owner} TEXT);
    CREATE TABLE "log of 'jobs'"(x);
    CREATE TRIGGER ${column('a "trigger"')} AFTER UPDATE ON ${table} BEGIN INSERT INTO "log of 'jobs'" VALUES (1); END;
    INSERT INTO ${table} VALUES (1, 'it''s new', NULL)`;
  onTables(sql, (database) => {
    const laid = lay(database, { declared: [told] });
    expect(queueOf(laid)).toMatchObject({ table: told.table, triggers: ['a "trigger"'], waiting: WANTED });
    laid.workers.claim();
    const claimed = `SELECT ${status} AS status, ${owner} AS owner FROM ${table} WHERE ${owner} IS NOT NULL`;
    expect(rowsOf(database, claimed)).toEqual([{ status: '"run"', owner: String(process.pid) }]);
  });
});

describe('what is not played says why', () => {
  it.each([
    [
      'no queue',
      'CREATE TABLE notes(id INTEGER PRIMARY KEY, body TEXT)',
      /^No table of the database looks like a job/,
    ],
    [
      'two of them',
      `${JOBS}; ${SHORT}`,
      /^There are several queues, "jobs", "tasks": say which with --table\.$/,
    ],
    [
      'a trigger that forbids it',
      `${SHORT}; CREATE TRIGGER no BEFORE UPDATE ON tasks BEGIN SELECT raise(ABORT, 'tasks are final'); END`,
      /^The queue "tasks" cannot be played: tasks are final \(SQLITE_CONSTRAINT_TRIGGER\)\.$/,
    ],
    [
      'a claimed job that may not wait again',
      `${SHORT}; ALTER TABLE tasks ADD COLUMN slug TEXT; CREATE UNIQUE INDEX one ON tasks(slug) WHERE status = 'pending';
       UPDATE tasks SET slug = 'a' WHERE id = 1; INSERT INTO tasks(status, slug) VALUES ('running', 'a')`,
      /^The queue "tasks" cannot be played: 1 of its jobs stay claimed, because of another row or a trigger\.$/,
    ],
    [
      'a CHECK without the status of a claim',
      `CREATE TABLE tasks(id INTEGER PRIMARY KEY, status TEXT CHECK (status IN ('pending', 'at work')), attempts INTEGER);
       INSERT INTO tasks(status) VALUES ('pending')`,
      /^The queue "tasks" cannot be played: CHECK constraint failed/,
    ],
    [
      'no key of one column',
      `CREATE TABLE jobs(a INTEGER, b INTEGER, status TEXT, attempts INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID;
       INSERT INTO jobs VALUES (1, 2, 'queued', 0)`,
      /^The queue "jobs" cannot be played: its key has several columns, and it has no rowid\.$/,
    ],
    [
      'statuses of another language',
      `CREATE TABLE jobs(id INTEGER PRIMARY KEY, status TEXT, attempts INTEGER);
       INSERT INTO jobs(status) VALUES ('blue')`,
      /^"jobs" looks like a job queue, but no status is called queued .+: describe it under "queues"/,
    ],
  ])('%s', (_, sql, reason) => {
    onTables(sql, (database) => {
      const before = rowsOf(database, 'SELECT name, sql FROM sqlite_schema');
      expect(reasonOf(lay(database))).toMatch(reason);
      expect(rowsOf(database, 'SELECT name, sql FROM sqlite_schema')).toEqual(before);
    });
  });

  it('and is a mistake where it was asked for', () => {
    onTables(`${JOBS}; CREATE TABLE notes(id INTEGER PRIMARY KEY, body TEXT)`, (database) => {
      expect(() => lay(database, { table: 'notes' })).toThrow(/^"notes" does not look like a job queue/);
      expect(() => lay(database, { table: 'job' })).toThrow(/^--table "job" is not in the database\.$/);
      expect(queueOf(lay(database, { table: 'JOBS' })).table).toBe('jobs');
    });
  });
});
