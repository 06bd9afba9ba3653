/** What stands in the place of page 1 for whoever opens the database: the frame in the WAL, not the file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileProblem } from '../../src/sqlite/errors.js';
import { findMissingPages } from '../../src/sqlite/missing-pages.js';
import { observeFiles } from '../../src/sqlite/observe.js';
import { readSchema } from '../../src/sqlite/schema.js';
import { scanWal } from '../../src/sqlite/wal-scan.js';
import { fixWalChecksums } from '../fuzz/checksums.js';
import { pageImage } from '../fuzz/pages.js';
import { openStage, type Stage } from '../support/stage.js';
import { openDatabase, WAL_MODE } from './reference.js';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.clear());

/** A WAL left behind whose newest page 1 was changed, in a chain of right checksums. */
async function withPageOne(spoil: (page: Buffer) => void): Promise<string> {
  const sql = ['PRAGMA page_size=512', ...WAL_MODE, 'CREATE TABLE t(a)', 'CREATE TABLE u(a)'];
  const { path, actor } = await openDatabase(stage, ...sql);
  await actor.kill();
  const wal = readFileSync(`${path}-wal`);
  const image = pageImage({ database: readFileSync(path), wal, shm: null, journal: null }, 1);
  if (image?.place !== 'wal') throw new Error('page 1 is not in the WAL');
  spoil(image.bytes);
  fixWalChecksums(wal);
  writeFileSync(`${path}-wal`, wal);
  return path;
}

async function answerOfSqlite(path: string): Promise<string> {
  const connection = await (await stage.actor('node')).open(path);
  const answer = await connection.query('PRAGMA user_version').catch((error: unknown) => error);
  return answer instanceof Error ? answer.message : 'fine';
}

it('that is no header makes the database none: refused, as SQLite refuses it', async () => {
  const path = await withPageOne((page) => page.fill(0xee, 0, 100));
  const scan = () => scanWal(path, null);
  expect(scan).toThrow(FileProblem);
  expect(scan).toThrow(
    /reads page 1 from its WAL, and that is no header: it does not begin with "SQLite format 3"/,
  );
  expect(await answerOfSqlite(path)).toContain('SQLITE_NOTADB');
});

it('that tells of more pages than the last commit is a contradiction, for SQLite too', async () => {
  const path = await withPageOne((page) => page.writeUInt32BE(page.readUInt32BE(28) + 9, 28));
  const [scan, { header, database }] = [scanWal(path, null), observeFiles(path)];
  if (!scan.known || !header) throw new Error('it was not read');
  const problem = findMissingPages(path, header, database.bytes, scan.value);
  expect(problem).toMatchObject({ kind: 'truncated' });
  expect(problem?.message).toMatch(
    /has 3 pages after the last commit in its WAL, but its header says 12 pages/,
  );
  expect(await answerOfSqlite(path)).toContain('SQLITE_CORRUPT');
});

it('that tells of another page size than it has gives no schema, and throws nothing', async () => {
  const path = await withPageOne((page) => {
    page.writeUInt16BE(4096, 16);
    page.writeUInt16BE(1500, 103);
  });
  const { header } = observeFiles(path);
  if (!header) throw new Error('no header');
  expect(readSchema(path, header, null)).toEqual({
    known: false,
    reason: 'page 1 says that pages have 4096 bytes, and they have 512',
  });
});

it('of a truncated file counts, although a WAL without a commit lies beside it', async () => {
  const { path, actor } = await openDatabase(stage, 'CREATE TABLE t(a)');
  await actor.exit({ closeSqlite: true });
  writeFileSync(path, readFileSync(path).subarray(0, 4096));
  writeFileSync(`${path}-wal`, 'not a WAL, so SQLite looks at the file alone');
  const [scan, { header, database }] = [scanWal(path, null), observeFiles(path)];
  if (!scan.known || !header) throw new Error('it was not read');
  const problem = findMissingPages(path, header, database.bytes, scan.value);
  expect(problem?.message).toMatch(/is truncated: its header says 2 pages \(8 KiB\), the file has 4 KiB/);
  expect(await answerOfSqlite(path)).toContain('SQLITE_CORRUPT');
});
