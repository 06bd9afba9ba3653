import { describe, expect, it } from 'vitest';
import { readerPinsWal } from '../../../src/doctor/checks/reader-pins-wal.js';
import type { Evidence, Sample } from '../../../src/doctor/shapes.js';
import type { HeldLock, LockName } from '../../../src/locks/shapes.js';
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

function sampleWith(index: Partial<WalIndex>, locks: HeldLock[]): Sample {
  const content = { kind: 'index', index: walIndex(index) } as const;
  const walIndexState = { file: fileState('/data/app.db-shm', { bytes: 32_768 }), content };
  return walSample({ walIndex: walIndexState, kernel: kernel([...attachedLocks(4121), ...locks]) });
}

function pinned(index: Partial<WalIndex>, ...names: LockName[]): Evidence {
  const locks = names.map((name) => lock(4121, 'READ', name));
  return evidence(sampleWith(index, locks), sampleWith(index, locks));
}

const BEHIND = { mxFrame: 2000, nBackfill: 800, readMarks: [0, 2000, 800, null, null] };

describe('reader-pins-wal', () => {
  it('finds the reader, its slot and mark, and how far it is behind', () => {
    const finding = findingOf(readerPinsWal, pinned(BEHIND, 'READ2'));
    expect(finding.severity).toBe('warning');
    expect(finding.facts).toMatchObject({
      mxFrame: 2000,
      pins: [
        { pid: 4121, slot: 2, mark: 800, framesBehind: 1200, bytesBehind: 4_944_000, heldAtLeastMs: 250 },
      ],
    });
    expect(finding.summary).toBe(
      'python3 worker.py (pid 4121) has held READ2 at frame 800, for at least 250 ms: the last 1,200 frames of 2,000 (4.7 MiB) cannot be checkpointed.',
    );
    expect(finding.remedy.commands).toEqual([
      'ps -o pid,ppid,stat,lstart,args -p 4121',
      "sqlite3 /data/app.db 'PRAGMA wal_checkpoint(TRUNCATE);'",
    ]);
  });

  it('believes no index whose counts contradict each other', () => {
    const [first, last] = [
      { mxFrame: 22, nBackfill: 13 },
      { mxFrame: 10, nBackfill: 13 },
    ].map((index) => sampleWith(index, [lock(4121, 'READ', 'READ0')]));
    if (!first || !last) throw new Error('no sample');
    expect(verdictOf(readerPinsWal, evidence(first, last))).toBe('clear');
  });

  it('finds a reader of the database file alone: READ0 pins everything after what is backfilled', () => {
    const finding = findingOf(readerPinsWal, pinned({ mxFrame: 1200, nBackfill: 0 }, 'READ0'));
    expect(finding.severity).toBe('warning');
    expect(finding.facts).toMatchObject({ pins: [{ pid: 4121, slot: 0, mark: 0, framesBehind: 1200 }] });
    expect(finding.summary).toContain(
      'READ0 (the database file alone), which stops every checkpoint at frame 0',
    );
    expect(verdictOf(readerPinsWal, pinned({ mxFrame: 1200, nBackfill: 1200 }, 'READ0'))).toBe('clear');
  });

  it('names every process on a slot, those furthest behind first', () => {
    const marks = { mxFrame: 50, readMarks: [0, 40, 10, null, null] };
    const locks = [lock(5, 'READ', 'READ1'), lock(6, 'READ', 'READ2'), lock(7, 'READ', 'READ2')];
    const finding = findingOf(readerPinsWal, evidence(sampleWith(marks, locks), sampleWith(marks, locks)));
    expect(finding.facts).toMatchObject({
      pins: [
        { pid: 6, mark: 10 },
        { pid: 7, mark: 10 },
        { pid: 5, mark: 40 },
      ],
    });
  });

  it('is a warning from 1,000 frames behind, the default autocheckpoint', () => {
    const behind = (frames: number) =>
      pinned({ mxFrame: 1500, readMarks: [0, 1500 - frames, null, null, null] }, 'READ1');
    expect(verdictOf(readerPinsWal, behind(999))).toBe('found: info');
    expect(verdictOf(readerPinsWal, behind(1000))).toBe('found: warning');
  });

  it('only informs about Litestream, which reads on purpose', () => {
    const command = { known: true, value: ['/usr/bin/litestream', 'replicate'] } as const;
    const litestream = attachedProcess(4121, { command: { ...command, value: [...command.value] } });
    const finding = findingOf(readerPinsWal, { ...pinned(BEHIND, 'READ2'), processes: [litestream] });
    expect(finding.severity).toBe('info');
    expect(finding.summary).toContain('It is Litestream');
    expect(finding.remedy.commands).toEqual([]);
  });

  it('is clear for a reader at the newest frame, and for a mark that nobody holds', () => {
    expect(verdictOf(readerPinsWal, pinned(BEHIND, 'READ1'))).toBe('clear');
    expect(verdictOf(readerPinsWal, pinned(BEHIND))).toBe('clear');
    expect(verdictOf(readerPinsWal, healthyEvidence())).toBe('clear');
  });

  it('is clear for reads that follow each other while commits come in', () => {
    const locks = [lock(4121, 'READ', 'READ1')];
    const moved = (mark: number) =>
      sampleWith({ mxFrame: mark + 5, readMarks: [0, mark, null, null, null] }, locks);
    expect(verdictOf(readerPinsWal, evidence(moved(20), moved(30)))).toBe('clear');
    const newest = sampleWith({ mxFrame: 20, readMarks: [0, 20, null, null, null] }, locks);
    const thenOneMore = sampleWith({ mxFrame: 21, readMarks: [0, 20, null, null, null] }, locks);
    expect(verdictOf(readerPinsWal, evidence(newest, thenOneMore))).toBe('clear');
  });

  it('is clear if the WAL started again in between, with the same numbers by chance', () => {
    const locks = [lock(4121, 'READ', 'READ2')];
    const again = sampleWith({ ...BEHIND, salts: '1111111122222222' }, locks);
    expect(verdictOf(readerPinsWal, evidence(sampleWith(BEHIND, locks), again))).toBe('clear');
  });

  it('is clear if READ0 let a checkpoint through, or another process holds the slot now', () => {
    const read0 = [lock(4121, 'READ', 'READ0')];
    const before = sampleWith({ mxFrame: 20, nBackfill: 5 }, read0);
    const after = sampleWith({ mxFrame: 30, nBackfill: 20 }, read0);
    expect(verdictOf(readerPinsWal, evidence(before, after))).toBe('clear');
    const other = sampleWith(BEHIND, [lock(7, 'READ', 'READ2')]);
    const one = sampleWith(BEHIND, [lock(4121, 'READ', 'READ2')]);
    expect(verdictOf(readerPinsWal, evidence(one, other))).toBe('clear');
  });

  it('is inapplicable outside WAL mode, without readers, and before the first read', () => {
    const rollback = rollbackSample({ kernel: kernel([lock(4121, 'READ', 'SHARED')]) });
    expect(verdictOf(readerPinsWal, evidence(rollback, rollback))).toBe(
      'inapplicable: the database is not in WAL mode',
    );
    expect(verdictOf(readerPinsWal, evidence(rollbackSample()))).toBe(
      'inapplicable: nobody has the database open',
    );
    const unread = walSample({ walIndex: null });
    expect(verdictOf(readerPinsWal, evidence(unread, unread))).toMatch(
      /^inapplicable: there is no -shm file/,
    );
  });

  it('is skipped with the reason where the index or the locks could not be read', () => {
    const file = fileState('/data/app.db-shm');
    const content = { kind: 'unreadable', reason: 'permission denied' } as const;
    const unreadable = walSample({ walIndex: { file, content } });
    expect(verdictOf(readerPinsWal, evidence(unreadable, unreadable))).toContain('permission denied');
    const hidden = walSample({ kernel: { ...kernel(attachedLocks(4121)), locksView: HIDDEN } });
    expect(verdictOf(readerPinsWal, evidence(hidden, hidden))).toBe('skipped: dblock runs in a container');
    expect(verdictOf(readerPinsWal, evidence(walSample()))).toMatch(/^skipped: there is only one sample/);
  });
});
