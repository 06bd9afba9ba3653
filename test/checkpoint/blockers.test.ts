import { describe, expect, it } from 'vitest';
import { findBlockers, type LockSighting, type Look } from '../../src/checkpoint/blockers.js';
import type { CheckpointMode } from '../../src/checkpoint/shapes.js';
import type { WalIndex } from '../../src/sqlite/shapes.js';

const SELF = 1;
const INDEX: WalIndex = {
  ...{ changeCount: 9, pageBytes: 4096, mxFrame: 100, nPage: 10, frameChecksum: [0, 0], salts: 'a' },
  ...{ nBackfill: 40, nBackfillAttempted: 40, readMarks: [0, 40, 100, null, null] },
};

function lock(pid: number, mode: LockSighting['mode'], ...names: string[]): LockSighting {
  return { pid, mode, names };
}

function blockers(mode: CheckpointMode, locks: LockSighting[], overrides: Partial<Look> = {}) {
  const look = { locks, index: INDEX, states: new Map([[7, 'S']]), hidden: null, ...overrides };
  return findBlockers(mode, look, SELF, (pid) => `reader.py (pid ${pid})`);
}

describe('who kept a checkpoint from finishing', () => {
  it('is a reader behind the last frame, with slot and mark', () => {
    const [found, ...others] = blockers('passive', [lock(7, 'READ', 'READ1', 'READ2')]);
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      pid: 7,
      role: 'reader',
      slot: 1,
      mark: 40,
      framesHeldBack: 60,
      state: 'S',
    });
    expect(found?.summary).toBe(
      'reader.py (pid 7) holds READ1 at frame 40: the last 60 frames of 100 cannot be copied.',
    );
  });

  it('is a reader at the newest frame only where the WAL is to be started again', () => {
    const locks = [lock(7, 'READ', 'READ2')];
    expect(blockers('passive', locks)).toEqual([]);
    expect(blockers('full', locks)).toEqual([]);
    expect(blockers('truncate', locks)).toMatchObject([{ slot: 2, framesHeldBack: 0 }]);
    expect(blockers('restart', locks)[0]?.summary).toMatch(/while it reads, the WAL cannot be started again/);
  });

  it('is a reader of the database file alone, which stops everything', () => {
    expect(blockers('passive', [lock(7, 'READ', 'READ0')])).toMatchObject([
      { slot: 0, mark: 0, framesHeldBack: 60 },
    ]);
    const index = { ...INDEX, nBackfill: 100 };
    expect(blockers('truncate', [lock(7, 'READ', 'READ0')], { index })).toEqual([]);
  });

  it('is the writer, another checkpointer, or whoever has the database for itself', () => {
    expect(blockers('full', [lock(7, 'WRITE', 'WRITE')])).toMatchObject([{ role: 'writer' }]);
    expect(blockers('full', [lock(7, 'WRITE', 'WRITE', 'CKPT')])).toMatchObject([{ role: 'checkpointer' }]);
    expect(blockers('full', [lock(7, 'WRITE', 'SHARED')])).toMatchObject([{ role: 'exclusive' }]);
  });

  it('is a writer only for a mode that waits for it; its snapshot is told as such', () => {
    const locks = [lock(7, 'WRITE', 'WRITE'), lock(7, 'READ', 'READ1')];
    expect(blockers('passive', locks)).toMatchObject([
      { role: 'reader', mark: 40, summary: expect.stringMatching(/It is writing: this may be the snapshot/) },
    ]);
    expect(blockers('full', locks).map(({ role }) => role)).toEqual(['writer', 'reader']);
  });

  it('is never dblock itself', () => {
    expect(blockers('truncate', [lock(SELF, 'WRITE', 'WRITE', 'CKPT'), lock(SELF, 'READ', 'READ1')])).toEqual(
      [],
    );
  });

  it('is named without a mark where the index cannot be read', () => {
    const [found] = blockers('passive', [lock(7, 'READ', 'READ3')], { index: null });
    expect(found).toMatchObject({ slot: 3, mark: null, framesHeldBack: null });
    expect(found?.summary).toMatch(/holds READ3: frames after its snapshot cannot be copied/);
  });

  it('is said to be stopped', () => {
    const [found] = blockers('passive', [lock(7, 'READ', 'READ1')], { states: new Map([[7, 'T']]) });
    expect(found?.summary).toMatch(/\(and is stopped\)/);
  });
});
