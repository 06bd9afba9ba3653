import { linkSync, statSync, symlinkSync } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { statFile } from '../../src/sqlite/files.js';
import { changeOwnership, type OwnershipChange } from '../../src/sqlite/permissions.js';
import { skipReason } from '../support/programs.js';
import { openStage } from '../support/stage.js';

/** To mode 0664, with the owner that it has. */
function change(path: string): OwnershipChange {
  const file = statFile(path);
  if (!file) throw new Error(`no ${path}`);
  const { device, inode, uid, gid } = file;
  return { path, role: 'file', device, inode, to: { uid, gid, mode: 0o664 } };
}

const modeOf = (path: string) => statSync(path).mode & 0o777;

describe.skipIf(skipReason(['linux']))('changeOwnership', () => {
  it('changes the mode of what was examined, and a second time nothing', async () => {
    await using stage = await openStage();
    const path = stage.path('app.db-wal');
    await writeFile(path, '', { mode: 0o600 });
    expect(changeOwnership(change(path))).toBeNull();
    expect(modeOf(path)).toBe(0o664);
    const { ctimeNs } = statSync(path, { bigint: true });
    expect(changeOwnership(change(path))).toBeNull();
    expect(statSync(path, { bigint: true }).ctimeNs).toBe(ctimeNs);
  });

  it.each([
    ['a symbolic link', symlinkSync, /it is a symbolic link/],
    ['a hard link', linkSync, /was replaced meanwhile/],
  ])('leaves alone what %s has put in its place', async (_, link, message) => {
    await using stage = await openStage();
    const [path, secret] = [stage.path('app.db-wal'), stage.path('secret')];
    await writeFile(path, '');
    await writeFile(secret, '');
    await chmod(secret, 0o600);
    const planned = change(path);
    await rm(path);
    link(secret, path);
    expect(changeOwnership(planned)).toMatch(message);
    expect(modeOf(secret)).toBe(0o600);
  });

  it('leaves alone what has another name as well', async () => {
    await using stage = await openStage();
    const [path, secret] = [stage.path('app.db-wal'), stage.path('secret')];
    await writeFile(secret, '', { mode: 0o600 });
    linkSync(secret, path);
    expect(changeOwnership(change(path))).toMatch(/has another name as well/);
    expect(modeOf(secret)).toBe(0o600);
  });
});
