/** A WAL of another format version is not ignored by SQLite, as one with any other fault in its header is. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FileProblem } from '../../src/sqlite/errors.js';
import { observeFiles } from '../../src/sqlite/observe.js';
import { parseWalHeader } from '../../src/sqlite/wal.js';
import { fixWalChecksums } from '../fuzz/checksums.js';
import { ActorError } from '../support/actor.js';
import { openStage } from '../support/stage.js';
import { openDatabase, WAL_MODE } from './reference.js';

it('with it SQLite refuses to open the database, and dblock to call it healthy', async () => {
  await using stage = await openStage();
  const { path, actor } = await openDatabase(stage, ...WAL_MODE, 'CREATE TABLE t(a)');
  await actor.kill();
  const wal = readFileSync(`${path}-wal`);
  wal.writeUInt32BE(3_007_001, 4);
  fixWalChecksums(wal);
  writeFileSync(`${path}-wal`, wal);
  expect(parseWalHeader(wal)).toEqual({ kind: 'unsupported', version: 3_007_001 });
  const observe = () => observeFiles(path);
  expect(observe).toThrow(FileProblem);
  expect(observe).toThrow(/-wal has format version 3007001, and SQLite knows 3007000: it refuses/);
  const connection = await (await stage.actor('node')).open(path);
  const refusal = await connection.query('PRAGMA user_version').catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(ActorError);
  expect(refusal).toMatchObject({ code: 'SQLITE_CANTOPEN' });
});
