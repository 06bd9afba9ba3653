/**
 * What dblock does to the databases of real queues against the SQL that was proved on them: each was applied to a copy
 * whose worker then picked the job up and completed it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { readCopy } from '../../support/read-copy.js';
import { openStage } from '../../support/stage.js';
import { requeueOrphans } from '../requeue.js';
import { withDatabase } from '../tables.js';

interface Truth {
  readonly sql: string;
  readonly requeued: number;
  /** Written anew: must be of this moment, in the format of the framework. `TABLE.COLUMN` → pattern. */
  readonly written?: Readonly<Record<string, RegExp>>;
}

const RAILS = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const TRUTH: Readonly<Record<string, Truth>> = {
  laravel: {
    sql: `UPDATE jobs SET reserved_at=NULL, available_at=CAST(strftime('%s','now') AS INTEGER), attempts=MAX(attempts-1,0)
          WHERE reserved_at IS NOT NULL`,
    requeued: 1,
    written: { 'jobs.available_at': /^\d{10}$/ },
  },
  solid_queue: {
    sql: `INSERT INTO solid_queue_ready_executions(job_id,queue_name,priority,created_at)
            SELECT j.id,j.queue_name,j.priority,strftime('%Y-%m-%d %H:%M:%f','now')
              FROM solid_queue_claimed_executions c JOIN solid_queue_jobs j ON j.id=c.job_id
             WHERE j.finished_at IS NULL AND NOT EXISTS(SELECT 1 FROM solid_queue_failed_executions f WHERE f.job_id=j.id)
            ON CONFLICT(job_id) DO NOTHING;
          DELETE FROM solid_queue_claimed_executions;`,
    requeued: 1,
    written: { 'solid_queue_ready_executions.created_at': RAILS },
  },
  // huey_consumer --flush-locks
  huey: { sql: `DELETE FROM kv WHERE key LIKE queue || '.lock.%'`, requeued: 1 },
  nextcloud: { sql: 'UPDATE oc_jobs SET reserved_at=0 WHERE reserved_at > 0', requeued: 1 },
  liteque: {
    sql: `UPDATE tasks SET status='pending_retry', expireAt=NULL, availableAt=CAST(unixepoch('subsec')*1000 AS INTEGER),
            allocationId=lower(hex(randomblob(6))), numRunsLeft=MIN(numRunsLeft+1,maxNumRuns) WHERE status='running'`,
    requeued: 2,
    written: { 'tasks.availableAt': /^\d{13}$/, 'tasks.allocationId': /^[0-9a-f]{12}$/ },
  },
  payload: {
    sql: `UPDATE payload_jobs SET processing=0, updated_at=strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE processing=1 AND completed_at IS NULL`,
    requeued: 1,
    written: { 'payload_jobs.updated_at': ISO },
  },
  'django-tasks-db': {
    sql: `UPDATE django_tasks_database_dbtaskresult SET status='READY', started_at=NULL, finished_at=NULL WHERE status='RUNNING'`,
    requeued: 1,
  },
  'django-background-tasks': {
    sql: 'UPDATE background_task SET locked_by=NULL, locked_at=NULL WHERE failed_at IS NULL AND locked_by IS NOT NULL',
    requeued: 1,
  },
  delayed_job: {
    sql: 'UPDATE delayed_jobs SET locked_at=NULL, locked_by=NULL WHERE failed_at IS NULL AND locked_by IS NOT NULL',
    requeued: 1,
  },
  'symfony-messenger': {
    sql: 'UPDATE messenger_messages SET delivered_at=NULL WHERE delivered_at IS NOT NULL',
    requeued: 1,
  },
  oban: {
    sql: `UPDATE oban_jobs SET state='available', scheduled_at=strftime('%Y-%m-%dT%H:%M:%fZ','now'), max_attempts=MAX(max_attempts,attempt+1)
          WHERE state='executing'`,
    requeued: 2,
    // ecto writes microseconds
    written: { 'oban_jobs.scheduled_at': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/ },
  },
  river: {
    sql: `UPDATE river_job SET state='available', scheduled_at=strftime('%Y-%m-%d %H:%M:%f','now'),
            max_attempts=CASE WHEN attempt>=max_attempts THEN attempt+1 ELSE max_attempts END,
            errors=jsonb(json_insert(json(coalesce(errors,jsonb('[]'))),'$[#]',json_object('at',strftime('%Y-%m-%dT%H:%M:%fZ','now'),'attempt',attempt,'error','Requeued by dblock','trace','')))
          WHERE state='running' AND json_extract(metadata,'$.cancel_attempted_at') IS NULL`,
    requeued: 1,
    written: { 'river_job.scheduled_at': /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{0,2}[1-9])?$/ },
  },
  sidequest: {
    sql: `UPDATE sidequest_jobs SET state='waiting', available_at=CAST(unixepoch('subsec')*1000 AS INTEGER), claimed_at=NULL, claimed_by=NULL
          WHERE state IN('claimed','running')`,
    requeued: 1,
    written: { 'sidequest_jobs.available_at': /^\d{13}$/ },
  },
  plainjob: {
    sql: `UPDATE plainjob_jobs SET status=0, next_run_at=CAST(unixepoch('subsec')*1000 AS INTEGER) WHERE status=1;
          UPDATE plainjob_scheduled_jobs SET status=0 WHERE status=1;`,
    requeued: 1,
    written: { 'plainjob_jobs.next_run_at': /^\d{13}$/ },
  },
  litequeue: {
    sql: 'UPDATE Queue SET status=0, lock_time=NULL, done_time=NULL WHERE status=1',
    requeued: 1,
  },
  'persist-queue': { sql: 'UPDATE ack_queue_default SET status=1 WHERE status=2', requeued: 1 },
};

describe('the database of a real queue', () => {
  it.each(Object.entries(TRUTH))('%s', async (name, { sql, requeued, written = {} }) => {
    await using stage = await openStage();
    const [ours, theirs] = [stage.path('ours.db'), stage.path('theirs.db')];
    const packed = new URL(`../../../fixtures/queue-databases/${name}.db.gz`, import.meta.url);
    for (const path of [ours, theirs]) writeFileSync(path, gunzipSync(readFileSync(packed)));
    const original = tablesOf(ours);
    withDatabase(theirs, (db) => db.exec(sql));
    // The age counts where the name of the host that wrote it is not that of this one.
    const answer = await requeueOrphans(ours, '--apply', '--older-than', '1h', '--on-exhausted', 'requeue');
    expect(answer).toMatchObject({ status: 0, requeued, unknown: [], alive: [] });
    const [after, expected] = [tablesOf(ours), tablesOf(theirs)];
    const anything = Object.fromEntries(Object.keys(written).map((column) => [column, /./]));
    expect(withoutNow(after, original, written)).toEqual(withoutNow(expected, original, anything));
    const second = await requeueOrphans(ours, '--older-than', '1h');
    expect(second).toMatchObject({ status: 0, orphans: [] });
  });
});

type Tables = Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;

function tablesOf(path: string): Tables {
  return readCopy(path, (db) => {
    expect(db.pragma('foreign_key_check')).toEqual([]);
    const names = db
      .prepare(
        `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'`,
      )
      .pluck()
      .all()
      .map(String);
    return Object.fromEntries(names.map((name) => [name, rowsOf(db, name)]));
  });
}

function rowsOf(db: Database.Database, table: string): Record<string, string>[] {
  const rows = db.prepare<[], Record<string, unknown>>(`SELECT * FROM "${table}" ORDER BY 1`).safeIntegers();
  return rows.all().map((row) => {
    const cells = Object.entries(row).map(([column, value]) => [column, asText(db, value)]);
    return Object.fromEntries(cells);
  });
}

/** With its type. JSONB is compared as JSON: its bytes depend on how it was put together. */
function asText(db: Database.Database, value: unknown): string {
  if (!Buffer.isBuffer(value)) return `${typeof value} ${String(value)}`;
  const isJsonb = db.prepare('SELECT json_valid(?, 4)').pluck().get(value) === 1;
  const text = isJsonb ? String(db.prepare('SELECT json(?)').pluck().get(value)) : value.toString('hex');
  return `blob ${text.replaceAll(/"at":"[^"]*"/g, `"at":"…"`)}`;
}

/** What was written anew into these columns must look like `patterns`, and be of this moment; then it is the same. */
function withoutNow(tables: Tables, original: Tables, patterns: Readonly<Record<string, RegExp>>): Tables {
  const cell = (table: string, column: string, value: string) => {
    const pattern = patterns[`${table}.${column}`];
    const isOld = original[table]?.some((row) => row[column] === value);
    if (!pattern || isOld) return value;
    const [type = '', text = ''] = value.split(/ (.*)/s);
    expect(text).toMatch(pattern);
    if (column.endsWith('at') || column.endsWith('At')) expectNow(text);
    return `${type} written now`;
  };
  return Object.fromEntries(
    Object.entries(tables).map(([table, rows]) => [
      table,
      rows.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([column, value]) => [column, cell(table, column, value)]),
        ),
      ),
    ]),
  );
}

function expectNow(text: string): void {
  const number = Number(text);
  const ms = Number.isNaN(number)
    ? Date.parse(`${text.replace(' ', 'T').replace('Z', '')}Z`)
    : number * (text.length === 10 ? 1000 : 1);
  expect(Math.abs(Date.now() - ms)).toBeLessThan(600_000);
}
