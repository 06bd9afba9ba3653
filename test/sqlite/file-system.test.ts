import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { fileSystemOf, overlaysIn, parseMountinfo } from '../../src/sqlite/file-system.js';
import { openStage } from '../support/stage.js';

const ROOT = '24 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard';

describe('parseMountinfo', () => {
  it.each([
    ['no optional field', '36 35 98:0 /mnt1 /mnt2 rw,noatime - ext3 /dev/root rw,errors=continue'],
    ['one optional field', '36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue'],
    ['several', '36 35 98:0 /mnt1 /mnt2 rw,noatime shared:7 master:1 - ext3 /dev/root rw,errors=continue'],
  ])('a line with %s', (_, line) => {
    expect(parseMountinfo(line)).toEqual([
      {
        mountPoint: '/mnt2',
        type: 'ext3',
        source: '/dev/root',
        device: '62:00',
        options: ['rw', 'noatime'],
        superOptions: 'rw,errors=continue',
      },
    ]);
  });

  it('undoes the escapes of names', () => {
    const [mount] = parseMountinfo(
      '1 2 0:39 / /mnt/a\\040b\\011c\\012d\\134e\\043 rw - nfs4 srv:/x\\040y rw',
    );
    expect(mount).toMatchObject({ mountPoint: '/mnt/a b\tc\nd\\e#', source: 'srv:/x y', device: '00:27' });
  });

  it('reads a source without a name, and leaves out what is no line of it', () => {
    const text = [
      '',
      'nonsense',
      '1 2 3 4 5 6 7',
      '40 24 0:40 / /x rw -  none',
      '41 24 0:41 / /y rw - tmpfs  rw',
    ].join('\n');
    expect(parseMountinfo(text).map(({ mountPoint, source }) => [mountPoint, source])).toEqual([['/y', '']]);
  });
});

describe('fileSystemOf', () => {
  it('takes the longest mount point that contains the path, and of several the last', async () => {
    await using stage = await openStage();
    const folder = stage.path('data');
    await mkdir(folder);
    await mkdir(stage.path('data2'));
    await writeFile(stage.path('data', 'app.db'), '');
    await writeFile(stage.path('data2', 'app.db'), '');
    const mounts = [
      `40 24 0:40 / ${folder} rw - tmpfs covered rw`,
      `41 40 0:41 / ${folder} rw,noatime - nfs4 server:/data ro,local_lock=none,addr=10.0.0.1`,
      ROOT,
    ].join('\n');
    expect(fileSystemOf(stage.path('data', 'app.db'), mounts)).toEqual({
      known: true,
      value: {
        type: 'nfs4',
        mountPoint: folder,
        source: 'server:/data',
        device: '00:29',
        options: ['rw', 'noatime', 'local_lock=none', 'addr=10.0.0.1'],
        freeBytes: expect.any(Number),
        totalBytes: expect.any(Number),
      },
    });
    expect(fileSystemOf(stage.path('data2', 'app.db'), mounts)).toMatchObject({
      value: { mountPoint: '/', type: 'ext4', device: 'fe:00' },
    });
  });

  it('counts bytes, of which not more are free than there are', async () => {
    await using stage = await openStage();
    const found = fileSystemOf(stage.folder, ROOT);
    if (!found.known) throw new Error(found.reason);
    expect(found.value.totalBytes).toBeGreaterThan(2 ** 20);
    expect(found.value.freeBytes).toBeLessThanOrEqual(found.value.totalBytes);
  });

  it('is unknown, with the reason, without mountinfo, without a mount, or without the path', () => {
    expect(fileSystemOf('/', null)).toMatchObject({
      known: false,
      reason: expect.stringContaining('mountinfo'),
    });
    expect(fileSystemOf('/', '')).toMatchObject({ known: false, reason: expect.stringContaining('no line') });
    expect(fileSystemOf('/no/such/file', ROOT)).toMatchObject({
      known: false,
      reason: expect.stringContaining('/no/such/file'),
    });
  });
});

describe('overlaysIn', () => {
  const overlay = (options: string) => `50 24 0:50 / /merged rw - overlay overlay ${options}`;

  it('names the layers', () => {
    const options = 'rw,lowerdir=/l/A:/l/B,upperdir=/up,workdir=/work,xino=off';
    expect(overlaysIn([ROOT, overlay(options)].join('\n'))).toEqual([
      { mountPoint: '/merged', upper: '/up', lower: ['/l/A', '/l/B'] },
    ]);
  });

  it('takes layers one by one, and characters that the kernel escapes', () => {
    const options = 'rw,lowerdir+=/l/A,lowerdir+=/l/b:c,upperdir=/u\\040p\\,x,workdir=/work';
    expect(overlaysIn(overlay(options))).toEqual([
      { mountPoint: '/merged', upper: '/u p,x', lower: ['/l/A', '/l/b:c'] },
    ]);
    expect(overlaysIn(overlay('rw,lowerdir=/a\\134:b:/c,upperdir=/up\\054x'))).toMatchObject([
      { upper: '/up,x', lower: ['/a:b', '/c'] },
    ]);
  });

  it('leaves out what cannot be written to, and other file systems', () => {
    expect(overlaysIn([ROOT, overlay('ro,lowerdir=/l/A:/l/B')].join('\n'))).toEqual([]);
  });
});
