import { describe, expect, it } from 'vitest';
import { known } from '../../src/known.js';
import { readImage } from '../../src/sqlite/image.js';
import { observeFiles } from '../../src/sqlite/observe.js';
import { openRows } from '../../src/sqlite/row-connection.js';
import { readCurrentIndex } from '../../src/sqlite/sidecars.js';
import { expectUnchanged, snapshotFolder } from '../support/snapshot.js';
import { openStage } from '../support/stage.js';
import { openDatabase, WAL_MODE } from './reference.js';

const ROWS =
  'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO t SELECT i FROM n';
const MIB = 2 ** 20;

function imageOf(path: string, attached: boolean, mostBytes = MIB) {
  const { header, database } = observeFiles(path);
  if (!header) throw new Error('no header');
  const index = attached ? readCurrentIndex(path) : null;
  return readImage(path, { header, index, fileBytes: database.bytes, mostBytes });
}

async function countIn(image: Buffer): Promise<unknown> {
  const connection = await openRows(image, { readOnly: true, busyTimeoutMs: 0 });
  try {
    expect(connection.rows('PRAGMA integrity_check')).toEqual([['ok']]);
    return connection.rows('SELECT count(*) FROM t')[0]?.[0];
  } finally {
    connection.close();
  }
}

describe('an image', () => {
  it('has what is committed in the WAL beside a living writer, and nothing of its transaction', async () => {
    await using stage = await openStage();
    const { path, connection } = await openDatabase(stage, ...WAL_MODE, 'CREATE TABLE t(a)', ROWS);
    await connection.exec('BEGIN IMMEDIATE', 'DELETE FROM t');
    const before = await snapshotFolder(stage.folder);
    const image = imageOf(path, true);
    expectUnchanged(before, await snapshotFolder(stage.folder));
    expect(image.known && (await countIn(image.value))).toBe(500);
  });

  it('has what a killed process left in the WAL', async () => {
    await using stage = await openStage();
    const { path, actor } = await openDatabase(stage, ...WAL_MODE, 'CREATE TABLE t(a)', ROWS);
    await actor.kill();
    const image = imageOf(path, false);
    expect(image.known && (await countIn(image.value))).toBe(500);
  });

  it('is taken in rollback mode between transactions, and not while a journal is active', async () => {
    await using stage = await openStage();
    const { path, connection } = await openDatabase(stage, 'CREATE TABLE t(a)', ROWS);
    const image = imageOf(path, true);
    expect(image.known && (await countIn(image.value))).toBe(500);
    await connection.exec(
      'PRAGMA cache_size=1',
      'BEGIN IMMEDIATE',
      'UPDATE t SET a = a + 1',
      'PRAGMA cache_spill=1',
    );
    const during = imageOf(path, true);
    expect(during.known ? '' : during.reason).toContain('journal is active');
  });

  it('is not taken of what is too large', async () => {
    await using stage = await openStage();
    const { path } = await openDatabase(stage, 'CREATE TABLE t(a)', ROWS);
    expect(imageOf(path, true, 4096)).toMatchObject({
      known: false,
      reason: expect.stringMatching(/^it has \d+ KiB, and at most 4 KiB are read into memory$/),
    });
    expect(imageOf(path, true)).toMatchObject(known({}));
  });
});
