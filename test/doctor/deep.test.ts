/** `doctor --deep` on real files: what it finds, what makes it clear again, and that nothing but a copy is touched. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROGRAM, runDblock } from '../support/dblock.js';
import { headerFacts } from '../support/facts.js';
import { skipReason, titled } from '../support/programs.js';
import {
  addWideTable,
  INSERT,
  makeRollbackDatabase,
  makeWalDatabase,
} from '../support/situations/database.js';
import { situationNamed } from '../support/situations/index.js';
import { expectUnchanged, snapshotFolder } from '../support/snapshot.js';
import { openStage, type Stage } from '../support/stage.js';
import { until } from '../support/until.js';

interface Outcome {
  readonly id: string;
  readonly outcome: string;
  readonly reason?: string;
  readonly severity?: string;
  readonly facts?: { readonly messages?: readonly string[] };
  readonly remedy?: { readonly commands: readonly string[] };
}

/** Runs one check of `doctor --deep` with a temporary folder of its own, which must be empty afterwards. */
async function examine(stage: Stage, database: string, id: string): Promise<Outcome> {
  const temporary = await stage.elsewhere();
  const before = await snapshotFolder(stage.folder);
  const args = ['doctor', database, '--deep', '--only', id, '--format', 'json', '--fail-on', 'info'];
  const run = await runDblock(args, { env: { TMPDIR: temporary } });
  expect(run.stderr).toBe('');
  expectUnchanged(before, await snapshotFolder(stage.folder));
  expect(readdirSync(temporary)).toEqual([]);
  const outcome: Outcome = JSON.parse(run.stdout).databases[0].outcomes[0];
  expect(run.status).toBe(outcome.outcome === 'found' ? 1 : 0);
  return outcome;
}

const FAMILY = [
  'CREATE TABLE parents (id INTEGER PRIMARY KEY)',
  'CREATE TABLE children (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parents, label TEXT)',
  'CREATE INDEX children_label ON children (label)',
  'PRAGMA foreign_keys=OFF',
  'INSERT INTO parents VALUES (1)',
  "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO children SELECT i, 1, 'label ' || i FROM n",
];

/** A WAL database whose checks have something to look at, closed. */
async function makeFamily(stage: Stage, ...more: string[]): Promise<string> {
  const database = stage.path('app.db');
  const actor = await stage.actor('node');
  const connection = await makeWalDatabase(actor, database);
  await connection.exec(...FAMILY, ...more);
  await actor.exit({ closeSqlite: true });
  return database;
}

/** Overwrites a page: what a lost or misdirected write of a disk does. No process has a connection to it. */
async function destroyPage(stage: Stage, database: string, indexName: string): Promise<void> {
  const reader = await stage.actor('node');
  const connection = await reader.open(database, { readOnly: true });
  const [[page] = []] = await connection.query(
    `SELECT rootpage FROM sqlite_schema WHERE name = '${indexName}'`,
  );
  await reader.exit({ closeSqlite: true });
  const { pageBytes } = headerFacts(database);
  const fd = openSync(database, 'r+');
  writeSync(fd, Buffer.alloc(pageBytes, 0x5a), 0, pageBytes, (Number(page) - 1) * pageBytes);
  closeSync(fd);
}

describe('integrity', () => {
  it('is clear for a sound database, closed or with commits in the WAL only', async () => {
    await using stage = await openStage();
    const database = await makeFamily(stage);
    const closed = await examine(stage, database, 'integrity');
    expect(closed).toMatchObject({ outcome: 'clear', facts: { pragma: 'quick_check', messages: [] } });
    const writer = await stage.actor('node');
    await (await writer.open(database)).exec(
      'PRAGMA wal_autocheckpoint=0',
      'DELETE FROM children WHERE id > 10',
      INSERT,
    );
    expect(await examine(stage, database, 'integrity')).toMatchObject({ outcome: 'clear' });
  });

  const needs = ['sqlite3'] as const;
  it.skipIf(skipReason(needs))(
    titled('finds a destroyed index page, and its remedy cures that', needs),
    async () => {
      await using stage = await openStage();
      const database = await makeFamily(stage);
      await destroyPage(stage, database, 'children_label');
      const found = await examine(stage, database, 'integrity');
      expect(found).toMatchObject({
        outcome: 'found',
        severity: 'critical',
        facts: { pragma: 'integrity_check', unreadable_tables: [] },
      });
      expect(found.facts?.messages?.[0]).toMatch(/Tree|page/);
      for (const command of found.remedy?.commands ?? []) execFileSync('bash', ['-c', command]);
      expect(await examine(stage, `${database}.recovered`, 'integrity')).toMatchObject({ outcome: 'clear' });
    },
  );

  it('names the table of which not every row can be read', async () => {
    await using stage = await openStage();
    const database = await makeFamily(stage);
    await destroyPage(stage, database, 'children');
    const found = await examine(stage, database, 'integrity');
    expect(found).toMatchObject({ outcome: 'found', facts: { unreadable_tables: ['children'] } });
    expect(found.remedy?.commands.at(-1)).toContain('.recover');
  });

  it('looks at the commits in the WAL, too', async () => {
    await using stage = await openStage();
    const database = stage.path('app.db');
    const writer = await stage.actor('node');
    const connection = await makeWalDatabase(writer, database);
    await connection.exec('PRAGMA foreign_keys=OFF', 'PRAGMA wal_autocheckpoint=0');
    await connection.exec(...FAMILY, 'INSERT INTO children (parent_id) VALUES (2), (2), (3)');
    const found = await examine(stage, database, 'foreign-key-violations');
    expect(found).toMatchObject({ outcome: 'found', facts: { rows: 3 } });
  });

  it('checks what it can where the application has collations of its own', async () => {
    await using stage = await openStage();
    const database = await makeFamily(stage);
    const actor = await stage.actor('node');
    const connection = await actor.open(database);
    await connection.exec(
      'CREATE TABLE notes (text TEXT COLLATE NOCASE)',
      'CREATE INDEX notes_text ON notes (text)',
    );
    await connection.exec("INSERT INTO notes VALUES ('a'), ('b')");
    await actor.exit({ closeSqlite: true });
    renameCollation(database);
    expect(await examine(stage, database, 'integrity')).toMatchObject({
      outcome: 'skipped',
      reason: '1 table could not be checked, such as notes: no such collation sequence: GERMAN',
    });
    await destroyPage(stage, database, 'children_label');
    expect(await examine(stage, database, 'integrity')).toMatchObject({
      outcome: 'found',
      severity: 'critical',
    });
  });
});

/** NOCASE → GERMAN in the stored definition: both have six letters. */
function renameCollation(database: string): void {
  const at = readFileSync(database).indexOf('NOCASE');
  const fd = openSync(database, 'r+');
  writeSync(fd, 'GERMAN', at);
  closeSync(fd);
}

describe('foreign-key-violations', () => {
  it('counts rows without a parent, and is clear when they are gone', async () => {
    await using stage = await openStage();
    const orphans = 'INSERT INTO children (parent_id) SELECT 7 FROM children LIMIT 12';
    const database = await makeFamily(stage, orphans);
    const found = await examine(stage, database, 'foreign-key-violations');
    expect(found).toMatchObject({
      outcome: 'found',
      severity: 'info',
      facts: {
        rows: 12,
        violations: [{ table: 'children', columns: ['parent_id'], parent: 'parents', rows: 12 }],
      },
    });
    const actor = await stage.actor('node');
    const connection = await actor.open(database);
    const listed = await connection.query('PRAGMA foreign_key_check');
    expect(listed).toHaveLength(12);
    await connection.exec('DELETE FROM children WHERE parent_id NOT IN (SELECT id FROM parents)');
    await actor.exit({ closeSqlite: true });
    expect(await examine(stage, database, 'foreign-key-violations')).toMatchObject({ outcome: 'clear' });
  });
});

describe('a copy that cannot be had', () => {
  it('is skipped with a hot journal', async () => {
    await using stage = await openStage();
    const database = stage.path('app.db');
    const writer = await stage.actor('node');
    const connection = await makeRollbackDatabase(writer, database);
    await addWideTable(connection, 200);
    await connection.exec(
      'PRAGMA cache_size=5',
      'BEGIN IMMEDIATE',
      'UPDATE wide SET payload = randomblob(3500)',
    );
    await writer.kill();
    expect(await examine(stage, database, 'integrity')).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('an interrupted transaction waits to be rolled back'),
    });
  });

  it.skipIf(skipReason(['linux']))('is skipped while a writer of rollback mode holds its lock', async () => {
    await using stage = await openStage();
    const database = stage.path('app.db');
    const writer = await stage.actor('node');
    await (await makeRollbackDatabase(writer, database)).exec('BEGIN IMMEDIATE', INSERT);
    expect(await examine(stage, database, 'integrity')).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringMatching(/write lock|journal is active/),
    });
  });

  it.skipIf(skipReason(['linux']))('is skipped with a WAL of another database', async () => {
    await using stage = await openStage();
    const { database } = await situationNamed('foreign-wal-page-size-node').stage(stage);
    expect(await examine(stage, database, 'integrity')).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('the WAL belongs to another database'),
    });
  });

  it('is never made beside the database', async () => {
    await using stage = await openStage();
    const database = await makeFamily(stage);
    const before = await snapshotFolder(stage.folder);
    const args = ['doctor', database, '--deep', '--only', 'integrity', '--fail-on', 'never'];
    await runDblock(args, { env: { TMPDIR: stage.folder } });
    expectUnchanged(before, await snapshotFolder(stage.folder));
  });
});

describe('interrupted', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s it deletes the copy and exits with %i', async (signal, exitCode) => {
    await using stage = await openStage();
    const database = await makeFamily(stage);
    const temporary = await stage.elsewhere();
    const before = await snapshotFolder(stage.folder);
    const env = { ...process.env, TMPDIR: temporary };
    const child = spawn(process.execPath, [PROGRAM, 'doctor', database, '--deep'], { env, stdio: 'ignore' });
    const ended = once(child, 'exit');
    await until(() => readdirSync(temporary).length > 0, 'the folder of the private copy');
    child.kill(signal);
    expect(await ended).toEqual([exitCode, null]);
    expect(readdirSync(temporary)).toEqual([]);
    expectUnchanged(before, await snapshotFolder(stage.folder));
  });
});

describe('without --deep', () => {
  it('both checks are skipped, and nothing is copied', async () => {
    await using stage = await openStage();
    const database = await makeFamily(stage);
    const run = await runDblock(
      ['doctor', database, '--format', 'json', '--only', 'integrity,foreign-key-violations'],
      {
        env: { TMPDIR: stage.path('no such folder') },
      },
    );
    const [{ evidence, outcomes }] = JSON.parse(run.stdout).databases;
    expect(evidence.deep).toBeNull();
    expect(outcomes).toEqual(
      ['integrity', 'foreign-key-violations'].map((id) => ({
        id,
        outcome: 'skipped',
        reason: 'needs --deep',
      })),
    );
  });
});
