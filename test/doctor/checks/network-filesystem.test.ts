import { describe, expect, it } from 'vitest';
import { networkFilesystem } from '../../../src/doctor/checks/network-filesystem.js';
import type { Evidence } from '../../../src/doctor/shapes.js';
import { known, unknown } from '../../../src/known.js';
import { evidence, healthyEvidence, rollbackSample } from '../../support/evidence.js';
import { findingOf, outcomeOf } from '../../support/outcome.js';

function mountedAs(type: string, options: string[] = ['rw']): Evidence['fileSystem'] {
  const GIB = 2 ** 30;
  return known({
    type,
    mountPoint: '/data',
    source: 'nas:/export',
    device: '0:99',
    options,
    freeBytes: 50 * GIB,
    totalBytes: 100 * GIB,
  });
}

describe('network-filesystem', () => {
  it.each([
    'nfs',
    'nfs4',
    'cifs',
    'smb3',
    'smbfs',
    '9p',
    'virtiofs',
    'fuse.sshfs',
    'fuse.gvfsd-fuse',
    'fuse.s3fs',
    'drvfs',
    'vboxsf',
    'ceph',
    'glusterfs',
    'lustre',
    'afs',
  ])('%s is critical in WAL mode and a warning in rollback mode', (type) => {
    const fileSystem = mountedAs(type);
    expect(findingOf(networkFilesystem, healthyEvidence({ fileSystem })).severity).toBe('critical');
    const rollback = evidence(rollbackSample(), undefined, { fileSystem });
    expect(findingOf(networkFilesystem, rollback).severity).toBe('warning');
  });

  it.each(['ext4', 'xfs', 'btrfs', 'zfs', 'tmpfs', 'apfs', 'overlay', 'fuseblk', 'fuse.fuse-overlayfs'])(
    '%s is clear',
    (type) => {
      expect(outcomeOf(networkFilesystem, healthyEvidence({ fileSystem: mountedAs(type) })).outcome).toBe(
        'clear',
      );
    },
  );

  it('says where it is mounted from, and leaves WAL mode', () => {
    const found = findingOf(networkFilesystem, healthyEvidence({ fileSystem: mountedAs('nfs4') }));
    expect(found.summary).toContain('/data/app.db is on nfs4 (nas:/export, mounted on /data)');
    expect(found.remedy.commands).toEqual([
      'findmnt -T /data/app.db',
      "sqlite3 /data/app.db 'PRAGMA journal_mode=DELETE;'",
    ]);
  });

  it('has no journal mode to change in rollback mode', () => {
    const rollback = evidence(rollbackSample(), undefined, { fileSystem: mountedAs('cifs') });
    expect(findingOf(networkFilesystem, rollback).remedy.commands).toEqual(['findmnt -T /data/app.db']);
  });

  it.each(['local_lock=all', 'nolock', 'nobrl'])('names the mount option %s', (option) => {
    const fileSystem = mountedAs('nfs4', ['rw', option]);
    expect(findingOf(networkFilesystem, healthyEvidence({ fileSystem })).summary).toContain(option);
  });

  it('is skipped if the file system is not known', () => {
    expect(
      outcomeOf(networkFilesystem, healthyEvidence({ fileSystem: unknown('no mountinfo') })),
    ).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('no mountinfo'),
    });
  });
});
