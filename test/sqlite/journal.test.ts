import { describe, expect, it } from 'vitest';
import { parseJournal } from '../../src/sqlite/journal.js';
import { observeJournal } from '../../src/sqlite/sidecars.js';
import { openStage } from '../support/stage.js';
import { openDatabase } from './reference.js';

it.each([
  [[], 'empty'],
  [[0], 'zeroed'],
  [[0xd9], 'active'],
])('first byte %j: %s', (bytes, kind) => {
  expect(parseJournal(Buffer.from(bytes)).kind).toBe(kind);
});

describe('journals that SQLite leaves', () => {
  const kindAfter = async (...sql: string[]) => {
    await using stage = await openStage();
    const { path } = await openDatabase(stage, ...sql);
    return observeJournal(path)?.content.kind ?? 'absent';
  };

  it.each([
    ['DELETE', 'absent'],
    ['TRUNCATE', 'empty'],
    ['PERSIST', 'zeroed'],
  ])('journal_mode=%s: %s after a commit', async (mode, kind) => {
    expect(await kindAfter(`PRAGMA journal_mode=${mode}`, 'CREATE TABLE t(a)')).toBe(kind);
  });

  it('is active once a transaction has written to the database file', async () => {
    const spill = ['PRAGMA cache_size=2', 'BEGIN', 'INSERT INTO t SELECT randomblob(900) FROM generate'];
    const numbers =
      'CREATE VIEW generate AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 500) SELECT i FROM n';
    expect(await kindAfter('CREATE TABLE t(a)', numbers, ...spill)).toBe('active');
  });
});
