import { describe, expect, it } from 'vitest';
import { exclusiveLocking } from '../../../src/doctor/checks/exclusive-locking.js';
import type { Evidence, Sample } from '../../../src/doctor/shapes.js';
import type { WalIndex } from '../../../src/sqlite/shapes.js';
import {
  evidence,
  fileState,
  healthyEvidence,
  kernel,
  lock,
  rollbackHeader,
  rollbackSample,
  T0,
  walIndex,
  walSample,
} from '../../support/evidence.js';
import { findingOf, verdictOf } from '../../support/outcome.js';

const HIDDEN = { complete: false, reason: 'dblock runs in a container' } as const;
const EXCLUSIVE = lock(4121, 'WRITE', 'SHARED');

function rollbackOwner(overrides: Partial<Sample> = {}): Sample {
  return rollbackSample({ kernel: kernel([EXCLUSIVE]), ...overrides });
}

function walOwner(overrides: Partial<Sample> = {}): Sample {
  const locks = [EXCLUSIVE, lock(4121, 'READ', 'DMS')];
  return walSample({ ...database(T0 - 60_000), kernel: kernel(locks), ...overrides });
}

function twice(sample: Sample): Evidence {
  return evidence(sample, sample);
}

function withIndex(index: Partial<WalIndex>): Partial<Sample> {
  return {
    walIndex: { file: fileState('/data/app.db-shm'), content: { kind: 'index', index: walIndex(index) } },
  };
}

const database = (modifiedAtMs: number) => ({ database: fileState('/data/app.db', { modifiedAtMs }) });

describe('exclusive-locking', () => {
  it('finds the owner in rollback mode', () => {
    const finding = findingOf(exclusiveLocking, twice(rollbackOwner()));
    expect(finding.severity).toBe('warning');
    expect(finding.facts).toMatchObject({
      journalMode: 'rollback',
      holds: [{ pid: 4121, heldAtLeastMs: 250 }],
    });
    expect(finding.summary).toContain('python3 worker.py (pid 4121) has held EXCLUSIVE for at least 250 ms');
    expect(finding.remedy.commands).toEqual(['ps -o pid,ppid,stat,lstart,args -p 4121']);
    expect(finding.remedy.text).toContain('unix-excl');
    expect(finding.summary).toContain('until it ends its transaction or closes the database');
    expect(finding.remedy.text).toContain('BEGIN EXCLUSIVE');
  });

  it('finds the owner in WAL mode, with and without -shm', () => {
    const withShm = findingOf(exclusiveLocking, twice(walOwner()));
    expect(withShm.facts).toMatchObject({ journalMode: 'wal', shmExists: true });
    expect(withShm.summary).not.toContain('-shm');
    expect(withShm.remedy.text).not.toContain('BEGIN EXCLUSIVE');
    const withoutShm = findingOf(
      exclusiveLocking,
      twice(walOwner({ walIndex: null, kernel: kernel([EXCLUSIVE]) })),
    );
    expect(withoutShm.facts).toMatchObject({ journalMode: 'wal', shmExists: false });
    expect(withoutShm.summary).toContain('There is no -shm file');
  });

  it('is clear while a commit or rollback writes', () => {
    const file = fileState('/data/app.db-journal', { bytes: 512 });
    const active = rollbackOwner({ journal: { file, content: { kind: 'active' } } });
    expect(verdictOf(exclusiveLocking, twice(active))).toBe('clear');
    expect(verdictOf(exclusiveLocking, evidence(active, rollbackOwner()))).toBe('clear');
    const committed = rollbackOwner({ header: rollbackHeader({ changeCounter: 3 }) });
    expect(verdictOf(exclusiveLocking, evidence(rollbackOwner(), committed))).toBe('clear');
    const written = evidence(rollbackOwner(database(T0 - 9)), rollbackOwner(database(T0 - 3)));
    expect(verdictOf(exclusiveLocking, written)).toBe('clear');
    const idle = rollbackOwner({ journal: { file, content: { kind: 'zeroed' } } });
    expect(verdictOf(exclusiveLocking, twice(idle))).toBe('found: warning');
  });

  it('is clear while the last connection checkpoints before it closes, but not while the owner writes to the WAL', () => {
    const copying = walOwner(withIndex({ nBackfill: 0, nBackfillAttempted: 20 }));
    expect(verdictOf(exclusiveLocking, twice(copying))).toBe('clear');
    const [before, after] = [walOwner(database(T0 - 9)), walOwner(database(T0 - 3))];
    expect(verdictOf(exclusiveLocking, evidence(before, after))).toBe('clear');
    expect(verdictOf(exclusiveLocking, twice(walOwner(database(T0 - 1999))))).toBe('clear');
    expect(verdictOf(exclusiveLocking, twice(walOwner(database(T0 - 2000))))).toBe('found: warning');
    const content = { kind: 'empty' } as const;
    const wal = { file: fileState('/data/app.db-wal', { modifiedAtMs: T0 - 2 }), content };
    expect(verdictOf(exclusiveLocking, evidence(before, { ...after, wal }))).toBe('found: warning');
  });

  it('is clear for a lock that changed hands, and on a healthy database', () => {
    const other = rollbackSample({ kernel: kernel([lock(7, 'WRITE', 'SHARED')]) });
    expect(verdictOf(exclusiveLocking, evidence(rollbackOwner(), other))).toBe('clear');
    expect(verdictOf(exclusiveLocking, healthyEvidence())).toBe('clear');
  });

  it('is inapplicable without anybody, and skipped where it cannot tell', () => {
    expect(verdictOf(exclusiveLocking, evidence(rollbackSample()))).toBe(
      'inapplicable: nobody has the database open',
    );
    const hidden = rollbackSample({ kernel: kernel([lock(4121, 'READ', 'SHARED')], { locksView: HIDDEN }) });
    expect(verdictOf(exclusiveLocking, twice(hidden))).toBe('skipped: dblock runs in a container');
    expect(verdictOf(exclusiveLocking, evidence(rollbackOwner()))).toMatch(
      /^skipped: there is only one sample/,
    );
    const invalid = { file: fileState('/data/app.db-shm'), content: { kind: 'initialising' } } as const;
    expect(verdictOf(exclusiveLocking, twice(walOwner({ walIndex: invalid })))).toMatch(
      /^skipped: the WAL index could not be read/,
    );
  });
});
