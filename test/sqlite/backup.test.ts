import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  beginBackup,
  completeBackup,
  copyAtRest,
  nameBackup,
  partialBackups,
  removeBackup,
  removePartial,
} from '../../src/sqlite/backup.js';
import { statFile } from '../../src/sqlite/files.js';
import { openStage, type Stage } from '../support/stage.js';

const AT = Date.UTC(2026, 10, 21, 2, 35, 20);
const NEVER = new AbortController().signal;

async function database(stage: Stage) {
  const path = stage.path('app.db');
  await writeFile(path, 'pages', { mode: 0o640 });
  await writeFile(`${path}-wal`, 'frames');
  const state = statFile(path);
  if (!state) throw new Error('no database');
  return { path, state };
}

describe('a backup', () => {
  it('has its name only when it is complete', async () => {
    await using stage = await openStage();
    const { path, state } = await database(stage);
    const folder = nameBackup(path, stage.folder, AT);
    expect(folder.path).toBe(`${path}.dblock-backup-20261121T023520Z`);
    expect(await beginBackup(folder, state, 11)).toEqual({ known: true, value: null });
    const paths = [path, `${path}-wal`, `${path}-journal`];
    expect(await copyAtRest(folder, paths, NEVER)).toEqual({
      known: true,
      value: { bytes: 11, files: ['app.db', 'app.db-wal'] },
    });
    expect(partialBackups(path, stage.folder)).toEqual([folder.partial]);
    expect(await completeBackup(folder)).toEqual({ known: true, value: 11 });
    expect(partialBackups(path, stage.folder)).toEqual([]);
    expect(await readdir(folder.path)).toEqual(['app.db', 'app.db-wal']);
    expect(await readFile(`${folder.path}/app.db`, 'utf8')).toBe('pages');
    expect((await stat(`${folder.path}/app.db`)).mode & 0o777).toBe(0o640);
    expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
    expect(nameBackup(path, stage.folder, AT).path).toBe(`${folder.path}-2`);
    removeBackup(folder.path);
    expect(await readdir(stage.folder)).toEqual(['app.db', 'app.db-wal']);
  });

  it('is not begun without room', async () => {
    await using stage = await openStage();
    const { path, state } = await database(stage);
    const begun = await beginBackup(nameBackup(path, stage.folder, AT), state, Number.MAX_SAFE_INTEGER);
    expect(begun).toMatchObject({
      known: false,
      reason: expect.stringMatching(/^it takes .* TiB, and .* has .* free$/),
    });
    expect(await readdir(stage.folder)).toEqual(['app.db', 'app.db-wal']);
  });

  it('of another database is nobody else’s business', async () => {
    await using stage = await openStage();
    await mkdir(stage.path('other.db.dblock-backup-20261121T023520Z.partial'));
    expect(partialBackups(stage.path('app.db'), stage.folder)).toEqual([]);
    expect(() => removePartial(stage.folder)).toThrow(/is not a partial backup/);
  });
});
