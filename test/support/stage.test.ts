import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { actorKinds, processState } from './actor-process.js';
import { heldLocks } from './facts.js';
import { skipReason, titled } from './programs.js';
import { expectUnchanged, snapshotFolder } from './snapshot.js';
import { openStage } from './stage.js';
import { until } from './until.js';

const needs = { python: ['linux', 'python3'], node: ['linux'] } as const;
const counter = 'CREATE TABLE counter (n)';

describe.each(actorKinds)('a %s actor', (kind) => {
  const test = (name: string, run: () => Promise<void>) =>
    it.skipIf(skipReason(needs[kind]))(titled(name, needs[kind]), run);

  test('runs statements and returns rows', async () => {
    await using stage = await openStage();
    const actor = await stage.actor(kind);
    const db = await actor.open(stage.path('app.db'));
    await db.exec(counter, 'INSERT INTO counter VALUES (1)', 'INSERT INTO counter VALUES (2)');
    expect(await db.query('SELECT n FROM counter ORDER BY n')).toEqual([[1], [2]]);
  });

  test('names an error by its extended code', async () => {
    await using stage = await openStage();
    const [one, other] = [await stage.actor(kind), await stage.actor(kind)];
    const writer = await one.open(stage.path('app.db'));
    await writer.exec('PRAGMA journal_mode=WAL', counter, 'INSERT INTO counter VALUES (0)');
    const late = await other.open(stage.path('app.db'), { timeoutMs: 5000 });
    await late.exec('BEGIN', 'SELECT * FROM counter');
    await writer.exec('UPDATE counter SET n = n + 1');
    await expect(late.exec('UPDATE counter SET n = n + 1')).rejects.toMatchObject({
      code: 'SQLITE_BUSY_SNAPSHOT',
    });
  });

  test('is gone, with its files, when the stage is cleared, even if it was stopped', async () => {
    const stage = await openStage();
    const actor = await stage.actor(kind);
    await actor.signal('SIGSTOP');
    expect(processState(actor.pid)).toBe('T');
    await stage.clear();
    expect(processState(actor.pid)).toBeNull();
    expect(existsSync(stage.folder)).toBe(false);
  });

  test('that dies rejects what was asked of it', async () => {
    await using stage = await openStage();
    const actor = await stage.actor(kind);
    await actor.signal('SIGSTOP');
    const unanswered = actor.open(stage.path('app.db'));
    await actor.kill();
    await expect(unanswered).rejects.toThrow(/ended \(SIGKILL\)/);
    await expect(actor.open(stage.path('app.db'))).rejects.toThrow(/ended/);
  });

  test('writes at full speed until told to stop, and counts', async () => {
    await using stage = await openStage();
    const [writer, reader] = [await stage.actor(kind), await stage.actor(kind)];
    const db = await reader.open(stage.path('app.db'));
    await db.exec('PRAGMA journal_mode=WAL', counter, 'INSERT INTO counter VALUES (0)');
    await writer.writeLoop({
      path: stage.path('app.db'),
      setup: ['PRAGMA synchronous=OFF'],
      sql: ['UPDATE counter SET n = n + 1'],
    });
    await db.exec('BEGIN', 'SELECT n FROM counter');
    await db.exec('COMMIT');
    const { rounds, errors } = await writer.stopLoop();
    expect(errors).toEqual({});
    expect(await db.query('SELECT n FROM counter')).toEqual([[rounds]]);
  });

  test('reads without a gap until told to stop', async () => {
    await using stage = await openStage();
    const [reader, writer] = [await stage.actor(kind), await stage.actor(kind)];
    const db = await writer.open(stage.path('app.db'));
    await db.exec('PRAGMA journal_mode=WAL', counter, 'INSERT INTO counter VALUES (0)');
    await reader.overlapLoop(stage.path('app.db'), 'SELECT n FROM counter');
    await db.repeat(100, 'UPDATE counter SET n = n + 1');
    const samples = Array.from({ length: 100 }, () => heldLocks(reader.pid, stage.path('app.db')).join());
    expect(samples.filter((locks) => !/READ\d read/.test(locks))).toEqual([]);
    const { rounds, errors } = await reader.stopLoop();
    expect(errors).toEqual({});
    expect(rounds).toBeGreaterThan(0);
  });

  test('that exits without closing SQLite leaves the WAL, and one that closes does not', async () => {
    await using stage = await openStage();
    for (const closeSqlite of [false, true]) {
      const actor = await stage.actor(kind);
      const db = await actor.open(stage.path('app.db'));
      await db.exec('PRAGMA journal_mode=WAL', 'PRAGMA user_version=1');
      await actor.exit({ closeSqlite });
      expect(existsSync(stage.path('app.db-wal'))).toBe(!closeSqlite);
    }
  });
});

it.skipIf(skipReason(needs.python))(titled('a forked child ends with its parent', needs.python), async () => {
  await using stage = await openStage();
  const parent = await stage.actor('python');
  const child = await parent.fork();
  expect(processState(child)).toMatch(/[RSD]/);
  await parent.kill();
  // Whoever inherits an orphan may be slow to collect it: a zombie holds nothing.
  await until(() => [null, 'Z'].includes(processState(child)), `pid ${child} to end`);
});

it('a snapshot is the same after reading, and not after writing the same bytes again', async () => {
  await using stage = await openStage();
  const path = stage.path('app.db');
  await writeFile(path, 'bytes');
  const before = await snapshotFolder(stage.folder);
  await readFile(path);
  expectUnchanged(before, await snapshotFolder(stage.folder));
  await writeFile(path, 'bytes');
  const after = await snapshotFolder(stage.folder);
  expect(() => expectUnchanged(before, after)).toThrow();
});
