import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { detectQueues } from '../../../src/queue/detect.js';
import { presets } from '../../../src/queue/presets/index.js';
import { listTables } from '../../../src/queue/tables.js';
import type { Row, RowConnection } from '../../../src/sqlite/row-connection.js';

const FIXTURES = new URL('../../../fixtures/queues/', import.meta.url);

/** Which presets must recognise a schema of fixtures/queues: its own, and no other. */
const OWN: Readonly<Record<string, string>> = {
  'apscheduler-4': 'apscheduler-4',
  airflow: 'airflow',
  bunqueue: 'bunqueue',
  'celery-sqlalchemy': 'celery-sqlalchemy',
  delayed_job: 'delayed-job',
  'django-background-tasks': 'django-background-tasks',
  'django-q2': 'django-q2',
  'django-tasks-db': 'django-tasks',
  huey: 'huey',
  laravel: 'laravel',
  liteque: 'liteque',
  litequeue: 'litequeue',
  n8n: 'n8n',
  nextcloud: 'nextcloud',
  'nextcloud-34': 'nextcloud',
  oban: 'oban-lite',
  payload: 'payload',
  'payload-v4': 'payload-v4',
  'persist-queue': 'persist-queue',
  plainjob: 'plainjob plainjob-schedule',
  prefect: 'prefect',
  river: 'river',
  sidequest: 'sidequest',
  solid_queue: 'solid-queue',
  'symfony-messenger': 'symfony-messenger',
};

function recognised(schema: string): string {
  return detect(schema)
    .found.map(({ preset }) => preset.id)
    .join(' ');
}

function detect(schema: string) {
  const database = new Database(':memory:');
  try {
    database.exec(schema.replaceAll(/^CREATE TABLE sqlite_sequence.*$/gm, ''));
    return detectQueues(listTables(reader(database)), presets);
  } finally {
    database.close();
  }
}

/** All that listTables asks for. */
function reader(database: Database.Database): RowConnection {
  const unused = () => {
    throw new Error('only reads');
  };
  return {
    rows: (sql) => database.prepare(sql).raw().all() as Row[],
    ...{ run: unused, setBusyTimeout: unused, isInTransaction: () => false, close: unused },
  };
}

const read = (name: string) => readFileSync(new URL(`${name}.sql`, FIXTURES), 'utf8');

describe('a schema as the framework makes it', () => {
  it.each(readdirSync(FIXTURES).map((file) => file.replace(/\.sql$/, '')))(
    '%s is recognised by its own preset alone',
    (name) => {
      expect(recognised(read(name))).toBe(OWN[name]);
      expect(detect(read(name)).ambiguous).toEqual([]);
    },
  );

  it('every preset has one', () => {
    const covered = Object.values(OWN).flatMap((ids) => ids.split(' '));
    expect(presets.map(({ id }) => id).filter((id) => !covered.includes(id))).toEqual([]);
  });

  it.each([
    ['laravel', 'jobs', 'app_jobs'],
    ['laravel', 'jobs', 'Queued Work'],
    ['delayed_job', 'delayed_jobs', 'admin_delayed_jobs'],
    ['symfony-messenger', 'messenger_messages', 'mq'],
    ['nextcloud', 'oc_jobs', 'nc_jobs'],
    ['oban', 'oban_jobs', 'private_jobs'],
    ['river', 'river_job', 'work'],
    ['sidequest', 'sidequest_jobs', 'JOBS'],
    ['persist-queue', 'ack_queue_default', 'ack_unique_queue_mails'],
    ['payload', 'payload_jobs', 'my_jobs'],
    ['litequeue', 'Queue', 'inbox'],
  ])('%s is recognised with %s named "%s"', (name, usual, renamed) => {
    const schema = read(name).replaceAll(
      new RegExp(`(["\`[ ])${usual}(?=["\`\\] (])`, 'g'),
      (match, before: string) =>
        /["`[]/.test(before) ? match.replace(usual, renamed) : `${before}"${renamed}"`,
    );
    expect(schema).toContain(renamed);
    expect(recognised(schema)).toBe(OWN[name]);
  });

  it('two prefixes are two queues', () => {
    const other = read('laravel').replaceAll(
      /"(jobs|failed_jobs|jobs_queue_index|failed_jobs_uuid_unique)"/g,
      '"blog_$1"',
    );
    const { found } = detect(`${read('laravel')}\n${other}`);
    expect(found.map(({ tables }) => Object.values(tables).map(({ name }) => name))).toEqual([
      ['blog_jobs', 'blog_failed_jobs'],
      ['jobs', 'failed_jobs'],
    ]);
  });

  it('the archive of django-background-tasks is no queue, although its columns are the same', () => {
    const { found } = detect(read('django-background-tasks'));
    expect(found.map(({ tables }) => tables['tasks']?.name)).toEqual(['background_task']);
    expect(found[0]?.tables['completed']?.name).toBe('background_task_completedtask');
  });
});

describe('tables of ordinary applications', () => {
  it.each([
    [
      `a table of one's own called jobs`,
      'CREATE TABLE jobs(id INTEGER PRIMARY KEY, type TEXT, status TEXT, payload TEXT, locked_by TEXT, locked_at TEXT, attempts INTEGER, created_at TEXT)',
    ],
    [
      'jobs that one applies for',
      'CREATE TABLE jobs(id INTEGER PRIMARY KEY, title TEXT, company TEXT, salary INTEGER, status TEXT, created_at TEXT)',
    ],
    [
      'users with a status',
      'CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT, status TEXT, locked_at TEXT, failed_attempts INTEGER, created_at TEXT)',
    ],
    [
      'tasks of a to-do list',
      'CREATE TABLE tasks(id INTEGER PRIMARY KEY, title TEXT, status TEXT, priority INTEGER, run_at TEXT, done_at TEXT)',
    ],
    [
      'messages of a chat',
      'CREATE TABLE messages(id INTEGER PRIMARY KEY, body TEXT, headers TEXT, created_at TEXT, delivered_at TEXT)',
    ],
    [
      'a table of Android',
      'CREATE TABLE messages(_id INTEGER PRIMARY KEY, data BLOB, timestamp INTEGER, status INTEGER, address TEXT)',
    ],
    [
      'a key-value store',
      'CREATE TABLE kv(queue TEXT, key TEXT, value BLOB); CREATE TABLE task(id INTEGER PRIMARY KEY, name TEXT)',
    ],
    [
      'a cache',
      'CREATE TABLE cache("key" TEXT PRIMARY KEY, value TEXT, expiration INTEGER); CREATE TABLE cache_locks("key" TEXT PRIMARY KEY, owner TEXT, expiration INTEGER)',
    ],
    [
      'an archive of Laravel that is a view',
      'CREATE TABLE x(id, queue, payload, attempts, reserved_at, available_at); CREATE VIEW jobs AS SELECT *, 1 AS created_at FROM x',
    ],
    [
      'APScheduler 3, which has no running state',
      'CREATE TABLE apscheduler_jobs(id VARCHAR(191) PRIMARY KEY, next_run_time FLOAT, job_state BLOB NOT NULL)',
    ],
    [
      'the rest of Laravel',
      'CREATE TABLE job_batches(id TEXT PRIMARY KEY, name TEXT, total_jobs INTEGER, pending_jobs INTEGER, failed_jobs INTEGER, failed_job_ids TEXT, options TEXT, cancelled_at INTEGER, created_at INTEGER, finished_at INTEGER)',
    ],
  ])('%s', (_, schema) => {
    expect(detect(schema)).toEqual({ found: [], ambiguous: [] });
  });
});

const REAL = new URL('../../../fixtures/queue-databases/', import.meta.url);

describe('a database that the framework wrote', () => {
  it.each(readdirSync(REAL).filter((file) => file.endsWith('.gz')))('%s', (file) => {
    // Bytes 18 and 19 are the journal mode: WAL cannot be opened in memory.
    const database = new Database(gunzipSync(readFileSync(new URL(file, REAL))).fill(1, 18, 20));
    try {
      const { found, ambiguous } = detectQueues(listTables(reader(database)), presets);
      expect(found.map(({ preset }) => preset.id).join(' ')).toBe(OWN[file.replace(/\.db\.gz$/, '')]);
      expect(ambiguous).toEqual([]);
    } finally {
      database.close();
    }
  });
});
