import { execFileSync } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Known } from '../../src/known.js';
import { type PageSource, readSnapshot, type Verification } from '../../src/sqlite/pages.js';
import { driverName } from '../support/driver.js';
import { openStage, type Stage } from '../support/stage.js';
import { openDatabase, WAL_MODE } from './reference.js';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.clear());

const PROGRAM = `const [path, ...sql] = process.argv.slice(1);
  const db = new (require('${driverName}'))(path); for (const s of sql) db.exec(s)`;

/** Runs statements in another process while this one waits. */
function meanwhile(path: string, ...sql: string[]): void {
  execFileSync(process.execPath, ['-e', PROGRAM, path, ...sql]);
}

const UPDATE = 'UPDATE t SET a = a + 1';
const NO_AUTO = 'PRAGMA wal_autocheckpoint=0';

interface Interrupted {
  readonly result: Known<string>;
  readonly calls: number;
}

/** Reads page 1, lets something happen, and reads the page of the table. */
function interrupt(path: string, verification: Verification, happen: (call: number) => void): Interrupted {
  let calls = 0;
  const result = readSnapshot(path, 4096, verification, (pages: PageSource) => {
    calls += 1;
    pages.read(1);
    happen(calls);
    return `call ${calls}: a = ${pages.read(2).readUInt8(4095)}`;
  });
  return { result, calls };
}

const once = (act: () => void) => (call: number) => {
  if (call === 1) act();
};
const ROW = ['CREATE TABLE t(a)', 'INSERT INTO t VALUES (5)'];

describe('a snapshot in rollback mode', () => {
  it('is taken once when nothing happens', async () => {
    const { path } = await openDatabase(stage, ...ROW);
    expect(interrupt(path, 'checksums', () => undefined)).toEqual({
      result: { known: true, value: 'call 1: a = 5' },
      calls: 1,
    });
  });

  it('is taken again when somebody commits', async () => {
    const { path } = await openDatabase(stage, ...ROW);
    expect(
      interrupt(
        path,
        'checksums',
        once(() => meanwhile(path, UPDATE)),
      ),
    ).toEqual({
      result: { known: true, value: 'call 2: a = 6' },
      calls: 2,
    });
  });

  it('is taken again when a journal becomes active', async () => {
    const { path } = await openDatabase(stage, ...ROW);
    const { result, calls } = interrupt(path, 'checksums', () => writeFileSync(`${path}-journal`, 'x'));
    expect(result).toMatchObject({ known: false, reason: expect.stringContaining('journal is active') });
    expect(calls).toBe(1);
  });

  it('is unknown when somebody commits all the time', async () => {
    const { path } = await openDatabase(stage, ...ROW);
    expect(interrupt(path, 'checksums', () => meanwhile(path, UPDATE))).toEqual({
      result: { known: false, reason: 'the database changed again and again while it was read' },
      calls: 5,
    });
  });

  it('is taken from the new file when the database is replaced', async () => {
    const { path, connection } = await openDatabase(stage, ...ROW);
    await connection.exec(`VACUUM INTO '${stage.path('next.db')}'`, 'UPDATE t SET a = 9');
    const replace = once(() => renameSync(stage.path('next.db'), path));
    expect(interrupt(path, 'checksums', replace).result).toEqual({ known: true, value: 'call 2: a = 5' });
  });
});

describe('a snapshot of a live WAL', () => {
  it('stays what it was while others only append to the WAL', async () => {
    const { path } = await openDatabase(stage, ...WAL_MODE, ...ROW);
    expect(
      interrupt(
        path,
        'wal-index',
        once(() => meanwhile(path, NO_AUTO, UPDATE)),
      ),
    ).toEqual({
      result: { known: true, value: 'call 1: a = 5' },
      calls: 1,
    });
  });

  it('stays what it was while others copy frames that it has anyway', async () => {
    const { path } = await openDatabase(stage, ...WAL_MODE, ...ROW);
    const checkpoint = once(() => meanwhile(path, 'PRAGMA wal_checkpoint(PASSIVE)'));
    expect(interrupt(path, 'wal-index', checkpoint).calls).toBe(1);
  });

  it('is taken again when newer frames reach the database file', async () => {
    const { path } = await openDatabase(stage, ...WAL_MODE, ...ROW);
    const checkpoint = once(() => meanwhile(path, NO_AUTO, UPDATE, 'PRAGMA wal_checkpoint(PASSIVE)'));
    expect(interrupt(path, 'wal-index', checkpoint)).toEqual({
      result: { known: true, value: 'call 2: a = 6' },
      calls: 2,
    });
  });

  it('is taken again when the WAL is reset', async () => {
    const { path } = await openDatabase(stage, ...WAL_MODE, ...ROW, 'PRAGMA wal_checkpoint(PASSIVE)');
    const reset = once(() => meanwhile(path, NO_AUTO, UPDATE));
    expect(interrupt(path, 'wal-index', reset)).toEqual({
      result: { known: true, value: 'call 2: a = 6' },
      calls: 2,
    });
  });

  it('is taken again when an empty WAL fills and is copied', async () => {
    const { path } = await openDatabase(stage, ...WAL_MODE, ...ROW, 'PRAGMA wal_checkpoint(TRUNCATE)');
    const fill = once(() => meanwhile(path, UPDATE, 'PRAGMA wal_checkpoint(TRUNCATE)'));
    expect(interrupt(path, 'wal-index', fill).result).toEqual({ known: true, value: 'call 2: a = 6' });
  });
});

it.each(['gone', 'empty', 'noise'])('a snapshot of a live WAL that is %s is unknown', async (what) => {
  const { path } = await openDatabase(stage, ...WAL_MODE, ...ROW);
  if (what === 'gone') rmSync(`${path}-wal`);
  else writeFileSync(`${path}-wal`, what === 'empty' ? '' : 'noise '.repeat(2000));
  const { result, calls } = interrupt(path, 'wal-index', () => undefined);
  expect(result).toMatchObject({
    known: false,
    reason: expect.stringContaining('the WAL is gone, empty or not'),
  });
  expect(calls).toBe(0);
});

describe('a snapshot of a WAL that was left over', () => {
  it('is taken again when somebody opens the database, which puts the WAL away', async () => {
    const { path, actor } = await openDatabase(stage, ...WAL_MODE, ...ROW);
    await actor.kill();
    const open = once(() => meanwhile(path, UPDATE, 'PRAGMA wal_checkpoint(TRUNCATE)'));
    expect(interrupt(path, 'checksums', open).result).toEqual({ known: true, value: 'call 2: a = 6' });
  });

  it('is unknown when its index is to be believed and cannot be read', async () => {
    const { path, actor } = await openDatabase(stage, ...WAL_MODE, ...ROW);
    await actor.kill();
    writeFileSync(`${path}-shm`, 'noise');
    expect(interrupt(path, 'wal-index', () => undefined)).toEqual({
      result: { known: false, reason: 'the WAL index cannot be read' },
      calls: 0,
    });
  });
});

it('passes on the mistakes of its caller', async () => {
  const { path } = await openDatabase(stage, ...ROW);
  const mistake = () => {
    throw new TypeError('a mistake');
  };
  expect(() => interrupt(path, 'checksums', mistake)).toThrow(TypeError);
});
