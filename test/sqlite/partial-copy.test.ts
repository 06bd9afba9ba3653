/** Copies of some tables, read back by SQLite: all of their rows, by every index, and nothing of the others. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEADER_BYTES, parseHeader } from '../../src/sqlite/header.js';
import { copyTables } from '../../src/sqlite/partial-copy.js';
import type { DatabaseHeader } from '../../src/sqlite/shapes.js';
import { expectUnchanged, snapshotFolder } from '../support/snapshot.js';
import { openStage } from '../support/stage.js';

/** Rows and keys that overflow their pages, trees of several levels, a table without rowid. */
const SCHEMA = `
  CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT, payload BLOB);
  CREATE INDEX jobs_by_name ON jobs(name);
  CREATE TABLE steps(job INTEGER, step TEXT, PRIMARY KEY (job, step)) WITHOUT ROWID;
  CREATE TABLE others(id INTEGER PRIMARY KEY, payload BLOB);
  WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    INSERT INTO jobs SELECT i, printf('%0*d', 7 * i, i), zeroblob(13 * i) FROM n;
  INSERT INTO steps SELECT id, name FROM jobs;
  INSERT INTO others SELECT id, zeroblob(9000) FROM jobs;`;
const isWanted = (table: string) => table !== 'others';

function headerOf(path: string): DatabaseHeader {
  const parse = parseHeader(readFileSync(path).subarray(0, HEADER_BYTES));
  if (parse.kind !== 'header') throw new Error(parse.kind);
  return parse.header;
}

function copy(path: string, target: string, header = headerOf(path)) {
  return copyTables(path, { target, header, index: null, fileBytes: statSync(path).size, isWanted });
}

/** Of all rows of both tables, through their primary keys and through the index. */
function digest(path: string): string {
  const database = new Database(path, { readonly: true });
  try {
    const hash = createHash('sha256');
    for (const sql of [
      'jobs ORDER BY id',
      'jobs INDEXED BY jobs_by_name ORDER BY name',
      'steps ORDER BY 1, 2',
    ]) {
      for (const row of database.prepare(`SELECT * FROM ${sql}`).raw().iterate())
        hash.update(JSON.stringify(row));
    }
    return hash.digest('hex');
  } finally {
    database.close();
  }
}

describe('some tables of a database', () => {
  it.each([512, 4096, 65_536])('are copied whole, in pages of %i bytes, and no others', async (pageBytes) => {
    await using stage = await openStage();
    const [path, target] = [stage.path('app.db'), join(await stage.elsewhere(), 'part.db')];
    const made = new Database(path);
    made.exec(`PRAGMA page_size = ${pageBytes}; ${SCHEMA}`);
    made.close();
    const before = await snapshotFolder(stage.folder);
    const copied = copy(path, target);
    expectUnchanged(before, await snapshotFolder(stage.folder));
    expect(copied.known).toBe(true);
    expect(digest(target)).toBe(digest(path));
    expect(statSync(target).size).toBe(statSync(path).size);
    expect(statSync(target).blocks).toBeLessThan(statSync(path).blocks);
    const part = new Database(target, { readonly: true });
    expect(() => part.prepare('SELECT count(*) FROM others').get()).toThrow('malformed');
    part.close();
  });

  it('are those of the last commit in a WAL that a crash left', async () => {
    await using stage = await openStage();
    const [path, target] = [stage.path('app.db'), join(await stage.elsewhere(), 'part.db')];
    const actor = await stage.actor('python');
    const connection = await actor.open(path);
    await connection.exec(
      'PRAGMA journal_mode = WAL',
      'CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT)',
    );
    await connection.exec(
      `INSERT INTO jobs VALUES (1, 'in the WAL')`,
      'BEGIN',
      `INSERT INTO jobs VALUES (2, 'not committed')`,
    );
    await actor.kill();
    const before = await snapshotFolder(stage.folder);
    expect(copy(path, target).known).toBe(true);
    expectUnchanged(before, await snapshotFolder(stage.folder));
    const part = new Database(target, { readonly: true });
    expect(part.prepare('SELECT * FROM jobs').all()).toEqual([{ id: 1, name: 'in the WAL' }]);
    part.close();
  });

  it('of a file that is damaged anywhere are copied or refused, and never more than it has', async () => {
    await using stage = await openStage();
    const [path, damaged, target] = ['app.db', 'damaged.db', 'part.db'].map((name) => stage.path(name));
    if (!path || !damaged || !target) throw new Error('three names are three paths');
    const made = new Database(path);
    made.exec(`PRAGMA page_size = 512; ${SCHEMA}`);
    made.close();
    const [bytes, header] = [readFileSync(path), headerOf(path)];
    const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(flips, (changes) => {
        const broken = Buffer.from(bytes);
        for (const [at, value] of changes) broken[at] = value;
        writeFileSync(damaged, broken);
        const copied = copy(damaged, target, header);
        expect(copied.known ? copied.value : 0).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 100 },
    );
  });
});
