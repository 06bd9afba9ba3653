import { describe, expect, it } from 'vitest';
import { commitWaitsForReaders } from '../../../src/doctor/checks/commit-waits-for-readers.js';
import type { Evidence, Sample } from '../../../src/doctor/shapes.js';
import type { HeldLock, LockName } from '../../../src/locks/shapes.js';
import {
  evidence,
  fileState,
  healthyEvidence,
  kernel,
  lock,
  rollbackHeader,
  rollbackSample,
  sighting,
  T0,
} from '../../support/evidence.js';
import { findingOf, verdictOf } from '../../support/outcome.js';

const HIDDEN = { complete: false, reason: 'dblock runs in a container' } as const;
const PENDING: readonly LockName[] = ['RESERVED', 'PENDING'];

function writer(names: readonly LockName[]): HeldLock[] {
  return [lock(4121, 'READ', 'SHARED'), ...names.map((name) => lock(4121, 'WRITE', name))];
}

function waiting(locks: HeldLock[], overrides: Partial<Sample> = {}): Sample {
  return rollbackSample({ kernel: kernel(locks), ...overrides });
}

function twice(sample: Sample): Evidence {
  return evidence(sample, sample);
}

const reader = (pid: number) => lock(pid, 'READ', 'SHARED');

describe('commit-waits-for-readers', () => {
  it('finds the commit and names the readers that it waits for', () => {
    const finding = findingOf(
      commitWaitsForReaders,
      twice(waiting([...writer(PENDING), reader(5), reader(6)])),
    );
    expect(finding.severity).toBe('warning');
    expect(finding.facts).toMatchObject({ holds: [{ pid: 4121, heldAtLeastMs: 250, readerPids: [5, 6] }] });
    expect(finding.summary).toContain(
      'python3 worker.py (pid 4121) has held the write lock for at least 250 ms',
    );
    expect(finding.summary).toContain('waits for python3 worker.py (pid 5) and python3 worker.py (pid 6)');
    expect(finding.remedy.commands).toEqual([
      'ps -o pid,ppid,stat,lstart,args -p 5',
      'ps -o pid,ppid,stat,lstart,args -p 6',
      "sqlite3 /data/app.db 'PRAGMA journal_mode = WAL;'",
    ]);
  });

  it('is critical from 5 s, by the time since the writer last wrote to its journal', () => {
    const descriptors = [
      { fd: 7, file: 'journal' as const, current: true, identity: { device: 'fe:00', inode: '9' } },
    ];
    const since = (modifiedAtMs: number) =>
      twice(
        waiting([], {
          journal: {
            file: fileState('/data/app.db-journal', { bytes: 1024, modifiedAtMs }),
            content: { kind: 'zeroed' },
          },
          kernel: kernel([...writer(PENDING), reader(5)], {
            processes: [sighting(4121, { descriptors }), sighting(5)],
          }),
        }),
      );
    expect(verdictOf(commitWaitsForReaders, since(T0 - 4749))).toBe('found: warning');
    expect(verdictOf(commitWaitsForReaders, since(T0 - 4750))).toBe('found: critical');
    expect(findingOf(commitWaitsForReaders, since(T0 - 59_750)).summary).toContain('for at least 1 min');
  });

  it('says that the commit has failed, or waits within its process, if no other process reads', () => {
    const finding = findingOf(commitWaitsForReaders, twice(waiting(writer(PENDING))));
    expect(finding.summary).toContain('no other process reads');
    expect(finding.remedy.text).toContain('COMMIT whose error is ignored');
    expect(finding.remedy.commands[0]).toContain('-p 4121');
  });

  it('is clear for RESERVED, for EXCLUSIVE, and for PENDING in one sample', () => {
    const verdict = (first: readonly LockName[], second: readonly LockName[]) =>
      verdictOf(
        commitWaitsForReaders,
        evidence(waiting([...writer(first), reader(5)]), waiting([...writer(second), reader(5)])),
      );
    expect(verdict(['RESERVED'], ['RESERVED'])).toBe('clear');
    expect(verdict([...PENDING, 'SHARED'], [...PENDING, 'SHARED'])).toBe('clear');
    expect(verdict(['RESERVED'], PENDING)).toBe('clear');
    expect(verdict(PENDING, PENDING)).toBe('found: warning');
  });

  it('is clear if something was committed between the samples, and for readers that pass through PENDING', () => {
    const locks = [...writer(PENDING), reader(5)];
    const later = waiting(locks, { header: rollbackHeader({ changeCounter: 3 }) });
    expect(verdictOf(commitWaitsForReaders, evidence(waiting(locks), later))).toBe('clear');
    const entering = waiting([lock(5, 'READ', 'PENDING')]);
    expect(verdictOf(commitWaitsForReaders, twice(entering))).toBe('clear');
  });

  it('is inapplicable in WAL mode and without anybody, and skipped where locks may be hidden', () => {
    expect(verdictOf(commitWaitsForReaders, healthyEvidence())).toBe(
      'inapplicable: in WAL mode a commit does not wait for readers',
    );
    expect(verdictOf(commitWaitsForReaders, evidence(rollbackSample()))).toBe(
      'inapplicable: nobody has the database open',
    );
    const idle = waiting([reader(5)], { kernel: kernel([reader(5)], { locksView: HIDDEN }) });
    expect(verdictOf(commitWaitsForReaders, twice(idle))).toBe('skipped: dblock runs in a container');
    expect(verdictOf(commitWaitsForReaders, evidence(waiting(writer(PENDING))))).toMatch(
      /^skipped: there is only one sample/,
    );
  });
});
