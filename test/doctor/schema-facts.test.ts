/** What the empty schema says is held against what SQLite itself says about the statements that matter. */

import { readdirSync, readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { readSchemaFacts } from '../../src/doctor/schema-facts.js';
import type { Claim, ForeignKey, SchemaFacts } from '../../src/doctor/shapes.js';
import { known, unknown } from '../../src/known.js';
import type { SchemaObject } from '../../src/sqlite/shapes.js';

type Row = [
  type: SchemaObject['type'],
  name: string,
  tableName: string,
  rootPage: number,
  sql: string | null,
];

function inMemory<T>(script: string, use: (database: Database.Database) => T): T {
  const database = new Database(':memory:');
  try {
    return use(database.exec(script));
  } finally {
    database.close();
  }
}

function objectsOf(script: string): SchemaObject[] {
  return inMemory(script, (database) =>
    database
      .prepare<[], Row>('SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema')
      .raw()
      .all()
      .map(([type, name, tableName, rootPage, sql]) => ({ type, name, tableName, rootPage, sql })),
  );
}

async function factsOf(script: string): Promise<SchemaFacts> {
  const facts = await readSchemaFacts(known(objectsOf(script)));
  if (!facts.known) throw new Error(facts.reason);
  return facts.value;
}

/** What SQLite does with the children of a row that is deleted. */
function deletionPlan(script: string, parent: string): string[] {
  return inMemory(script, (database) =>
    database
      .prepare<[], [unknown, unknown, unknown, string]>(
        `EXPLAIN QUERY PLAN DELETE FROM ${parent} WHERE rowid = 1`,
      )
      .raw()
      .all()
      .map(([, , , detail]) => detail)
      .slice(1),
  );
}

const PARENT =
  'CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT COLLATE NOCASE UNIQUE, a INT, b INT, UNIQUE (a, b));';

describe('foreign keys', () => {
  it.each([
    ['no index', 'CREATE TABLE c (pid INT REFERENCES p);', 'CREATE INDEX "idx_c_pid" ON "c" ("pid");'],
    ['an index', 'CREATE TABLE c (pid INT REFERENCES p); CREATE INDEX i ON c (pid);', null],
    [
      'the second column of an index',
      'CREATE TABLE c (x, pid INT REFERENCES p); CREATE INDEX i ON c (x, pid);',
      'CREATE INDEX "idx_c_pid" ON "c" ("pid");',
    ],
    [
      'the first column of one',
      'CREATE TABLE c (x, pid INT REFERENCES p); CREATE INDEX i ON c (pid, x);',
      null,
    ],
    ['a unique constraint', 'CREATE TABLE c (pid INT UNIQUE REFERENCES p);', null],
    ['the primary key', 'CREATE TABLE c (id INTEGER PRIMARY KEY REFERENCES p);', null],
    [
      'a primary key without rowid',
      'CREATE TABLE c (x, pid INT REFERENCES p, PRIMARY KEY (pid, x)) WITHOUT ROWID;',
      null,
    ],
    [
      'the second column of that',
      'CREATE TABLE c (x, pid INT REFERENCES p, PRIMARY KEY (x, pid)) WITHOUT ROWID;',
      'CREATE INDEX "idx_c_pid" ON "c" ("pid");',
    ],
    [
      'a partial index that covers every key',
      'CREATE TABLE c (pid INT REFERENCES p); CREATE INDEX i ON c (pid) WHERE pid IS NOT NULL;',
      null,
    ],
    [
      'one that does not',
      'CREATE TABLE c (pid INT REFERENCES p, x); CREATE INDEX i ON c (pid) WHERE x = 0;',
      'CREATE INDEX "idx_c_pid" ON "c" ("pid");',
    ],
    [
      'an index of another collation',
      'CREATE TABLE c (code TEXT REFERENCES p (code)); CREATE INDEX i ON c (code);',
      'CREATE INDEX "idx_c_code_NOCASE" ON "c" ("code" COLLATE NOCASE);',
    ],
    [
      'an index of the same collation',
      'CREATE TABLE c (code TEXT REFERENCES p (code)); CREATE INDEX i ON c (code COLLATE NOCASE);',
      null,
    ],
    [
      'two columns',
      'CREATE TABLE c (a INT, b INT, FOREIGN KEY (a, b) REFERENCES p (a, b));',
      'CREATE INDEX "idx_c_a_b" ON "c" ("a", "b");',
    ],
    [
      'two columns, of which one has an index',
      'CREATE TABLE c (a INT, b INT, FOREIGN KEY (a, b) REFERENCES p (a, b)); CREATE INDEX i ON c (b);',
      null,
    ],
    [
      'a name that is taken',
      'CREATE TABLE c (pid INT REFERENCES p); CREATE VIEW idx_c_pid AS SELECT 1;',
      'CREATE INDEX "idx_c_pid_2" ON "c" ("pid");',
    ],
    [
      'a column without a type, which no index can serve',
      'CREATE TABLE c (pid REFERENCES p); CREATE INDEX i ON c (pid);',
      undefined,
    ],
  ])('%s', async (_, child, createIndex) => {
    const script = PARENT + child;
    const { foreignKeys } = await factsOf(script);
    expect(foreignKeys).toHaveLength(1);
    const [key] = foreignKeys;
    expect(key).toMatchObject({ indexed: createIndex === null, createIndex: createIndex ?? null });
    const isSearched = deletionPlan(script, 'p').every((line) => line.startsWith('SEARCH c '));
    expect(key?.indexed).toBe(isSearched);
    if (createIndex) {
      const after = await factsOf(script + createIndex);
      expect(after.foreignKeys[0]).toMatchObject({ indexed: true });
      expect(deletionPlan(script + createIndex, 'p')[0]).toMatch(/^SEARCH c /);
    }
  });

  it('tells columns, parent and actions, with the odd names that a schema may have', async () => {
    const { foreignKeys } = await factsOf(
      'CREATE TABLE "p ""1""" (id INTEGER PRIMARY KEY); CREATE TABLE [c 2] (`a b` INT REFERENCES "P ""1""" ON DELETE CASCADE ON UPDATE SET NULL);',
    );
    expect(foreignKeys).toEqual<ForeignKey[]>([
      {
        ...{ table: 'c 2', columns: ['a b'], parent: 'P "1"', parentColumns: ['id'] },
        ...{ onDelete: 'CASCADE', onUpdate: 'SET NULL', plan: ['SCAN child'], indexed: false },
        createIndex: 'CREATE INDEX "idx_c_2_a_b" ON "c 2" ("a b");',
      },
    ]);
  });

  it('leaves out keys that refer to nothing', async () => {
    const script = `${PARENT} CREATE TABLE c (x INT REFERENCES nowhere (id), y INT, z INT, FOREIGN KEY (y, z) REFERENCES p);`;
    expect(await factsOf(script)).toMatchObject({ foreignKeys: [], leftOut: [] });
  });

  it('says nothing about a table of which an index could not be rebuilt', async () => {
    const objects = objectsOf(`${PARENT} CREATE TABLE c (pid INT REFERENCES p); CREATE INDEX i ON c (pid);`);
    const sql = 'CREATE INDEX i ON c (pid, soundslike(pid))';
    const changed = objects.map((object) => (object.name === 'i' ? { ...object, sql } : object));
    expect(await readSchemaFacts(known(changed))).toEqual(
      known({
        foreignKeys: [],
        claims: [],
        leftOut: [{ name: 'i', table: 'c', reason: 'no such function: soundslike' }],
      }),
    );
  });
});

const JOBS = 'CREATE TABLE jobs (id INTEGER PRIMARY KEY, status TEXT, priority INT, created_at INT);';

describe('claims', () => {
  const onlyClaim = async (script: string): Promise<Claim | undefined> => (await factsOf(script)).claims[0];

  it('finds a scan, and an index that ends it', async () => {
    const claim = await onlyClaim(JOBS);
    expect(claim).toEqual<Claim>({
      table: 'jobs',
      sql: 'SELECT * FROM "jobs" WHERE "status" = ? ORDER BY "priority", "created_at" LIMIT 1',
      plan: ['SCAN jobs', 'USE TEMP B-TREE FOR ORDER BY'],
      scans: true,
      sorts: true,
      createIndex:
        'CREATE INDEX "idx_jobs_status_priority_created_at" ON "jobs" ("status", "priority", "created_at");',
    });
    expect(await onlyClaim(JOBS + claim?.createIndex)).toMatchObject({ scans: false, sorts: false });
  });

  it.each([
    ['an index on the state alone', 'CREATE INDEX i ON jobs (status);', { scans: false, sorts: true }],
    ['an index on the age alone', 'CREATE INDEX i ON jobs (created_at);', { scans: true, sorts: true }],
    [
      'state, priority and age',
      'CREATE INDEX i ON jobs (status, priority, created_at);',
      { scans: false, sorts: false },
    ],
    [
      'highest priority first',
      'CREATE INDEX i ON jobs (status, priority DESC, created_at);',
      { scans: false, sorts: false },
    ],
    ['state and priority', 'CREATE INDEX i ON jobs (status, priority);', { scans: false, sorts: false }],
    [
      'waiting jobs only',
      "CREATE INDEX i ON jobs (priority, created_at) WHERE status = 'queued';",
      { scans: false, sorts: false },
    ],
    [
      'waiting jobs only, unsorted',
      "CREATE INDEX i ON jobs (id) WHERE status = 'queued';",
      { scans: true, sorts: true },
    ],
    [
      'finished jobs only, by another column',
      'CREATE INDEX i ON jobs (priority) WHERE created_at > 0;',
      { scans: true, sorts: true },
    ],
  ])('with %s', async (_, createIndex, expected) => {
    expect(await onlyClaim(JOBS + createIndex)).toMatchObject(expected);
  });

  it('accepts an index that begins with the queue', async () => {
    const jobs = 'CREATE TABLE jobs (id INTEGER PRIMARY KEY, queue TEXT, state TEXT, run_at INT);';
    expect(await onlyClaim(`${jobs} CREATE INDEX i ON jobs (queue, state, run_at);`)).toMatchObject({
      scans: false,
      sorts: false,
    });
    expect(await onlyClaim(`${jobs} CREATE INDEX i ON jobs (queue);`)).toMatchObject({ scans: true });
  });

  it.each([
    ['orders of a shop', 'CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT, created_at INT)'],
    ['people', 'CREATE TABLE users (id INTEGER PRIMARY KEY, status TEXT, last_seen INT, created_at INT)'],
    [
      'a record of what was done',
      'CREATE TABLE job_log (id INTEGER PRIMARY KEY, state TEXT, created_at INT)',
    ],
    [
      'a timetable',
      'CREATE TABLE scheduled_jobs (id INTEGER PRIMARY KEY, status INT, cron TEXT, next_run_at INT)',
    ],
    ['jobs without a time', 'CREATE TABLE jobs (id INTEGER PRIMARY KEY, status TEXT)'],
    ['jobs without a state', 'CREATE TABLE jobs (id INTEGER PRIMARY KEY, created_at INT)'],
  ])('does not take %s for a queue', async (_, script) => {
    expect(await factsOf(script)).toEqual({ foreignKeys: [], claims: [], leftOut: [] });
  });
});

const QUEUES = new URL('../../fixtures/queues/', import.meta.url);

describe('the queues that run on SQLite', () => {
  const expected: Readonly<Record<string, string>> = {
    bunqueue: 'jobs sorts',
    'django-tasks-db': 'django_tasks_database_dbtaskresult is served',
    liteque: 'tasks sorts',
    litequeue: 'Queue is served',
    oban: 'oban_jobs is served',
    'persist-queue': 'ack_queue_default scans',
    plainjob: 'plainjob_jobs is served',
    river: 'river_job is served',
    sidequest: 'sidequest_jobs scans',
  };
  // kombu declares the key, and no index
  const unindexed: Readonly<Record<string, string>> = { 'celery-sqlalchemy': 'kombu_message' };

  it.each(readdirSync(QUEUES).map((file) => file.replace(/\.sql$/, '')))('%s', async (name) => {
    const { foreignKeys, claims, leftOut } = await factsOf(
      readFileSync(new URL(`${name}.sql`, QUEUES), 'utf8'),
    );
    const described = claims.map(
      ({ table, scans, sorts }) => `${table} ${scans ? 'scans' : sorts ? 'sorts' : 'is served'}`,
    );
    expect(described.join()).toBe(expected[name] ?? '');
    const slow = foreignKeys.filter(({ indexed }) => !indexed).map(({ table }) => table);
    expect(slow.join()).toBe(unindexed[name] ?? '');
    expect(leftOut).toEqual([]);
  });
});

describe('readSchemaFacts', () => {
  it('has nothing to say about a schema that cannot be read', async () => {
    expect(await readSchemaFacts(unknown('it changed'))).toEqual(unknown('it changed'));
  });

  it('refuses a schema too large to rebuild', async () => {
    const objects = Array.from({ length: 1001 }, (_, at): SchemaObject => {
      const name = `jobs${at}`;
      return { type: 'table', name, tableName: name, rootPage: 2 + at, sql: `CREATE TABLE ${name} (status)` };
    });
    expect(await readSchemaFacts(known(objects))).toEqual(
      unknown('dblock rebuilds at most 1,000 definitions, and 1,001 tables and indexes matter here'),
    );
  });
});
