import { describe, expect, it } from 'vitest';
import { sidecarPermissions } from '../../../src/doctor/checks/sidecar-permissions.js';
import type { Evidence } from '../../../src/doctor/shapes.js';
import type { FileState } from '../../../src/sqlite/shapes.js';
import { evidence, fileState, healthyEvidence, rollbackSample, walSample } from '../../support/evidence.js';
import { findingOf, outcomeOf } from '../../support/outcome.js';

type Owned = Partial<Pick<FileState, 'uid' | 'gid' | 'mode'>>;

interface Bent {
  readonly database?: Owned;
  readonly wal?: Owned;
  readonly shm?: Owned;
  readonly folder?: Owned;
}

/** The healthy database belongs to uid 1000 with mode 0644, and so do its files and its folder (0755). */
function bent({ database = {}, wal = {}, shm = {}, folder = {} }: Bent): Evidence {
  const healthy = walSample();
  const sample = walSample({
    database: fileState('/data/app.db', database),
    wal: healthy.wal && { ...healthy.wal, file: fileState('/data/app.db-wal', wal) },
    walIndex: healthy.walIndex && { ...healthy.walIndex, file: fileState('/data/app.db-shm', shm) },
  });
  return evidence(sample, undefined, { folder: fileState('/data', { mode: 0o755, ...folder }) });
}

const ROOT = { uid: 0, gid: 0 };

describe('sidecar-permissions: found', () => {
  it('a WAL of root beside the database of another user', () => {
    const found = findingOf(sidecarPermissions, bent({ wal: ROOT }));
    expect(found.severity).toBe('warning');
    expect(found.summary).toContain(
      '/data/app.db-wal belongs to uid 0, gid 0 with mode 0644: uid 1000 cannot write it.',
    );
    expect(found.remedy.commands).toEqual(['chown 1000:1000 /data/app.db-wal']);
  });

  it('a -shm as well: a command for each', () => {
    const { remedy } = findingOf(sidecarPermissions, bent({ wal: ROOT, shm: { ...ROOT, mode: 0o600 } }));
    expect(remedy.commands).toEqual([
      'chown 1000:1000 /data/app.db-wal',
      'chown 1000:1000 /data/app.db-shm',
      'chmod 0644 /data/app.db-shm',
    ]);
  });

  it('a journal of root', () => {
    const file = fileState('/data/app.db-journal', ROOT);
    const checked = evidence(rollbackSample({ journal: { file, content: { kind: 'active' } } }));
    expect(findingOf(sidecarPermissions, checked).summary).toContain('/data/app.db-journal belongs to uid 0');
  });

  it('a group that may write the database and not the WAL', () => {
    const found = findingOf(sidecarPermissions, bent({ database: { mode: 0o664 }, shm: { mode: 0o664 } }));
    expect(found.summary).toContain('group 1000 cannot write it');
    expect(found.remedy.commands).toEqual(['chmod 0664 /data/app.db-wal']);
  });

  it('a database that all may write, and a WAL that only its owner and group may', () => {
    const open = { mode: 0o666 };
    const found = findingOf(sidecarPermissions, bent({ database: open, shm: open, wal: { mode: 0o664 } }));
    expect(found.summary).toContain('with mode 0664: other users cannot write it');
  });

  it.each([
    [{ mode: 0o555 }, 'chmod u+wx /data'],
    [{ uid: 0 }, 'chmod g+wx /data'],
    [ROOT, 'chown 1000 /data'],
  ])('a folder with %o in which the owner cannot create files', (folder, command) => {
    const found = findingOf(sidecarPermissions, bent({ folder }));
    expect(found.summary).toContain('uid 1000 cannot create files there');
    expect(found.remedy.commands).toEqual([command]);
    expect(found.remedy.text).toContain('only if it is there for this database');
  });
});

describe('sidecar-permissions: not found', () => {
  it.each([
    ['everything as SQLite makes it', {}],
    ['everything of root', { database: ROOT, wal: ROOT, shm: ROOT, folder: ROOT }],
    ['a database of root, which may write anything', { database: ROOT, wal: { mode: 0o600 } }],
    ['a sticky folder for all, as /tmp', { folder: { ...ROOT, mode: 0o1777 } }],
    ['a folder of root that the group may write', { folder: { uid: 0, mode: 0o775 } }],
    ['a WAL of another member of the same group', { wal: { uid: 33, mode: 0o664 } }],
    [
      'a group of its own in a folder of 0755',
      { database: { mode: 0o664 }, wal: { mode: 0o664 }, shm: { mode: 0o664 } },
    ],
  ])('clear: %s', (_, bending) => {
    expect(outcomeOf(sidecarPermissions, bent(bending)).outcome).toBe('clear');
  });

  it('clear: the healthy database', () => {
    expect(outcomeOf(sidecarPermissions, healthyEvidence()).outcome).toBe('clear');
  });

  it('inapplicable: a database that nobody may write, and Windows', () => {
    const readOnly = bent({ database: { mode: 0o444 }, wal: ROOT });
    expect(outcomeOf(sidecarPermissions, readOnly).outcome).toBe('inapplicable');
    expect(outcomeOf(sidecarPermissions, healthyEvidence({ platform: 'win32' })).outcome).toBe(
      'inapplicable',
    );
  });

  it('skipped: it depends on who is in a group', () => {
    expect(outcomeOf(sidecarPermissions, bent({ wal: { uid: 33, gid: 33, mode: 0o664 } }))).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('who is in group 33'),
    });
  });
});
