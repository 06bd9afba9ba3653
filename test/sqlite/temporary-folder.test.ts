import { lstatSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unknown } from '../../src/known.js';
import { makePrivateFolder, roomFor } from '../../src/sqlite/temporary-folder.js';
import { openStage } from '../support/stage.js';

const PIB = 2 ** 50;

describe('makePrivateFolder', () => {
  it('makes a folder that nobody else may enter, in the first place that will do', async () => {
    await using stage = await openStage();
    const [first, second] = [await stage.elsewhere(), await stage.elsewhere()];
    const made = makePrivateFolder([stage.path('missing'), first, second], stage.folder, 1);
    if (!made.known) throw new Error(made.reason);
    expect(made.value.startsWith(`${first}/dblock-`)).toBe(true);
    expect(lstatSync(made.value).mode & 0o777).toBe(0o700);
  });

  it('never makes it beside the database', async () => {
    await using stage = await openStage();
    const elsewhere = await stage.elsewhere();
    const made = makePrivateFolder([stage.folder, elsewhere], stage.folder, 1);
    expect(made).toMatchObject({ known: true, value: expect.stringContaining(`${elsewhere}/`) });
    expect(makePrivateFolder([stage.folder], stage.folder, 1)).toEqual(
      unknown('the only temporary folder is the folder of the database; TMPDIR names another'),
    );
    expect(readdirSync(stage.folder)).toEqual([]);
  });
});

describe('roomFor', () => {
  it('says how much is needed and how much there is', async () => {
    await using stage = await openStage();
    expect(roomFor(1, stage.folder).known).toBe(true);
    expect(roomFor(PIB, stage.folder)).toMatchObject({
      known: false,
      reason: expect.stringContaining('1024 TiB'),
    });
  });
});
