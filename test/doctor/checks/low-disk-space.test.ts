import { describe, expect, it } from 'vitest';
import { lowDiskSpace } from '../../../src/doctor/checks/low-disk-space.js';
import type { Evidence, Sample } from '../../../src/doctor/shapes.js';
import { known, unknown } from '../../../src/known.js';
import { evidence, fileState, healthyEvidence, walSample } from '../../support/evidence.js';
import { findingOf, outcomeOf } from '../../support/outcome.js';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

function disk(freeBytes: number, totalBytes = 100 * GIB, options = ['rw']): Evidence['fileSystem'] {
  return known({
    type: 'ext4',
    mountPoint: '/data',
    source: '/dev/vdb',
    device: 'fe:10',
    options,
    freeBytes,
    totalBytes,
  });
}

function withWal(bytes: number): Sample {
  const { wal } = walSample();
  return walSample({ wal: wal && { ...wal, file: fileState('/data/app.db-wal', { bytes }) } });
}

describe('low-disk-space', () => {
  it('is critical below 16 MiB', () => {
    const found = findingOf(lowDiskSpace, healthyEvidence({ fileSystem: disk(16 * MIB - 1) }));
    expect(found.severity).toBe('critical');
    expect(found.summary).toContain('16 MiB of 100 GiB are free on /data, where /data/app.db is');
    expect(found.remedy.commands).toEqual(['du -xh -d 2 /data | sort -h | tail -n 20']);
  });

  it('is a warning from 16 MiB to 256 MiB', () => {
    expect(findingOf(lowDiskSpace, healthyEvidence({ fileSystem: disk(16 * MIB) })).severity).toBe('warning');
    expect(findingOf(lowDiskSpace, healthyEvidence({ fileSystem: disk(256 * MIB - 1) })).severity).toBe(
      'warning',
    );
    expect(outcomeOf(lowDiskSpace, healthyEvidence({ fileSystem: disk(256 * MIB) })).outcome).toBe('clear');
  });

  it('asks for no more than a tenth of a small volume', () => {
    expect(
      outcomeOf(lowDiskSpace, healthyEvidence({ fileSystem: disk(100 * MIB, GIB - 24 * MIB) })).outcome,
    ).toBe('clear');
    expect(findingOf(lowDiskSpace, healthyEvidence({ fileSystem: disk(99 * MIB, GIB) })).severity).toBe(
      'warning',
    );
  });

  it('asks for twice the WAL, and has a large one truncated', () => {
    const tight = evidence(withWal(5 * GIB), undefined, { fileSystem: disk(10 * GIB - 1) });
    const found = findingOf(lowDiskSpace, tight);
    expect(found.severity).toBe('warning');
    expect(found.summary).toContain('The WAL has 5 GiB');
    expect(found.remedy.commands).toContain("sqlite3 /data/app.db 'PRAGMA wal_checkpoint(TRUNCATE);'");
    const enough = evidence(withWal(5 * GIB), undefined, { fileSystem: disk(10 * GIB) });
    expect(outcomeOf(lowDiskSpace, enough).outcome).toBe('clear');
  });

  it('is clear with 50 GiB', () => {
    expect(outcomeOf(lowDiskSpace, healthyEvidence()).outcome).toBe('clear');
  });

  it('is inapplicable where nobody can write', () => {
    const fileSystem = disk(0, GIB, ['ro', 'nodev']);
    expect(outcomeOf(lowDiskSpace, healthyEvidence({ fileSystem })).outcome).toBe('inapplicable');
  });

  it('is skipped if the free space is not known', () => {
    expect(outcomeOf(lowDiskSpace, healthyEvidence({ fileSystem: disk(0, 0) })).outcome).toBe('skipped');
    expect(outcomeOf(lowDiskSpace, healthyEvidence({ fileSystem: unknown('no mountinfo') }))).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('no mountinfo'),
    });
  });
});
