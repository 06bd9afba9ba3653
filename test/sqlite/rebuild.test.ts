import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type EmptySchema, withEmptySchema } from '../../src/sqlite/rebuild.js';
import type { SchemaObject } from '../../src/sqlite/shapes.js';
import { openStage } from '../support/stage.js';

function object(
  type: SchemaObject['type'],
  name: string,
  sql: string | null,
  tableName = name,
): SchemaObject {
  return { type, name, tableName, rootPage: 2, sql };
}

const table = (name: string, sql: string) => object('table', name, sql);
const index = (name: string, tableName: string, sql: string) => object('index', name, sql, tableName);

function namesIn(schema: EmptySchema): unknown[] {
  return schema.query('SELECT name FROM sqlite_schema ORDER BY name').flat();
}

describe('withEmptySchema', () => {
  it('rebuilds tables, indexes, views and triggers, in whatever order they come', async () => {
    const objects = [
      object('trigger', 'log', 'CREATE TRIGGER log AFTER INSERT ON a BEGIN SELECT 1; END', 'a'),
      object('view', 'v', 'CREATE VIEW v AS SELECT * FROM a'),
      index('ax', 'a', 'CREATE INDEX ax ON a (x)'),
      object('index', 'sqlite_autoindex_a_1', null, 'a'),
      table('sqlite_sequence', 'CREATE TABLE sqlite_sequence(name,seq)'),
      table('a', 'CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT UNIQUE)'),
    ];
    const names = await withEmptySchema(objects, (schema) => {
      expect(schema.leftOut).toEqual([]);
      return namesIn(schema);
    });
    expect(names).toEqual(['a', 'ax', 'log', 'sqlite_autoindex_a_1', 'v']);
  });

  it('leaves out what SQLite here does not know, and names it with the reason', async () => {
    const objects = [
      table('a', 'CREATE TABLE a (x TEXT COLLATE german)'),
      table('b', 'CREATE TABLE b (x CHECK (valid(x)))'),
      table('c', 'CREATE TABLE c (x)'),
      index('cx', 'c', 'CREATE INDEX cx ON c (soundslike(x))'),
      table('f', 'CREATE VIRTUAL TABLE f USING fts5(status)'),
      table('d', 'CREATE TABLE d (x nonsense('),
    ];
    await withEmptySchema(objects, (schema) => {
      expect(namesIn(schema)).toEqual(['c']);
      expect(schema.leftOut).toEqual([
        { name: 'a', table: 'a', reason: 'no such collation sequence: german' },
        { name: 'b', table: 'b', reason: 'no such function: valid' },
        { name: 'f', table: 'f', reason: 'it is a virtual table' },
        { name: 'd', table: 'd', reason: 'incomplete input' },
        { name: 'cx', table: 'c', reason: 'no such function: soundslike' },
      ]);
    });
  });

  it('runs nothing but stored definitions, and writes no file', async () => {
    await using stage = await openStage();
    const loot = stage.path('loot.db');
    const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n';
    const hostile = [
      `ATTACH '${loot}' AS loot`,
      `VACUUM INTO '${loot}'`,
      `CREATE TABLE x AS ${endless}`,
      `CREATE TABLE "x" /* ( */ AS ${endless}`,
      `CREATE TABLE IF NOT EXISTS x AS ${endless}`,
      `CREATE TEMP TABLE x (a)`,
      `CREATE TABLE x (a); ATTACH '${loot}' AS loot`,
      `CREATE TABLE x (a); CREATE TABLE y (b)`,
      'PRAGMA temp_store_directory',
      'SELECT 1',
      '',
    ];
    await withEmptySchema(
      hostile.map((sql, at) => table(`t${at}`, sql)),
      (schema) => {
        expect(schema.leftOut.map(({ name }) => name)).toEqual(hostile.map((_, at) => `t${at}`));
        expect(namesIn(schema)).toEqual([]);
        expect(schema.query('SELECT name FROM pragma_database_list').flat()).toEqual(['main']);
      },
    );
    expect(readdirSync(join(stage.folder))).toEqual([]);
  });

  it('tells plans, with and without an index that is tried out', async () => {
    await withEmptySchema([table('a', 'CREATE TABLE a (x TEXT, y TEXT)')], (schema) => {
      const plan = () => schema.plan('SELECT * FROM a WHERE x = ? ORDER BY y', 1);
      expect(plan()).toEqual(['SCAN a', 'USE TEMP B-TREE FOR ORDER BY']);
      const tried = schema.withIndex('CREATE INDEX axy ON a (x, y)', plan);
      expect(tried).toEqual(['SEARCH a USING COVERING INDEX axy (x=?)']);
      expect(plan()).toEqual(['SCAN a', 'USE TEMP B-TREE FOR ORDER BY']);
      expect(schema.withIndex('CREATE INDEX nonsense ON b (x)', plan)).toBeNull();
      expect(schema.plan('SELECT * FROM b')).toBeNull();
    });
  });
});
