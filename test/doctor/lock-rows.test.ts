import { describe, expect, it } from 'vitest';
import { lockRows } from '../../src/doctor/lock-rows.js';
import type { HeldLock } from '../../src/locks/shapes.js';
import {
  attachedLocks,
  evidence,
  healthyEvidence,
  kernel,
  lock,
  rollbackSample,
  walIndex,
  walSample,
} from '../support/evidence.js';

function walRows(locks: HeldLock[], index = walIndex(), later = index) {
  const withIndex = (content: typeof index) => {
    const { walIndex: state } = walSample();
    return state && { ...state, content: { kind: 'index', index: content } as const };
  };
  const first = walSample({ kernel: kernel(locks), walIndex: withIndex(index) });
  return lockRows(evidence(first, { ...first, walIndex: withIndex(later) }));
}

describe('lockRows', () => {
  it('shows an idle process as attached, blocking nobody, for no stated time', () => {
    expect(lockRows(healthyEvidence())).toEqual([
      {
        pid: 4121,
        command: '/usr/bin/python3 worker.py',
        user: 'app',
        state: 'S',
        stateMeaning: 'sleeping',
        role: 'attached',
        locks: ['SHARED', 'DMS'],
        heldAtLeastMs: null,
        blocks: null,
      },
    ]);
  });

  it('lists locks by their place in the files, in whatever order they were taken', () => {
    const [shared, dms] = attachedLocks(7);
    const taken = [lock(7, 'WRITE', 'WRITE'), lock(7, 'READ', 'READ1'), dms, shared].flatMap(
      (one) => one ?? [],
    );
    expect(walRows(taken)).toMatchObject([{ locks: ['SHARED', 'WRITE', 'READ1', 'DMS'] }]);
  });

  it('gives a writer a time only while nobody committed', () => {
    const locks = [...attachedLocks(7), lock(7, 'WRITE', 'WRITE'), lock(7, 'READ', 'READ1')];
    expect(walRows(locks)).toMatchObject([
      { role: 'writer', heldAtLeastMs: 250, blocks: 'all other writers' },
    ]);
    const busy = walRows(locks, walIndex(), walIndex({ changeCount: 11 }));
    expect(busy).toMatchObject([{ role: 'writer', heldAtLeastMs: null }]);
  });

  it('says at which frame a reader stands and what that blocks', () => {
    const locks = [...attachedLocks(7), lock(7, 'READ', 'READ2')];
    const index = walIndex({ mxFrame: 1200, readMarks: [0, 1200, 812, null, null] });
    expect(walRows(locks, index)).toMatchObject([
      {
        role: 'reader on READ2 at frame 812',
        heldAtLeastMs: 250,
        blocks: 'checkpoints beyond frame 812 of 1,200',
      },
    ]);
  });

  it('does not time a reader at the newest frame: it may be many short reads', () => {
    const locks = [...attachedLocks(7), lock(7, 'READ', 'READ1')];
    expect(walRows(locks)).toMatchObject([
      { role: 'reader on READ1 at frame 20', heldAtLeastMs: null, blocks: null },
    ]);
  });

  it.each([
    ['checkpointer', ['CKPT']],
    ['checkpointer that keeps writers out', ['WRITE', 'CKPT']],
    ['recovering the WAL index', ['WRITE', 'CKPT', 'RECOVER']],
  ] as const)('knows a %s', (role, names) => {
    const locks = [...attachedLocks(7), ...names.map((name) => lock(7, 'WRITE', name))];
    expect(walRows(locks)).toMatchObject([{ role }]);
  });

  it('puts a commit that waits, and the reader it waits for, in words', () => {
    const locks = [
      lock(8, 'READ', 'SHARED'),
      lock(7, 'READ', 'SHARED'),
      lock(7, 'WRITE', 'RESERVED'),
      lock(7, 'WRITE', 'PENDING'),
    ];
    const sample = rollbackSample({ kernel: kernel(locks) });
    expect(lockRows(evidence(sample, sample))).toMatchObject([
      {
        pid: 7,
        role: 'committing, waits for readers',
        blocks: 'new readers and all other writers',
        heldAtLeastMs: 250,
      },
      { pid: 8, role: 'reader', blocks: 'the commit of python3 worker.py (pid 7)', heldAtLeastMs: 250 },
    ]);
  });

  it('calls a write lock on the SHARED bytes by its name', () => {
    const sample = rollbackSample({ kernel: kernel([lock(7, 'WRITE', 'SHARED')]) });
    expect(lockRows(evidence(sample, sample))).toMatchObject([
      { role: 'exclusive', locks: ['EXCLUSIVE'], blocks: 'every other process' },
    ]);
  });

  it('lists who blocks before who does not', () => {
    const locks = [...attachedLocks(3), ...attachedLocks(9), lock(9, 'WRITE', 'WRITE')];
    expect(walRows(locks).map(({ pid }) => pid)).toEqual([9, 3]);
  });
});
