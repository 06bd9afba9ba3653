import { describe, expect, it } from 'vitest';
import { stoppedLockHolder } from '../../../src/doctor/checks/stopped-lock-holder.js';
import type { Sample } from '../../../src/doctor/shapes.js';
import type { HeldLock, LockName } from '../../../src/locks/shapes.js';
import {
  attachedLocks,
  evidence,
  healthyEvidence,
  kernel,
  lock,
  rollbackSample,
  sighting,
  walSample,
} from '../../support/evidence.js';
import { findingOf, verdictOf } from '../../support/outcome.js';

const HIDDEN = { complete: false, reason: 'dblock runs in a container' } as const;

function walHolder(state: string, ...locks: HeldLock[]): Sample {
  const processes = [sighting(4121, { state })];
  return walSample({ kernel: kernel([...attachedLocks(4121), ...locks], { processes }) });
}

function rollbackHolder(state: string, ...locks: HeldLock[]): Sample {
  return rollbackSample({ kernel: kernel(locks, { processes: [sighting(4121, { state })] }) });
}

const write = (name: LockName) => lock(4121, 'WRITE', name);
const read = (name: LockName) => lock(4121, 'READ', name);

describe('stopped-lock-holder', () => {
  it('finds a stopped writer and says how to let it continue', () => {
    const sample = walHolder('T', write('WRITE'), read('READ1'));
    const finding = findingOf(stoppedLockHolder, evidence(sample, sample));
    expect(finding.severity).toBe('critical');
    expect(finding.facts).toMatchObject({
      holders: [{ pid: 4121, state: 'stopped', locks: ['WRITE', 'READ1'], blocks: 'writers' }],
    });
    expect(finding.summary).toBe(
      'python3 worker.py (pid 4121) is stopped (state T) and holds WRITE, READ1: until it continues or ends, nobody else can write.',
    );
    expect(finding.remedy.commands).toEqual(['kill -CONT 4121']);
  });

  it('tells what stops writers from what stops checkpoints', () => {
    const verdict = (...locks: HeldLock[]) =>
      verdictOf(stoppedLockHolder, evidence(walHolder('T', ...locks)));
    expect(verdict(write('RECOVER'))).toBe('found: critical');
    expect(verdict(write('CKPT'), write('WRITE'))).toBe('found: critical');
    expect(verdict(write('DMS'))).toBe('found: critical');
    expect(verdict(write('SHARED'))).toBe('found: critical');
    expect(verdict(write('CKPT'))).toBe('found: warning');
    expect(verdict(read('READ3'))).toBe('found: warning');
  });

  it('finds any lock on the database file in rollback mode', () => {
    const reader = findingOf(stoppedLockHolder, evidence(rollbackHolder('T', read('SHARED'))));
    expect(reader.severity).toBe('critical');
    expect(reader.summary).toContain('holds SHARED: until it continues or ends, nobody else can commit');
    const exclusive = findingOf(stoppedLockHolder, evidence(rollbackHolder('T', write('SHARED'))));
    expect(exclusive.summary).toContain('holds EXCLUSIVE: until it continues or ends, nobody else can read');
  });

  it('finds a traced process if every sample saw it halted, and points to the tracer', () => {
    const halted = walHolder('t', write('WRITE'));
    const finding = findingOf(stoppedLockHolder, evidence(halted, halted));
    expect(finding.summary).toContain('halted by a debugger or tracer (state t)');
    expect(finding.remedy.commands).toEqual(['grep TracerPid /proc/4121/status']);
    expect(verdictOf(stoppedLockHolder, evidence(walHolder('S', write('WRITE')), halted))).toBe('clear');
  });

  it('is clear for a stopped process that is merely attached, and for one that continued', () => {
    expect(verdictOf(stoppedLockHolder, evidence(walHolder('T'), walHolder('T')))).toBe('clear');
    const continued = evidence(walHolder('T', write('WRITE')), walHolder('S', write('WRITE')));
    expect(verdictOf(stoppedLockHolder, continued)).toBe('clear');
    expect(verdictOf(stoppedLockHolder, healthyEvidence())).toBe('clear');
  });

  it('is skipped where the state of a holder is unknown, or locks may be hidden', () => {
    expect(verdictOf(stoppedLockHolder, evidence(walHolder('?', write('WRITE'))))).toMatch(
      /^skipped: .*could not be read: python3 worker.py \(pid 4121\)$/,
    );
    const hidden = walSample({ kernel: { ...kernel(attachedLocks(4121)), locksView: HIDDEN } });
    expect(verdictOf(stoppedLockHolder, evidence(hidden))).toBe('skipped: dblock runs in a container');
  });

  it('is inapplicable if nobody has the database open', () => {
    expect(verdictOf(stoppedLockHolder, evidence(rollbackSample()))).toBe(
      'inapplicable: nobody has the database open',
    );
  });
});
