import { describe, expect, it } from 'vitest';
import { dotfileLock } from '../../../src/doctor/checks/dotfile-lock.js';
import type { Evidence, Sample } from '../../../src/doctor/shapes.js';
import { evidence, fileState, kernel, lock, rollbackSample, sighting, T0 } from '../../support/evidence.js';
import { findingOf, verdictOf } from '../../support/outcome.js';

const folder = (ageMs: number) => fileState('/data/app.db.lock', { mode: 0o755, modifiedAtMs: T0 - ageMs });

function seen(sample: Partial<Sample>, ageMs: number | null): Evidence {
  return evidence(rollbackSample(sample), undefined, { dotfileLock: ageMs === null ? null : folder(ageMs) });
}

const WITHOUT_LOCKS = { kernel: kernel([], { processes: [sighting(4121)] }) };

describe('dotfile-lock', () => {
  it('finds a folder that was left behind', () => {
    const found = findingOf(dotfileLock, seen({}, 7_200_000));
    expect(found.severity).toBe('warning');
    expect(found.summary).toBe('/data/app.db.lock was made 2 h ago, and nobody has /data/app.db open.');
    expect(found.remedy.commands).toEqual(['rmdir /data/app.db.lock']);
  });

  it('only mentions a young one, whose maker may have come after the look', () => {
    expect(verdictOf(dotfileLock, seen({}, 9_999))).toBe('found: info');
    expect(verdictOf(dotfileLock, seen({}, 10_000))).toBe('found: warning');
  });

  it('warns where ordinary locks are held as well', () => {
    const found = findingOf(dotfileLock, seen({ kernel: kernel([lock(4121, 'READ', 'SHARED')]) }, 500));
    expect(found.severity).toBe('warning');
    expect(found.summary).toContain('python3 worker.py (pid 4121) uses /data/app.db with ordinary locks');
    expect(found.remedy.commands).toEqual([]);
  });

  it('tells of somebody who has it open without an ordinary lock', () => {
    const found = findingOf(dotfileLock, seen(WITHOUT_LOCKS, 60_000));
    expect(found.severity).toBe('info');
    expect(found.summary).toContain('pid 4121');
  });

  it('is clear without a folder', () => {
    expect(verdictOf(dotfileLock, seen({}, null))).toBe('clear');
    expect(verdictOf(dotfileLock, seen(WITHOUT_LOCKS, null))).toBe('clear');
  });

  it('does not call it left behind where processes may be hidden', () => {
    const hidden = kernel([], { processesView: { complete: false, reason: '3 processes of other users' } });
    expect(verdictOf(dotfileLock, seen({ kernel: hidden }, 60_000))).toBe(
      'skipped: there is a lock folder, but whoever made it may be hidden: 3 processes of other users',
    );
  });
});
