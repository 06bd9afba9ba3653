import { describe, expect, it } from 'vitest';
import type { LockSighting, Look } from '../../../src/checkpoint/blockers.js';
import { findPreventers, type Situation } from '../../../src/doctor/repair/preventers.js';

const SELF = 9;

function look(...locks: LockSighting[]): Look {
  return { locks, index: null, states: new Map([[3, 'T']]), hidden: null };
}

function held(pid: number, mode: LockSighting['mode'], ...names: string[]): LockSighting {
  return { pid, mode, names };
}

function preventers(locks: LockSighting[], situation: Partial<Situation> = {}) {
  const all = findPreventers(
    look(...locks),
    { journalMode: 'rollback', need: 'write', self: SELF, ...situation },
    (pid) => `worker (pid ${pid})`,
  );
  return all.map(({ pid, lock }) => [pid, lock]);
}

describe('findPreventers', () => {
  it('names the strongest lock of each process, and not our own', () => {
    const locks = [
      held(1, 'READ', 'SHARED'),
      held(1, 'WRITE', 'RESERVED'),
      held(2, 'READ', 'SHARED'),
      held(SELF, 'WRITE', 'PENDING'),
    ];
    expect(preventers(locks)).toEqual([
      [1, 'RESERVED'],
      [2, 'SHARED'],
    ]);
  });

  it('WRITE on the SHARED bytes is EXCLUSIVE', () => {
    expect(preventers([held(1, 'WRITE', 'PENDING', 'RESERVED', 'SHARED')])).toEqual([[1, 'EXCLUSIVE']]);
  });

  it('in WAL mode who is only attached is in nobody’s way, but in the way of leaving it', () => {
    const locks = [held(1, 'READ', 'SHARED'), held(1, 'READ', 'DMS'), held(2, 'WRITE', 'WRITE')];
    expect(preventers(locks, { journalMode: 'wal' })).toEqual([[2, 'WRITE']]);
    expect(preventers(locks, { journalMode: 'wal', need: 'alone' })).toEqual([
      [1, 'SHARED'],
      [2, 'WRITE'],
    ]);
  });

  it('says what the lock means, and that its holder is stopped', () => {
    const [stopped] = findPreventers(
      look(held(3, 'READ', 'SHARED')),
      { journalMode: 'rollback', need: 'write', self: SELF },
      () => 'worker (pid 3)',
    );
    expect(stopped?.summary).toBe(
      'worker (pid 3) holds SHARED: it is in a transaction that reads. It is stopped.',
    );
  });
});
