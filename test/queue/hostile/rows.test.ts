/** Rows that are hard to name, and tables that do not let themselves be changed. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { skipReason } from '../../support/programs.js';
import { openStage } from '../../support/stage.js';
import { OWN_TABLE, requeueOrphans } from '../requeue.js';
import { deadPid, rowsOf, withDatabase } from '../tables.js';

const LINUX = ['linux'] as const;
const REST = 'status TEXT, worker_pid INTEGER, started_at INTEGER';
const CLAIMED = [deadPid(), 1_790_000_000];
const ALL = 'SELECT * FROM jobs';

/** Columns of the key, how it is declared, and keys. */
const keys: readonly (readonly [name: string, ddl: string, rows: readonly (readonly unknown[])[]])[] = [
  ['NULL', `(id TEXT PRIMARY KEY, ${REST})`, [[null], [null], ['a']]],
  ['BLOB', `(id BLOB PRIMARY KEY, ${REST}) WITHOUT ROWID`, [[Buffer.from([0, 255])], [Buffer.alloc(0)]]],
  ['REAL', `(id REAL PRIMARY KEY, ${REST})`, [[0.1], [1e300], [Number.POSITIVE_INFINITY]]],
  [
    'composite',
    `(id TEXT COLLATE NOCASE, part INTEGER, ${REST}, PRIMARY KEY (id, part)) WITHOUT ROWID`,
    [
      ['Ä"x', 9_007_199_254_740_993n],
      ['z\0z', 2],
      ['Z\0Z', 3],
    ],
  ],
  ['far away', `(id INTEGER PRIMARY KEY, ${REST})`, [[-5], [9_223_372_036_854_775_807n]]],
];

describe.skipIf(skipReason(LINUX))('a key', () => {
  it.each(keys)('that is %s is requeued, and put back as it was', async (_, ddl, rows) => {
    await using stage = await openStage();
    const path = stage.path('queue.db');
    withDatabase(path, (db) => {
      db.exec(`CREATE TABLE jobs${ddl}`);
      for (const key of rows) {
        const values = [...key, 'running', ...CLAIMED];
        db.prepare(`INSERT INTO jobs VALUES (${values.map(() => '?').join(', ')})`).run(...values);
      }
    });
    const before = rowsOf(path, ALL);
    const journal = stage.path('journal.jsonl');
    const done = await requeueOrphans(path, ...OWN_TABLE, '--apply', '--journal', journal);
    expect(done).toMatchObject({ status: 0, requeued: rows.length });
    expect(rowsOf(path, `${ALL} WHERE status = 'queued' AND worker_pid IS NULL`)).toHaveLength(rows.length);
    expect(await requeueOrphans(path, '--undo', journal, '--apply')).toMatchObject({ status: 0 });
    expect(rowsOf(path, ALL)).toEqual(before);
  });
});

describe.skipIf(skipReason(LINUX))('a table', () => {
  it.each([
    ['a CHECK', `CHECK (status <> 'queued' OR id <> 2)`, ''],
    ['a UNIQUE index', '', `CREATE UNIQUE INDEX one ON jobs(part) WHERE status = 'queued'`],
    [
      'a trigger that aborts',
      '',
      `CREATE TRIGGER no BEFORE UPDATE ON jobs WHEN old.id = 2 BEGIN SELECT RAISE(ABORT, 'no'); END`,
    ],
    [
      'a trigger that rolls back',
      '',
      `CREATE TRIGGER no BEFORE UPDATE ON jobs WHEN old.id = 2 BEGIN SELECT RAISE(ROLLBACK, 'no'); END`,
    ],
    [
      'a trigger that takes it back',
      '',
      `CREATE TRIGGER no AFTER UPDATE ON jobs WHEN new.id = 2 BEGIN UPDATE jobs SET status = 'running' WHERE id = 2; END`,
    ],
  ])('with %s refuses one row, and the others are requeued', async (_, check, also) => {
    await using stage = await openStage();
    const path = stage.path('queue.db');
    withDatabase(path, (db) => {
      db.exec(`CREATE TABLE jobs(id INTEGER PRIMARY KEY, part TEXT, ${REST} ${check})`);
      const insert = db.prepare('INSERT INTO jobs VALUES (?, ?, ?, ?, ?)');
      insert.run(0, 'b', 'queued', null, null);
      for (const [id, part] of ['a', 'b', 'c'].entries()) insert.run(id + 1, part, 'running', ...CLAIMED);
      db.exec(also);
    });
    const done = await requeueOrphans(path, ...OWN_TABLE, '--apply');
    expect(done).toMatchObject({ status: 1, requeued: 2 });
    expect(rowsOf(path, `${ALL} WHERE status = 'running'`)).toEqual([
      { id: 2, part: 'b', status: 'running', worker_pid: CLAIMED[0], started_at: CLAIMED[1] },
    ]);
  });
});

describe.skipIf(skipReason(LINUX))('several dblock at once', () => {
  it('requeue each job once, and their journals undo it all', async () => {
    await using stage = await openStage();
    const path = stage.path('queue.db');
    const jobs = 5000;
    withDatabase(path, (db) => {
      db.pragma('journal_mode = WAL');
      db.exec(`CREATE TABLE jobs(id INTEGER PRIMARY KEY, ${REST});
        WITH RECURSIVE ids(id) AS (VALUES (1) UNION ALL SELECT id + 1 FROM ids WHERE id < ${jobs})
          INSERT INTO jobs SELECT id, 'running', ${CLAIMED.join(', ')} FROM ids;`);
    });
    const before = rowsOf(path, ALL);
    const journals = [1, 2, 3].map((number) => stage.path(`${number}.jsonl`));
    const runs = await Promise.all(
      journals.map((journal) => requeueOrphans(path, ...OWN_TABLE, '--apply', '--journal', journal)),
    );
    expect(runs.map(({ status }) => status)).toEqual([0, 0, 0]);
    expect(runs.reduce((sum, { requeued }) => sum + (requeued ?? 0), 0)).toBe(jobs);
    for (const [index, journal] of journals.entries()) {
      if (!existsSync(journal)) continue;
      const undone = await requeueOrphans(path, '--undo', journal, '--apply');
      expect(undone.status).toBe(0);
      // what a run found to be done by another is not its own to undo
      expect(JSON.parse(undone.stdout).databases[0].undone.restored).toBe(runs[index]?.requeued);
    }
    expect(rowsOf(path, ALL)).toEqual(before);
  });
});
