import { describe, expect, it } from 'vitest';
import { checkpointAbsent } from '../../../src/doctor/checks/checkpoint-absent.js';
import type { Evidence, Sample } from '../../../src/doctor/shapes.js';
import type { HeldLock } from '../../../src/locks/shapes.js';
import type { WalIndex } from '../../../src/sqlite/shapes.js';
import {
  attachedLocks,
  attachedProcess,
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

const HIDDEN = { complete: false, reason: 'dblock runs in a container' } as const;

function sampleWith(index: Partial<WalIndex>, ...locks: HeldLock[]): Sample {
  const content = { kind: 'index', index: walIndex(index) } as const;
  const walIndexState = { file: fileState('/data/app.db-shm', { bytes: 32_768 }), content };
  return walSample({ walIndex: walIndexState, kernel: kernel([...attachedLocks(4121), ...locks]) });
}

function twice(sample: Sample): Evidence {
  return evidence(sample, sample);
}

const BACKLOG = { mxFrame: 5500, nBackfill: 500, readMarks: [0, 5500, 3000, null, null] };

describe('checkpoint-absent', () => {
  it('finds a backlog that nobody copies, in frames and bytes', () => {
    const finding = findingOf(checkpointAbsent, twice(sampleWith(BACKLOG)));
    expect(finding.severity).toBe('warning');
    expect(finding.facts).toMatchObject({
      copyableFrames: 5000,
      copyableBytes: 20_600_000,
      checkpointing: false,
    });
    expect(finding.summary).toContain(
      '500 of 5,500 frames of the WAL are in the database. At least 5,000 more (20 MiB)',
    );
    expect(finding.remedy.commands).toEqual(["sqlite3 /data/app.db 'PRAGMA wal_checkpoint(TRUNCATE);'"]);
  });

  it('needs 4,000 frames in both samples', () => {
    expect(verdictOf(checkpointAbsent, twice(sampleWith({ mxFrame: 4000 })))).toBe('found: warning');
    expect(verdictOf(checkpointAbsent, twice(sampleWith({ mxFrame: 3999 })))).toBe('clear');
    const grew = evidence(sampleWith({ mxFrame: 3000 }), sampleWith({ mxFrame: 9000 }));
    expect(verdictOf(checkpointAbsent, grew)).toBe('clear');
    expect(verdictOf(checkpointAbsent, healthyEvidence())).toBe('clear');
  });

  it('is clear if a reader keeps the frames from being copied, but not for one that is near the end', () => {
    const verdict = (held: HeldLock) => verdictOf(checkpointAbsent, twice(sampleWith(BACKLOG, held)));
    expect(verdict(lock(7, 'READ', 'READ2'))).toBe('clear');
    expect(verdict(lock(7, 'READ', 'READ0'))).toBe('clear');
    expect(verdict(lock(7, 'READ', 'READ1'))).toBe('found: warning');
  });

  it('is clear while a checkpoint runs', () => {
    const running = sampleWith(BACKLOG, lock(7, 'WRITE', 'CKPT'));
    expect(verdictOf(checkpointAbsent, evidence(sampleWith(BACKLOG), running))).toBe('clear');
    expect(verdictOf(checkpointAbsent, evidence(running, sampleWith(BACKLOG)))).toBe('clear');
  });

  it('names Litestream and then only informs', () => {
    const executable = { known: true, value: '/usr/local/bin/litestream' } as const;
    const command = { known: true as const, value: ['litestream', 'replicate'] };
    const processes = [attachedProcess(4121, { executable, command })];
    const finding = findingOf(checkpointAbsent, { ...twice(sampleWith(BACKLOG)), processes });
    expect(finding.severity).toBe('info');
    expect(finding.summary).toContain('litestream replicate (pid 4121) is attached');
    expect(finding.facts).toMatchObject({ litestreamPids: [4121] });
  });

  it('is skipped where a reader or a checkpoint may be hidden, and with one sample', () => {
    const sample = sampleWith(BACKLOG);
    const hidden = { ...sample, kernel: { ...sample.kernel, locksView: HIDDEN } };
    expect(verdictOf(checkpointAbsent, twice(hidden))).toBe('skipped: dblock runs in a container');
    expect(verdictOf(checkpointAbsent, evidence(sample))).toMatch(/^skipped: there is only one sample/);
  });

  it('is inapplicable outside WAL mode and without anybody', () => {
    const rollback = rollbackSample({ kernel: kernel([lock(4121, 'READ', 'SHARED')]) });
    expect(verdictOf(checkpointAbsent, twice(rollback))).toBe(
      'inapplicable: the database is not in WAL mode',
    );
    expect(verdictOf(checkpointAbsent, evidence(rollbackSample()))).toBe(
      'inapplicable: nobody has the database open',
    );
  });
});
