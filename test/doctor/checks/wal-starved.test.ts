import { describe, expect, it } from 'vitest';
import { walStarved } from '../../../src/doctor/checks/wal-starved.js';
import type { Sample } from '../../../src/doctor/shapes.js';
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

const HIDDEN = { complete: false, reason: 'dblock runs in a container' } as const;
const FULL = { mxFrame: 2500, nBackfill: 2500, readMarks: [0, 2500, null, null, null] };

function sampleWith(index: Partial<WalIndex>, ...locks: HeldLock[]): Sample {
  const content = { kind: 'index', index: walIndex(index) } as const;
  const walIndexState = { file: fileState('/data/app.db-shm', { bytes: 32_768 }), content };
  return walSample({ walIndex: walIndexState, kernel: kernel([...attachedLocks(4121), ...locks]) });
}

const reader = (pid: number) => lock(pid, 'READ', 'READ1');

describe('wal-starved', () => {
  it('finds a WAL that grew although all of it had been copied, and names the readers of both samples', () => {
    const grown = { ...FULL, mxFrame: 2510, readMarks: [0, 2510, null, null, null] };
    const finding = findingOf(
      walStarved,
      evidence(sampleWith(FULL, reader(5)), sampleWith(grown, reader(6))),
    );
    expect(finding.severity).toBe('warning');
    expect(finding.facts).toMatchObject({
      mxFrame: 2510,
      nBackfill: 2500,
      grewFrames: 10,
      readerPids: [5, 6],
    });
    expect(finding.summary).toContain('2,500 of 2,510 frames (9.9 MiB)');
    expect(finding.summary).toContain('python3 worker.py (pid 5) and python3 worker.py (pid 6)');
    expect(finding.summary).toContain('It grew by 10 frames between the samples.');
    expect(finding.remedy.commands).toEqual([
      "sqlite3 /data/app.db 'PRAGMA busy_timeout = 2000; PRAGMA wal_checkpoint(TRUNCATE);'",
    ]);
  });

  it('only informs while nobody tried to write', () => {
    const still = findingOf(walStarved, evidence(sampleWith(FULL, reader(5)), sampleWith(FULL, reader(5))));
    expect(still.severity).toBe('info');
    expect(still.summary).toContain('It did not grow');
  });

  it('warns of frames that were appended after what was copied, even if none was while it looked', () => {
    const appended = { ...FULL, mxFrame: 2501 };
    const both = evidence(sampleWith(appended, reader(5)), sampleWith(appended, reader(5)));
    expect(verdictOf(walStarved, both)).toBe('found: warning');
  });

  it('is clear if the WAL is short, not copied, was started again, or had a moment without readers', () => {
    const verdict = (index: Partial<WalIndex>) =>
      verdictOf(walStarved, evidence(sampleWith(index, reader(5)), sampleWith(index, reader(5))));
    expect(verdict({ ...FULL, mxFrame: 1999, nBackfill: 1999 })).toBe('clear');
    expect(verdict({ ...FULL, nBackfill: 2249 })).toBe('clear');
    expect(verdict({ ...FULL, nBackfill: 2250 })).toBe('found: warning');
    const reset = sampleWith({ ...FULL, salts: '1111111122222222' }, reader(5));
    expect(verdictOf(walStarved, evidence(sampleWith(FULL, reader(5)), reset))).toBe('clear');
    expect(verdictOf(walStarved, evidence(sampleWith(FULL, reader(5)), sampleWith(FULL)))).toBe('clear');
    expect(verdictOf(walStarved, healthyEvidence())).toBe('clear');
  });

  it('is clear if only the writer holds a slot, or a reader of the database file alone', () => {
    const writer = sampleWith(FULL, reader(5), lock(5, 'WRITE', 'WRITE'));
    expect(verdictOf(walStarved, evidence(writer, writer))).toBe('clear');
    const read0 = sampleWith(FULL, lock(5, 'READ', 'READ0'));
    expect(verdictOf(walStarved, evidence(read0, read0))).toBe('clear');
  });

  it('leaves a single reader that is far behind to reader-pins-wal', () => {
    const far = { mxFrame: 20_000, nBackfill: 19_000, readMarks: [0, 19_000, null, null, null] };
    expect(verdictOf(walStarved, evidence(sampleWith(far, reader(5)), sampleWith(far, reader(5))))).toBe(
      'clear',
    );
  });

  it('is inapplicable outside WAL mode and without anybody, and skipped where locks may be hidden', () => {
    const rollback = rollbackSample({ kernel: kernel([lock(4121, 'READ', 'SHARED')]) });
    expect(verdictOf(walStarved, evidence(rollback, rollback))).toBe(
      'inapplicable: the database is not in WAL mode',
    );
    expect(verdictOf(walStarved, evidence(rollbackSample()))).toBe(
      'inapplicable: nobody has the database open',
    );
    const hidden = walSample({ kernel: { ...kernel(attachedLocks(4121)), locksView: HIDDEN } });
    expect(verdictOf(walStarved, evidence(hidden, hidden))).toBe('skipped: dblock runs in a container');
    expect(verdictOf(walStarved, evidence(walSample()))).toMatch(/^skipped: there is only one sample/);
  });
});
