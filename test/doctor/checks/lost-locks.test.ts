import { describe, expect, it } from 'vitest';
import { lostLocks } from '../../../src/doctor/checks/lost-locks.js';
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
const SHARED = lock(4121, 'READ', 'SHARED');
const DMS = lock(4121, 'READ', 'DMS');

function holding(locks: HeldLock[], overrides: Partial<KernelSample> = {}): Sample {
  return walSample({ kernel: kernel(locks, { processes: [sighting(4121)], ...overrides }) });
}

function twice(sample: Sample): Evidence {
  return evidence(sample, sample);
}

function seen(process: ProcessSighting): Sample {
  return holding([], { processes: [process] });
}

describe('lost-locks', () => {
  it('finds a process without SHARED: the next to close may delete the WAL under it', () => {
    const finding = findingOf(lostLocks, twice(holding([DMS])));
    expect(finding.severity).toBe('critical');
    expect(finding.facts).toEqual({
      processes: [{ pid: 4121, process: 'python3 worker.py (pid 4121)', lost: ['SHARED'] }],
    });
    expect(finding.summary).toContain(
      'python3 worker.py (pid 4121) has the database and its -shm open, but no longer holds SHARED',
    );
    expect(finding.summary).toContain('may delete the WAL');
    expect(finding.remedy.commands).toEqual(['kill 4121']);
  });

  it('finds a process without DMS, and one without both', () => {
    const shm = findingOf(lostLocks, twice(holding([SHARED])));
    expect(shm.facts).toMatchObject({ processes: [{ pid: 4121, lost: ['DMS'] }] });
    expect(shm.summary).toContain('may rebuild the WAL index');
    const both = findingOf(lostLocks, twice(holding([])));
    expect(both.facts).toMatchObject({ processes: [{ pid: 4121, lost: ['SHARED', 'DMS'] }] });
  });

  it('wants -shm both open and mapped, which a process between two connections does not show', () => {
    const { descriptors } = sighting(4121);
    const withoutShm = descriptors.filter(({ file }) => file !== 'shm');
    const mapped = holding([SHARED], { processes: [sighting(4121, { descriptors: withoutShm })] });
    expect(verdictOf(lostLocks, twice(mapped))).toBe('clear');
    const open = holding([SHARED], { processes: [sighting(4121, { mapsShm: false })] });
    expect(verdictOf(lostLocks, twice(open))).toBe('clear');
    expect(verdictOf(lostLocks, twice(seen(sighting(4121, { mapsShm: false }))))).toBe('clear');
  });

  it('goes by the descriptor alone where the kernel does not show whose mapping it is', () => {
    const open = twice(holding([SHARED], { processes: [sighting(4121, { mapsShm: false })] }));
    if (!open.fileSystem.known) throw new Error('a known file system');
    const value = { ...open.fileSystem.value, type: 'btrfs' };
    expect(verdictOf(lostLocks, { ...open, fileSystem: { known: true, value } })).toBe('found: critical');
  });

  it('is clear if the locks were there in one of the samples: the process opens and closes connections', () => {
    expect(verdictOf(lostLocks, evidence(holding([]), holding([SHARED, DMS])))).toBe('clear');
    expect(verdictOf(lostLocks, evidence(holding([DMS]), holding([SHARED])))).toBe('clear');
  });

  it('is clear for EXCLUSIVE, which contains SHARED, and on a healthy database', () => {
    const exclusive = holding([lock(4121, 'WRITE', 'SHARED'), DMS]);
    expect(verdictOf(lostLocks, twice(exclusive))).toBe('clear');
    expect(verdictOf(lostLocks, healthyEvidence())).toBe('clear');
  });

  it('is clear for a program that merely copies the files, and for a connection that has not read yet', () => {
    const { descriptors } = sighting(4121);
    const only = (...files: string[]) => descriptors.filter(({ file }) => files.includes(file));
    const copier = sighting(4121, { descriptors: only('shm'), mapsShm: false });
    expect(verdictOf(lostLocks, twice(seen(copier)))).toBe('clear');
    const idle = sighting(4121, { descriptors: only('database'), mapsShm: false });
    expect(verdictOf(lostLocks, twice(seen(idle)))).toBe('clear');
  });

  it('leaves a forked child, which never had locks, to fork-shared-connection', () => {
    const sample = holding(attachedLocks(4121), { processes: [sighting(4121), sighting(4122)] });
    const processes = [attachedProcess(4121), attachedProcess(4122, { parentPid: 4121 })];
    expect(verdictOf(lostLocks, { ...twice(sample), processes })).toBe('clear');
    const unrelated = [attachedProcess(4121), attachedProcess(4122)];
    const finding = findingOf(lostLocks, { ...twice(sample), processes: unrelated });
    expect(finding.facts).toMatchObject({ processes: [{ pid: 4122 }] });
  });

  it('is skipped if locks or processes may be hidden: that it sees none proves nothing then', () => {
    expect(verdictOf(lostLocks, twice(holding([DMS], { locksView: HIDDEN })))).toBe(
      `skipped: ${HIDDEN.reason}`,
    );
    const healthy = holding(attachedLocks(4121), { processesView: HIDDEN });
    expect(verdictOf(lostLocks, twice(healthy))).toBe(`skipped: ${HIDDEN.reason}`);
    expect(verdictOf(lostLocks, twice(holding([DMS], { processesView: HIDDEN })))).toBe('found: critical');
    expect(verdictOf(lostLocks, evidence(holding([DMS])))).toMatch(/^skipped: there is only one sample/);
  });

  it('is inapplicable outside WAL mode and without anybody', () => {
    const rollback = rollbackSample({ kernel: kernel([SHARED]) });
    expect(verdictOf(lostLocks, twice(rollback))).toBe('inapplicable: the database is not in WAL mode');
    expect(verdictOf(lostLocks, evidence(walSample({ kernel: kernel([]) })))).toBe(
      'inapplicable: nobody has the database open',
    );
  });
});
