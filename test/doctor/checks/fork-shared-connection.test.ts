import { describe, expect, it } from 'vitest';
import { forkSharedConnection } from '../../../src/doctor/checks/fork-shared-connection.js';
import type { Evidence, Sample } from '../../../src/doctor/shapes.js';
import type { HeldLock, KernelSample, ProcessSighting } from '../../../src/locks/shapes.js';
import {
  attachedLocks,
  attachedProcess,
  evidence,
  healthyEvidence,
  kernel,
  lock,
  rollbackSample,
  sighting,
  walSample,
} from '../../support/evidence.js';
import { findingOf, verdictOf } from '../../support/outcome.js';

const HIDDEN = { complete: false, reason: 'processes of other users cannot be inspected' } as const;
const FAMILY = [attachedProcess(4121), attachedProcess(4122, { parentPid: 4121 })];

function family(
  child: ProcessSighting,
  ...childLocks: HeldLock[]
): Partial<KernelSample> & { locks: HeldLock[] } {
  return { locks: [...attachedLocks(4121), ...childLocks], processes: [sighting(4121), child] };
}

function walFamily(child = sighting(4122), ...childLocks: HeldLock[]): Sample {
  const { locks, ...rest } = family(child, ...childLocks);
  return walSample({ kernel: kernel(locks, rest) });
}

function rollbackFamily(): Sample {
  return rollbackSample({ kernel: kernel([], { processes: [sighting(4121), sighting(4122)] }) });
}

function twice(sample: Sample, processes = FAMILY): Evidence {
  return { ...evidence(sample, sample), processes };
}

describe('fork-shared-connection', () => {
  it('finds a child without locks under its parent’s descriptors', () => {
    const finding = findingOf(forkSharedConnection, twice(walFamily()));
    expect(finding.severity).toBe('warning');
    expect(finding.facts).toMatchObject({ children: [{ pid: 4122, parentPid: 4121, descriptors: [3, 5] }] });
    expect(finding.summary).toContain(
      'python3 worker.py (pid 4122) has the database open under the same descriptors (3, 5) as its parent python3 worker.py (pid 4121), and no locks of its own.',
    );
    expect(finding.summary).toContain('inferred');
    expect(finding.remedy.text).toContain('after the fork');
  });

  it('finds a child that uses the connection: it takes WRITE, but never SHARED or DMS', () => {
    const writing = walFamily(sighting(4122), lock(4122, 'WRITE', 'WRITE'));
    expect(verdictOf(forkSharedConnection, twice(writing))).toBe('found: warning');
  });

  it('is clear for a child with a connection of its own', () => {
    const own = walFamily(sighting(4122), ...attachedLocks(4122));
    expect(verdictOf(forkSharedConnection, twice(own))).toBe('clear');
    const descriptors = sighting(4122).descriptors.map((descriptor) => ({
      ...descriptor,
      fd: descriptor.fd + 10,
    }));
    expect(verdictOf(forkSharedConnection, twice(walFamily(sighting(4122, { descriptors }))))).toBe('clear');
  });

  it('is clear for a child whose own connection was never used, under the number that was free in both', () => {
    const descriptors = sighting(4122).descriptors.filter(({ file }) => file === 'database');
    const idle = walFamily(sighting(4122, { descriptors, mapsShm: false }));
    expect(verdictOf(forkSharedConnection, twice(idle))).toBe('clear');
  });

  it('is clear for processes that are not parent and child, and for a child that was about to exec', () => {
    const strangers = [attachedProcess(4121), attachedProcess(4122)];
    expect(verdictOf(forkSharedConnection, twice(walFamily(), strangers))).toBe('clear');
    const gone = { ...evidence(walFamily(), walSample()), processes: FAMILY };
    expect(verdictOf(forkSharedConnection, gone)).toBe('clear');
    expect(verdictOf(forkSharedConnection, healthyEvidence())).toBe('clear');
  });

  it('only informs in rollback mode, and only if both run the same command', () => {
    const finding = findingOf(forkSharedConnection, twice(rollbackFamily()));
    expect(finding.severity).toBe('info');
    expect(finding.summary).not.toContain('no locks of its own');
    const [parent] = FAMILY;
    const command = { known: true as const, value: ['/usr/bin/python3', 'other.py'] };
    const other = attachedProcess(4122, { parentPid: 4121, command });
    if (!parent) throw new Error('a parent');
    expect(verdictOf(forkSharedConnection, twice(rollbackFamily(), [parent, other]))).toBe('clear');
  });

  it('is skipped if processes may be hidden or with one sample, and inapplicable without anybody', () => {
    const healthy = walSample({ kernel: { ...kernel(attachedLocks(4121)), processesView: HIDDEN } });
    expect(verdictOf(forkSharedConnection, twice(healthy))).toBe(`skipped: ${HIDDEN.reason}`);
    expect(verdictOf(forkSharedConnection, evidence(walFamily()))).toMatch(
      /^skipped: there is only one sample/,
    );
    expect(verdictOf(forkSharedConnection, evidence(rollbackSample()))).toBe(
      'inapplicable: nobody has the database open',
    );
  });
});
