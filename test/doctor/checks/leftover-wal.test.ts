import { describe, expect, it } from 'vitest';
import { leftoverWal } from '../../../src/doctor/checks/leftover-wal.js';
import type { Sample } from '../../../src/doctor/shapes.js';
import { unknown } from '../../../src/known.js';
import {
  evidence,
  healthyEvidence,
  kernel,
  lock,
  rollbackHeader,
  rollbackSample,
  sighting,
  walSample,
} from '../../support/evidence.js';
import { findingOf, outcomeOf } from '../../support/outcome.js';

function abandoned(overrides: Partial<Sample> = {}): Sample {
  return walSample({ kernel: kernel([]), ...overrides });
}

describe('leftover-wal', () => {
  it('finds committed frames that nobody is attached to, and says what a copy would lose', () => {
    const found = findingOf(leftoverWal, evidence(abandoned()));
    expect(found.severity).toBe('info');
    expect(found.summary).toContain('/data/app.db-wal holds 20 committed frames (80 KiB)');
    expect(found.summary).toContain('A copy of /data/app.db alone would lose them');
    expect(found.facts).toMatchObject({ committedBytes: 20 * 4120, hasShm: true });
    expect(found.remedy.commands).toEqual([
      'mkdir /data/app.db.saved && cp -p /data/app.db /data/app.db-wal /data/app.db.saved/',
      "sqlite3 /data/app.db 'PRAGMA wal_checkpoint(TRUNCATE);'",
    ]);
  });

  it('says whether the -shm is there', () => {
    const found = findingOf(leftoverWal, evidence(abandoned({ walIndex: null })));
    expect(found.facts).toMatchObject({ hasShm: false });
    expect(found.summary).toContain('there is no -shm');
  });

  it('is clear while somebody is attached', () => {
    expect(outcomeOf(leftoverWal, healthyEvidence()).outcome).toBe('clear');
  });

  it.each([
    ['only SHARED', kernel([lock(9, 'READ', 'SHARED')])],
    ['only DMS', kernel([lock(9, 'READ', 'DMS')])],
    ['a descriptor and no lock', kernel([], { processes: [sighting(9)] })],
  ])('takes a process with %s for attached', (_, attached) => {
    expect(outcomeOf(leftoverWal, evidence(abandoned({ kernel: attached }))).outcome).toBe('clear');
  });

  it('does not need to read the frames while somebody is attached', () => {
    expect(outcomeOf(leftoverWal, healthyEvidence({ walScan: unknown('it kept changing') })).outcome).toBe(
      'clear',
    );
  });

  it('is clear if the process was attached in the first sample only', () => {
    expect(outcomeOf(leftoverWal, evidence(walSample(), abandoned())).outcome).toBe('clear');
  });

  it('is clear without a WAL, and with one that has no commit', () => {
    expect(outcomeOf(leftoverWal, evidence(rollbackSample())).outcome).toBe('clear');
    const walScan = {
      known: true,
      value: { committedFrames: 0, validFrames: 3, databasePages: 0, verifiedBy: 'checksums', pageOne: null },
    } as const;
    expect(outcomeOf(leftoverWal, evidence(abandoned(), undefined, { walScan })).outcome).toBe('clear');
  });

  it('is inapplicable if the WAL is foreign, or one that SQLite ignores', () => {
    const foreign = abandoned({ header: rollbackHeader() });
    expect(outcomeOf(leftoverWal, evidence(foreign))).toMatchObject({
      outcome: 'inapplicable',
      reason: expect.stringContaining('foreign-wal'),
    });
    const { wal } = walSample();
    const noise = abandoned({ wal: wal && { ...wal, content: { kind: 'invalid', reason: 'bad magic' } } });
    expect(outcomeOf(leftoverWal, evidence(noise)).outcome).toBe('inapplicable');
  });

  it('is skipped if holders may be hidden, or the frames could not be read', () => {
    const blind = abandoned({
      kernel: kernel([], { locksView: { complete: false, reason: 'in a container' } }),
    });
    expect(outcomeOf(leftoverWal, evidence(blind))).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('in a container'),
    });
    const unscanned = evidence(abandoned(), undefined, { walScan: unknown('it kept changing') });
    expect(outcomeOf(leftoverWal, unscanned)).toMatchObject({
      outcome: 'skipped',
      reason: 'it kept changing',
    });
  });
});
