/** A WAL, and an index of it, that are made of holes: they take no room on the disk, and claim millions of frames. */
import {
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { expect, it } from 'vitest';
import { observeFiles } from '../../src/sqlite/observe.js';
import { readSchema } from '../../src/sqlite/schema.js';
import { scanWal } from '../../src/sqlite/wal-scan.js';
import { fixShmChecksums, readNative, writeNative } from '../fuzz/checksums.js';
import { openStage, type Stage } from '../support/stage.js';
import { openDatabase, WAL_MODE } from './reference.js';

const FRAME_BYTES = 24 + 512;

/** The index fits the last frame, so that it is believed; all other frames hold nothing. */
async function endlessWal(stage: Stage, frames: number): Promise<string> {
  const tables = Array.from(
    { length: 60 },
    (_, i) => `CREATE TABLE a_table_with_a_long_name_${i}(id, name, value)`,
  );
  const sql = ['PRAGMA page_size=512', ...tables, ...WAL_MODE, 'PRAGMA user_version=1'];
  const { path, actor } = await openDatabase(stage, ...sql);
  await actor.kill();
  const [wal, shm] = [readFileSync(`${path}-wal`), readFileSync(`${path}-shm`)];
  const last = 32 + (readNative(shm, 16) - 1) * FRAME_BYTES;
  const fd = openSync(`${path}-wal`, 'w');
  writeSync(fd, wal, 0, 32, 0);
  writeSync(fd, wal, last, 24, 32 + (frames - 1) * FRAME_BYTES);
  ftruncateSync(fd, 32 + frames * FRAME_BYTES);
  closeSync(fd);
  writeNative(shm, 16, frames);
  shm.fill(0, 136);
  fixShmChecksums(shm);
  writeFileSync(`${path}-shm`, shm);
  truncateSync(`${path}-shm`, Math.ceil((frames + 34) / 4096) * 32_768);
  return path;
}

it.each([
  [2 ** 22, null],
  [2 ** 24, 'to find the pages of the schema among 16,777,216 frames takes too long'],
  [2 ** 24 + 1, 'the WAL has 16,777,217 frames; dblock reads an index of at most 16,777,216'],
])('of %i frames is searched only as long as that takes no second', async (frames, reason) => {
  await using stage = await openStage();
  const path = await endlessWal(stage, frames);
  const { header, walIndex } = observeFiles(path);
  if (!header || walIndex?.content.kind !== 'index') throw new Error('the index is not believed');
  const schema = readSchema(path, header, walIndex.content.index);
  if (reason === null) expect(schema.known && schema.value.length).toBe(60);
  else expect(schema).toEqual({ known: false, reason });
  const scan = scanWal(path, walIndex.content.index);
  expect(scan.known ? scan.value.committedFrames : null).toBe(frames > 2 ** 24 ? null : frames);
});
