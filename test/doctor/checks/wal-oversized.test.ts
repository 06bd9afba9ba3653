import { describe, expect, it } from 'vitest';
import { walOversized } from '../../../src/doctor/checks/wal-oversized.js';
import type { Evidence, Sample } from '../../../src/doctor/shapes.js';
import type { HeldLock } from '../../../src/locks/shapes.js';
import type { WalIndex } from '../../../src/sqlite/shapes.js';
import {
  attachedLocks,
  evidence,
  fileState,
  healthyEvidence,
  kernel,
  lock,
  rollbackSample,
  walIndex,
  walSample,
} from '../../support/evidence.js';
import { findingOf, verdictOf } from '../../support/outcome.js';

const MIB = 2 ** 20;
const HIDDEN = { complete: false, reason: 'dblock runs in a container' } as const;

function sampleWith(walBytes: number, index: Partial<WalIndex>, ...locks: HeldLock[]): Sample {
  const content = { kind: 'index', index: walIndex(index) } as const;
  return walSample({
    wal: { file: fileState('/data/app.db-wal', { bytes: walBytes }), content: { kind: 'empty' } },
    walIndex: { file: fileState('/data/app.db-shm', { bytes: 32_768 }), content },
    kernel: kernel([...attachedLocks(4121), ...locks]),
  });
}

function twice(sample: Sample): Evidence {
  return evidence(sample, sample);
}

const COPIED = { mxFrame: 17_000, nBackfill: 17_000, readMarks: [0, 17_000, null, null, null] };

describe('wal-oversized', () => {
  it('finds a large WAL that is all in the database', () => {
    const finding = findingOf(walOversized, twice(sampleWith(67 * MIB, COPIED)));
    expect(finding.severity).toBe('info');
    expect(finding.facts).toMatchObject({ walBytes: 67 * MIB, mxFrame: 17_000, nBackfill: 17_000 });
    expect(finding.summary).toBe(
      'The WAL file has 67 MiB, and all of its 17,000 committed frames are already in the database.',
    );
    expect(finding.remedy.commands[0]).toContain('wal_checkpoint(TRUNCATE)');
    expect(finding.remedy.commands[1]).toContain('journal_size_limit');
  });

  it('is clear below 64 MiB, with a backlog, and while readers starve the WAL', () => {
    expect(verdictOf(walOversized, twice(sampleWith(64 * MIB, COPIED)))).toBe('found: info');
    expect(verdictOf(walOversized, twice(sampleWith(64 * MIB - 1, COPIED)))).toBe('clear');
    expect(verdictOf(walOversized, twice(sampleWith(67 * MIB, { ...COPIED, nBackfill: 16_999 })))).toBe(
      'clear',
    );
    const starved = sampleWith(67 * MIB, COPIED, lock(7, 'READ', 'READ1'));
    expect(verdictOf(walOversized, twice(starved))).toBe('clear');
    expect(verdictOf(walOversized, healthyEvidence())).toBe('clear');
  });

  it('is skipped where readers may be hidden, and inapplicable outside WAL mode or without anybody', () => {
    const sample = sampleWith(67 * MIB, COPIED);
    const hidden = { ...sample, kernel: { ...sample.kernel, locksView: HIDDEN } };
    expect(verdictOf(walOversized, twice(hidden))).toBe('skipped: dblock runs in a container');
    const rollback = rollbackSample({ kernel: kernel([lock(4121, 'READ', 'SHARED')]) });
    expect(verdictOf(walOversized, twice(rollback))).toBe('inapplicable: the database is not in WAL mode');
    expect(verdictOf(walOversized, evidence(rollbackSample()))).toBe(
      'inapplicable: nobody has the database open',
    );
  });
});
