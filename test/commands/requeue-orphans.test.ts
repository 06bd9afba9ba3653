/** What users can ask for, and databases that are not as they should be. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { runDblock } from '../support/dblock.js';
import { expectUnchanged, snapshotFolder } from '../support/snapshot.js';
import { openStage, type Stage } from '../support/stage.js';

const OWN = `CREATE TABLE work(id INTEGER PRIMARY KEY, status TEXT NOT NULL CHECK (status IN ('queued','running','failed','done')),
  started_at INTEGER, worker TEXT, attempts INTEGER NOT NULL DEFAULT 0, max_attempts INTEGER NOT NULL DEFAULT 3);
  INSERT INTO work(id, status, started_at, worker, attempts) VALUES (1,'queued',NULL,NULL,0), (2,'running',1700000000,'w1',1),
    (3,'running',1700000000,'w2',1), (4,'running',1700000000,'w2',5), (5,'done',NULL,NULL,1), (6,'failed',NULL,NULL,3);`;
const MAPPING = [
  ...['--table', 'work', '--status', 'status', '--running', 'running', '--queued', 'queued'],
  ...['--failed', 'failed', '--started', 'started_at', '--owner', 'worker'],
  ...['--attempts', 'attempts', '--max-attempts', 'max_attempts'],
  '--keeps-open',
];

function make(stage: Stage, sql: string, name = 'app.db'): string {
  const path = stage.path(name);
  const database = new Database(path);
  database.exec(sql);
  database.close();
  return path;
}

function rows(path: string, sql = 'SELECT id, status, started_at, worker, attempts FROM work ORDER BY id') {
  const database = new Database(path, { readonly: true });
  try {
    return database.prepare(sql).raw().all();
  } finally {
    database.close();
  }
}

async function requeue(stage: Stage, ...args: readonly string[]) {
  const { status, stdout, stderr } = await runDblock(['requeue-orphans', '--interval', '10ms', ...args], {
    cwd: stage.folder,
    env: { COLUMNS: '1000' },
  });
  return { status, text: stdout + stderr };
}

describe('requeue-orphans', () => {
  it('without --apply changes no byte, says what it would do, and exits with 1', async () => {
    await using stage = await openStage();
    const path = make(stage, `PRAGMA journal_mode = WAL; ${OWN}`);
    const before = await snapshotFolder(stage.folder);
    const { status, text } = await requeue(stage, path, ...MAPPING);
    expect(status).toBe(1);
    expect(text).toContain('3 jobs left running by a dead worker. Nothing was changed.');
    expect(text).toContain(`sets status = 'queued', started_at = NULL, worker = NULL`);
    expect(text).toMatch(/dblock requeue-orphans \S+app\.db --table work .*--apply\n/);
    expectUnchanged(before, await snapshotFolder(stage.folder));
  });

  it.each([
    [[], { 3: ['queued', 0], 4: ['failed', 5] }],
    [['--on-exhausted', 'requeue'], { 3: ['queued', 0], 4: ['queued', 4] }],
    [['--no-refund'], { 3: ['queued', 1], 4: ['failed', 5] }],
    [['--mode', 'fail'], { 3: ['failed', 1], 4: ['failed', 5] }],
    [['--id', '3'], { 2: ['running', 1], 3: ['queued', 0], 4: ['running', 5] }],
  ])('--apply %j', async (options, expected) => {
    await using stage = await openStage();
    const path = make(stage, OWN);
    expect((await requeue(stage, path, ...MAPPING, ...options, '--apply')).status).toBe(0);
    const now = new Map(
      rows(path)
        .map((row) => (row as unknown[]).slice(0, 5) as [number, ...unknown[]])
        .map(([id, status, , , attempts]) => [String(id), [status, attempts]]),
    );
    expect(now.get('1')).toEqual(['queued', 0]);
    expect(now.get('5')).toEqual(['done', 1]);
    for (const [id, state] of Object.entries(expected)) expect(now.get(id)).toEqual(state);
  });

  it('--limit and --on-exhausted skip leave some, and say so with 1', async () => {
    await using stage = await openStage();
    const path = make(stage, OWN);
    const limited = await requeue(stage, path, ...MAPPING, '--limit', '1', '--apply');
    expect(limited.status).toBe(1);
    expect(rows(path, `SELECT id FROM work WHERE status = 'running'`)).toEqual([[3], [4]]);
    const skipped = await requeue(stage, path, ...MAPPING, '--on-exhausted', 'skip', '--apply');
    expect(skipped.status).toBe(1);
    expect(rows(path, `SELECT id FROM work WHERE status = 'running'`)).toEqual([[4]]);
    const again = await requeue(stage, path, ...MAPPING, '--on-exhausted', 'skip', '--apply');
    expect(again).toMatchObject({ status: 1, text: expect.stringContaining('Nothing was changed.') });
    expect(again.text).not.toContain('To do it');
  });

  it('the journal is for its owner alone, is not written over, and undoes it all but what was changed since', async () => {
    await using stage = await openStage();
    const path = make(stage, OWN);
    const journal = stage.path('journal.jsonl');
    const before = rows(path);
    await requeue(stage, path, ...MAPPING, '--apply', '--journal', journal);
    expect(statSync(journal).mode & 0o777).toBe(0o600);
    const database = new Database(path);
    database.exec(`UPDATE work SET status = 'done' WHERE id = 3`);
    database.close();
    const preview = await requeue(stage, '--undo', journal);
    expect(preview.text).toContain('2 jobs can be put back as before; nothing was changed; 1 job left alone');
    const undone = await requeue(stage, '--undo', journal, '--apply');
    expect(undone.status).toBe(1);
    expect(rows(path)).toEqual(
      before.map((row) => ((row as unknown[])[0] === 3 ? [3, 'done', null, null, 0] : row)),
    );
    const again = await requeue(stage, path, ...MAPPING, '--apply', '--journal', journal);
    expect(again.status).toBe(2);
    expect(again.text).toContain('EEXIST');
    expect(rows(path, `SELECT count(*) FROM work WHERE status = 'running'`)).toEqual([[2]]);
  });

  it('a torn last line is no obstacle to an undo', async () => {
    await using stage = await openStage();
    const path = make(stage, OWN);
    const before = rows(path);
    const journal = stage.path('journal.jsonl');
    await requeue(stage, path, ...MAPPING, '--apply', '--journal', journal);
    writeFileSync(journal, `${readFileSync(journal, 'utf8')}{"preset":"gen`);
    const { status, text } = await requeue(stage, '--undo', journal, '--apply');
    expect(status).toBe(0);
    expect(text).toContain('torn');
    expect(rows(path)).toEqual(before);
  });
});

describe('a table of your own', () => {
  it('is guessed and shown, and changed only with --yes or by the configuration that is printed', async () => {
    await using stage = await openStage();
    const path = make(stage, OWN);
    const before = await snapshotFolder(stage.folder);
    const shown = await requeue(stage, path, '--apply');
    expect(shown.status).toBe(2);
    expect(shown.text).toContain('is a guess');
    expect(rows(path, `SELECT count(*) FROM work WHERE status = 'running'`)).toEqual([[3]]);
    expect([...(await snapshotFolder(stage.folder)).keys()]).toEqual([...before.keys()]);
    const configuration = /\n {4}\{\n[\s\S]*?\n {4}\}\n/.exec(shown.text)?.[0] ?? '';
    writeFileSync(stage.path('dblock.config.json'), configuration);
    const unsure = await requeue(stage, path, '--apply');
    expect(unsure).toMatchObject({ status: 0, text: expect.stringContaining('of 3 it cannot be told') });
    expect(unsure.text).toContain('--workers-stopped');
    const done = await requeue(stage, path, '--apply', '--workers-stopped');
    expect(done.text).toContain('2 jobs requeued, 1 job marked as failed.');
    expect(done.status).toBe(0);
  });

  it.each([
    ['a column that is not there', ['--status', 'stauts'], `Did you mean "status"?`],
    ['a table that is not there', ['--table', 'wrok'], `Did you mean "work"?`],
    ['a view', ['--table', 'jobs_view'], 'is a view'],
    ['a virtual table', ['--table', 'words'], 'is a virtual table'],
    ['a generated column', ['--also', 'label=x'], 'generated column'],
    ['a preset that is not', ['--preset', 'laravell'], '--table'],
  ])('%s is named, and nothing changes', async (_, options, sentence) => {
    await using stage = await openStage();
    const more = `ALTER TABLE work ADD COLUMN label AS (status || id); CREATE VIEW jobs_view AS SELECT * FROM work; CREATE VIRTUAL TABLE words USING fts5(status);`;
    const path = make(stage, OWN + more);
    const { status, text } = await requeue(stage, path, ...MAPPING, ...options, '--apply');
    if (options[0] === '--preset') return expect(status).toBe(0);
    expect(status).toBe(2);
    expect(text).toContain(sentence);
    expect(rows(path, `SELECT count(*) FROM work WHERE status = 'running'`)).toEqual([[3]]);
  });

  it('whose CHECK refuses the queued value is refused, row by row', async () => {
    await using stage = await openStage();
    const path = make(stage, OWN);
    const mapping = MAPPING.map((word) => (word === 'queued' ? 'pending' : word));
    const { status, text } = await requeue(stage, path, ...mapping, '--on-exhausted', 'requeue', '--apply');
    expect(status).toBe(1);
    expect(text).toContain('CHECK constraint failed');
    expect(text).toContain('3 jobs refused by a constraint.');
    expect(rows(path, `SELECT count(*) FROM work WHERE status = 'running'`)).toEqual([[3]]);
  });

  it('with odd names, NULL as the waiting state and no rowid', async () => {
    await using stage = await openStage();
    const path = make(
      stage,
      `CREATE TABLE "order ""by"" {now:unix-s}"("group" TEXT, "it's" TEXT, "select" TEXT, PRIMARY KEY("group","it's")) WITHOUT ROWID;
       INSERT INTO "order ""by"" {now:unix-s}" VALUES ('a','b','run{table}ning'), ('a','c',NULL);`,
    );
    const table = 'order "by" {now:unix-s}';
    const args = [
      '--table',
      table,
      '--status',
      'select',
      '--running',
      'run{table}ning',
      '--queued',
      'NULL',
      '--keeps-open',
    ];
    const { status } = await requeue(stage, path, ...args, '--apply');
    expect(status).toBe(0);
    expect(rows(path, `SELECT "it's" FROM "order ""by"" {now:unix-s}" WHERE "select" IS NULL`)).toEqual([
      ['b'],
      ['c'],
    ]);
  });
});

describe('which queue', () => {
  const LARAVEL = (name: string) =>
    `CREATE TABLE ${name}(id integer primary key, queue text, payload text, attempts integer, reserved_at integer, available_at integer, created_at integer);
     INSERT INTO ${name} VALUES (1,'q','{}',1,1700000000,1,1);`;

  it('of several has to be said', async () => {
    await using stage = await openStage();
    const path = make(stage, LARAVEL('jobs') + LARAVEL('mails'));
    const preview = await requeue(stage, path);
    expect(preview.status).toBe(1);
    const unsaid = await requeue(stage, path, '--apply');
    expect(unsaid.status).toBe(2);
    expect(unsaid.text).toContain('"jobs", "mails"');
    expect((await requeue(stage, path, '--table', 'mails', '--apply')).status).toBe(0);
    expect(rows(path, 'SELECT reserved_at FROM jobs UNION ALL SELECT reserved_at FROM mails')).toEqual([
      [1700000000],
      [null],
    ]);
  });

  it('is none: says what was looked for, with 2', async () => {
    await using stage = await openStage();
    const path = make(stage, 'CREATE TABLE users(id, name)');
    const { status, text } = await requeue(stage, path);
    expect(status).toBe(2);
    expect(text).toContain('looked for the tables of laravel');
  });

  it.each([
    [['--force'], '--older-than'],
    [['--mode', 'requeu'], 'Did you mean "requeue"?'],
    [['--tz', 'Europe/Nowhere'], 'Europe/Berlin'],
    [['--limit', '0'], 'whole number'],
    [['--status', 'x'], '--running'],
    [['--undo', 'nothing.jsonl'], 'nothing.jsonl'],
  ])('%j is wrong usage', async (options, sentence) => {
    await using stage = await openStage();
    const path = make(stage, OWN);
    const { status, text } = await requeue(stage, path, ...options);
    expect(status).toBe(2);
    expect(text).toContain(sentence);
  });
});

describe('what a crash left', () => {
  it('a WAL is not touched without --recover, which keeps a copy', async () => {
    await using stage = await openStage();
    const path = make(stage, `PRAGMA journal_mode = WAL; ${OWN}`);
    const actor = await stage.actor('python');
    const connection = await actor.open(path);
    await connection.exec(`INSERT INTO work(id, status, worker) VALUES (7, 'running', 'w9')`);
    await actor.kill();
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    const before = await snapshotFolder(stage.folder);
    const preview = await requeue(stage, path, ...MAPPING);
    expect(preview.text).toContain('4 jobs left running');
    const refused = await requeue(stage, path, ...MAPPING, '--apply');
    expect(refused.status).toBe(2);
    expect(refused.text).toContain('--recover');
    expectUnchanged(before, await snapshotFolder(stage.folder));
    const done = await requeue(stage, path, ...MAPPING, '--apply', '--recover');
    expect(done.status).toBe(0);
    expect(readdirSync(stage.folder).some((name) => name.startsWith('app.db-wal.saved-'))).toBe(true);
    expect(rows(path, `SELECT count(*) FROM work WHERE status = 'running'`)).toEqual([[0]]);
  });

  it.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
    'a full disk stops it, with nothing half written',
    async () => {
      await using stage = await openStage();
      const folder = stage.path('small');
      spawnSync('mkdir', [folder]);
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', folder]).status !== 0) return;
      try {
        const many = `PRAGMA journal_mode = WAL; ${OWN} WITH RECURSIVE n(i) AS (VALUES (10) UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
          INSERT INTO work(id, status, started_at, worker, attempts) SELECT i, 'running', 1700000000, 'worker-with-a-long-name-' || i, 1 FROM n;`;
        const path = make(stage, many, 'small/app.db');
        const fill = `head -c 10000000 /dev/zero > filler 2>/dev/null; truncate -s -100000 filler`;
        spawnSync('sh', ['-c', fill], { cwd: folder });
        const { status, text } = await requeue(stage, path, ...MAPPING, '--apply');
        expect([1, 2]).toContain(status);
        expect(text).toContain('the disk is full');
        const half = rows(
          path,
          `SELECT count(*) FROM work WHERE (status = 'running') <> (worker IS NOT NULL) AND id > 9`,
        );
        expect(half).toEqual([[0]]);
        expect(rows(path, 'PRAGMA integrity_check')).toEqual([['ok']]);
      } finally {
        spawnSync('umount', ['-l', folder]);
      }
      expect(existsSync(folder)).toBe(true);
    },
  );
});

describe('a database that nobody has open', () => {
  const LARAVEL = `CREATE TABLE jobs(id integer primary key, queue text, payload text, attempts integer, reserved_at integer, available_at integer, created_at integer);
    INSERT INTO jobs VALUES (1,'q','{}',1,1700000000,1,1); CREATE INDEX jobs_queue ON jobs(queue);
    CREATE TABLE others(body); INSERT INTO others VALUES (zeroblob(3000000));`;

  it.each([
    ['is previewed from a copy of its queue alone', '', 'tables'],
    [
      'is copied whole where a virtual table wants rows of its own',
      'CREATE VIRTUAL TABLE places USING rtree(id, a, b);',
      'copy',
    ],
  ])('%s', async (_, more, way) => {
    await using stage = await openStage();
    const path = make(stage, LARAVEL + more);
    const before = await snapshotFolder(stage.folder);
    const { status, text } = await requeue(stage, path, '--format', 'json');
    expectUnchanged(before, await snapshotFolder(stage.folder));
    expect(status).toBe(1);
    expect(text).toContain(`"way": "${way}"`);
    expect((await requeue(stage, path, '--apply', '--journal', 'one.jsonl')).status).toBe(0);
    const undo = await requeue(stage, '--undo', 'one.jsonl', '--format', 'json');
    expect(undo).toMatchObject({ status: 1, text: expect.stringContaining(`"way": "${way}"`) });
  });
});
