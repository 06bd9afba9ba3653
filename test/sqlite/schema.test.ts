import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Known } from '../../src/known.js';
import { observeFiles } from '../../src/sqlite/observe.js';
import { readSchema } from '../../src/sqlite/schema.js';
import type { SchemaObject } from '../../src/sqlite/shapes.js';
import { readCurrentIndex } from '../../src/sqlite/sidecars.js';
import type { ActorKind, Connection } from '../support/actor.js';
import { skipReason, titled } from '../support/programs.js';
import { openStage, type Stage } from '../support/stage.js';
import { openDatabase, WAL_MODE } from './reference.js';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.clear());

/** As doctor does it: with the index only while somebody is attached. */
function schemaOf(path: string, attached: 'attached' | 'left'): Known<SchemaObject[]> {
  const { header } = observeFiles(path);
  if (!header) throw new Error('no header');
  return readSchema(path, header, attached === 'attached' ? readCurrentIndex(path) : null);
}

/** What SQLite says, in the order of its b-tree. */
async function truthOf(connection: Connection): Promise<Known<SchemaObject[]>> {
  const rows = await connection.query(
    "SELECT json_object('type', type, 'name', name, 'tableName', tbl_name, 'rootPage', rootpage, 'sql', sql) FROM sqlite_schema ORDER BY rowid",
  );
  return { known: true, value: rows.map(([row]) => JSON.parse(String(row))) };
}

function objectsOf(schema: Known<SchemaObject[]>): SchemaObject[] {
  if (!schema.known) throw new Error(schema.reason);
  return schema.value;
}

const MANY_TABLES = Array.from(
  { length: 2000 },
  (_, i) => `CREATE TABLE t${i}(id INTEGER PRIMARY KEY, a, b)`,
).join(';');
/** Longer than any page: it goes on in overflow pages. */
const LONG_SQL = `CREATE TABLE long(${Array.from({ length: 900 }, (_, i) => `"column number ${i} with ümläute 🗄" TEXT`).join(', ')})`;
const KINDS_OF_OBJECTS = [
  'CREATE TABLE plain(id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE)',
  'CREATE TABLE keyed(a, b, PRIMARY KEY (a, b)) WITHOUT ROWID',
  'CREATE INDEX "an index" ON plain(a DESC) WHERE a > 1',
  'CREATE VIEW look AS SELECT a FROM plain',
  'CREATE TRIGGER react AFTER INSERT ON plain BEGIN SELECT 1; END',
  'CREATE VIRTUAL TABLE words USING fts5(text)',
  'CREATE TABLE "it\'s ""quoted""\nand has a newline"(x)',
  LONG_SQL,
];
const NO_SQL = [[], ['CREATE TABLE t(a)', 'DROP TABLE t']];

describe.each<ActorKind>(['node', 'python'])('the schema written by %s', (kind) => {
  const needs = kind === 'python' ? (['python3'] as const) : [];
  it.skipIf(skipReason(needs)).each<[string, readonly string[]]>([
    ['plain', []],
    ['pages of 512 bytes', ['PRAGMA page_size=512']],
    ['pages of 65536 bytes', ['PRAGMA page_size=65536']],
    ['auto_vacuum', ['PRAGMA page_size=1024', 'PRAGMA auto_vacuum=FULL']],
    ['utf-16', ["PRAGMA encoding='UTF-16le'"]],
    ['utf-16 big-endian', ["PRAGMA encoding='UTF-16be'", 'PRAGMA page_size=512']],
    ['WAL', WAL_MODE],
    ['WAL, pages of 512 bytes', ['PRAGMA page_size=512', ...WAL_MODE]],
    ['WAL, pages of 65536 bytes', ['PRAGMA page_size=65536', ...WAL_MODE]],
  ])(titled('%s: as SQLite reads it', needs), async (_, before) => {
    const actor = await stage.actor(kind);
    const connection = await actor.open(stage.path('app.db'));
    await connection.exec(...before, ...KINDS_OF_OBJECTS);
    const truth = await truthOf(connection);
    expect(objectsOf(truth).length).toBeGreaterThan(KINDS_OF_OBJECTS.length);
    expect(schemaOf(stage.path('app.db'), 'attached')).toEqual(truth);
    await actor.kill();
    expect(schemaOf(stage.path('app.db'), 'left')).toEqual(truth);
  });
});

describe('the schema', () => {
  it.each([512, 4096])('of 2,000 tables in pages of %i bytes', async (pageBytes) => {
    const { path, connection } = await openDatabase(stage, `PRAGMA page_size=${pageBytes}`, ...WAL_MODE);
    await connection.exec('BEGIN', MANY_TABLES, 'COMMIT');
    const truth = await truthOf(connection);
    expect(schemaOf(path, 'attached')).toEqual(truth);
    await connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    expect(schemaOf(path, 'attached')).toEqual(truth);
    await connection.close();
    expect(schemaOf(path, 'left')).toEqual(truth);
  });

  it('that is partly in the file and partly in the WAL', async () => {
    const { path, actor, connection } = await openDatabase(
      stage,
      ...WAL_MODE,
      'CREATE TABLE old(a)',
      LONG_SQL,
    );
    const reader = await actor.open(path);
    await reader.exec('BEGIN', 'SELECT * FROM old');
    await connection.exec('CREATE TABLE new(a)', 'PRAGMA wal_checkpoint(PASSIVE)', 'CREATE TABLE newest(a)');
    const truth = await truthOf(connection);
    expect(objectsOf(truth).map(({ name }) => name)).toEqual(['old', 'long', 'new', 'newest']);
    expect(schemaOf(path, 'attached')).toEqual(truth);
  });

  it.each(NO_SQL)('of a database without tables is empty', async (...sql) => {
    const { path } = await openDatabase(stage, 'PRAGMA user_version=1', ...sql);
    expect(schemaOf(path, 'left')).toEqual({ known: true, value: [] });
  });

  it('leaves out what is not committed', async () => {
    const { path, connection } = await openDatabase(
      stage,
      ...WAL_MODE,
      'CREATE TABLE t(a)',
      'PRAGMA cache_size=2',
    );
    await connection.exec('BEGIN', MANY_TABLES);
    expect(objectsOf(schemaOf(path, 'attached')).map(({ name }) => name)).toEqual(['t']);
  });

  it.skipIf(skipReason(['sqlite3']))(titled('in pages with reserved bytes', ['sqlite3']), async () => {
    const path = stage.path('app.db');
    execFileSync('sqlite3', [path, '.filectrl reserve_bytes 37', 'PRAGMA page_size=512; VACUUM'], {
      stdio: 'ignore',
    });
    const actor = await stage.actor('node');
    const connection = await actor.open(path);
    await connection.exec(
      'CREATE TABLE t(a)',
      LONG_SQL,
      `${MANY_TABLES.slice(0, 4000)
        .replace(/;[^;]*$/, '')
        .replace('t0', 'zero')}`,
    );
    expect(observeFiles(path).header?.reservedBytes).toBe(37);
    expect(schemaOf(path, 'attached')).toEqual(await truthOf(connection));
  });
});

describe('unknown, with the reason', () => {
  const closed = async (...sql: string[]) => {
    const { path, connection } = await openDatabase(stage, ...sql);
    await connection.close();
    return path;
  };
  const rewrite = (path: string, change: (bytes: Buffer) => void) => {
    const bytes = readFileSync(path);
    change(bytes);
    writeFileSync(path, bytes);
  };

  it('while a rollback journal is active', async () => {
    const { path, connection } = await openDatabase(stage, 'CREATE TABLE t(a)', 'PRAGMA cache_size=2');
    await connection.exec('BEGIN', MANY_TABLES);
    expect(schemaOf(path, 'left')).toMatchObject({
      known: false,
      reason: expect.stringContaining('journal is active'),
    });
    await connection.exec('ROLLBACK');
    expect(objectsOf(schemaOf(path, 'left'))).toHaveLength(1);
  });

  it.skipIf(skipReason(['python3']))(titled('for more than 10,000 objects', ['python3']), async () => {
    const actor = await stage.actor('python');
    const connection = await actor.open(stage.path('app.db'));
    const views =
      "INSERT INTO sqlite_schema WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 10000) SELECT 'view', 'v' || i, 'v' || i, 0, 'CREATE VIEW v' || i || ' AS SELECT 1' FROM n";
    await connection.exec('PRAGMA writable_schema=ON', views);
    expect(objectsOf(schemaOf(stage.path('app.db'), 'left'))).toHaveLength(10_000);
    await connection.exec('CREATE TABLE one_more(a)');
    expect(schemaOf(stage.path('app.db'), 'left')).toEqual({
      known: false,
      reason: 'the schema has more than 10,000 objects',
    });
  });

  it.each<[string, (page: Buffer) => void, string]>([
    ['another kind of page', (page) => page.writeUInt8(2, 100), 'page 1 is not a page of a table'],
    ['cells beyond the page', (page) => page.writeUInt16BE(9000, 103), 'a page claims to have 9000 cells'],
    ['a cell at the very end', (page) => page.writeUInt16BE(4095, 108), 'runs over the end'],
    ['a child that is itself', (page) => writeInterior(page, 1), 'page 1 is used twice'],
    [
      'a child beyond the end',
      (page) => writeInterior(page, 77),
      'page 77 lies beyond the end of the database',
    ],
    ['a child 0', (page) => writeInterior(page, 0), 'there is no page 0'],
  ])('for a page with %s', async (_, change, reason) => {
    const path = await closed('CREATE TABLE t(a)');
    rewrite(path, change);
    expect(schemaOf(path, 'left')).toEqual({ known: false, reason: expect.stringContaining(reason) });
  });

  function writeInterior(page: Buffer, child: number): void {
    page.writeUInt8(5, 100);
    page.writeUInt16BE(0, 103);
    page.writeUInt32BE(child, 108);
  }

  it('for overflow pages that form a circle', async () => {
    const path = await closed(LONG_SQL);
    const overflow = 3;
    rewrite(path, (bytes) => bytes.writeUInt32BE(overflow, (overflow - 1) * 4096));
    expect(schemaOf(path, 'left')).toEqual({ known: false, reason: `page ${overflow} is used twice` });
  });

  it('beside a WAL with other pages', async () => {
    const foreign = await openDatabase(stage, 'PRAGMA page_size=1024', ...WAL_MODE, 'CREATE TABLE t(a)');
    await foreign.actor.kill();
    const wal = readFileSync(`${foreign.path}-wal`);
    const actor = await stage.actor('node');
    const connection = await actor.open(stage.path('other.db'));
    await connection.exec('CREATE TABLE u(a)');
    await connection.close();
    writeFileSync(stage.path('other.db-wal'), wal);
    expect(schemaOf(stage.path('other.db'), 'left')).toEqual({
      known: false,
      reason: 'the WAL has pages of 1024 bytes, the database of 4096',
    });
  });

  it('or known, but never an exception or a hang, for damaged pages', async () => {
    const path = await closed(
      'PRAGMA page_size=512',
      'BEGIN',
      MANY_TABLES.slice(0, 3000).replace(/;[^;]*$/, ''),
      'COMMIT',
    );
    const { header } = observeFiles(path);
    if (!header) throw new Error('no header');
    const whole = readFileSync(path);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 101), fc.nat(255)), { minLength: 1, maxLength: 30 }),
        (damage) => {
          const copy = Buffer.from(whole);
          for (const [offset, value] of damage) copy[100 + offset] = value;
          writeFileSync(path, copy);
          const schema = readSchema(path, header, null);
          // as many objects as fit, so that no damage makes it read a page again and again
          if (schema.known) expect(schema.value.length).toBeLessThan(whole.length / 4);
          else expect(schema.reason).not.toBe('');
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe.each([
  ['WAL', 'attached', ['PRAGMA journal_mode=WAL', 'PRAGMA wal_autocheckpoint=5']],
  ['rollback', 'left', ['PRAGMA journal_mode=DELETE']],
] as const)('beside somebody who makes and drops tables (%s mode)', (_, attached, setup) => {
  it('every schema that is known is one that was committed', async () => {
    const { path, actor } = await openDatabase(
      stage,
      'PRAGMA page_size=512',
      setup[0],
      'CREATE TABLE rest(a)',
    );
    const wide = LONG_SQL.slice(LONG_SQL.indexOf('('));
    await actor.writeLoop({
      path,
      setup: [...setup, 'PRAGMA synchronous=OFF'],
      sql: [
        'BEGIN IMMEDIATE',
        `CREATE TABLE IF NOT EXISTS one${wide}`,
        `CREATE TABLE IF NOT EXISTS two${wide}`,
        'COMMIT',
        'BEGIN IMMEDIATE',
        'DROP TABLE IF EXISTS one',
        'DROP TABLE IF EXISTS two',
        'COMMIT',
      ],
    });
    const seen = new Map<string, number>();
    for (let looks = 0; looks < 100; looks += 1) {
      const schema = schemaOf(path, attached);
      const state = schema.known ? schema.value.map(({ name }) => name).join() : 'unknown';
      seen.set(state, (seen.get(state) ?? 0) + 1);
    }
    const { errors } = await actor.stopLoop();
    expect(errors).toEqual({});
    expect(seen.get('rest')).toBeGreaterThan(0);
    for (const state of seen.keys()) expect(['rest', 'rest,one,two', 'unknown']).toContain(state);
  });
});
