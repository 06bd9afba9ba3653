import { readFile, stat, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { statFile } from '../../src/sqlite/files.js';
import { saveBeside } from '../../src/sqlite/saved-copy.js';
import { openStage } from '../support/stage.js';

function stateOf(path: string) {
  const state = statFile(path);
  if (!state) throw new Error(`no ${path}`);
  return state;
}

it('keeps bytes, mode and time', async () => {
  await using stage = await openStage();
  const path = stage.path('app.db-wal');
  await writeFile(path, 'frames', { mode: 0o640 });
  const saved = saveBeside(stateOf(path), '.saved', 0);
  expect(saved).toEqual({ known: true, value: `${path}.saved` });
  expect(await readFile(`${path}.saved`, 'utf8')).toBe('frames');
  const [one, other] = [await stat(path), await stat(`${path}.saved`)];
  expect(other.mode).toBe(one.mode);
  expect(Math.abs(other.mtimeMs - one.mtimeMs)).toBeLessThan(1);
});

it('overwrites nothing', async () => {
  await using stage = await openStage();
  const path = stage.path('app.db-wal');
  await writeFile(path, 'frames');
  await writeFile(`${path}.saved`, 'earlier');
  expect(saveBeside(stateOf(path), '.saved', 0)).toMatchObject({
    known: false,
    reason: expect.stringMatching(/already/),
  });
  expect(await readFile(`${path}.saved`, 'utf8')).toBe('earlier');
});

it('does not begin where there is no room for what comes after', async () => {
  await using stage = await openStage();
  const path = stage.path('app.db-wal');
  await writeFile(path, 'frames');
  expect(saveBeside(stateOf(path), '.saved', 2 ** 60)).toMatchObject({ known: false });
  expect(statFile(`${path}.saved`)).toBeNull();
});
