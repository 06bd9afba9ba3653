import { describe, expect, it } from 'vitest';
import { autoVacuum } from '../../../src/doctor/checks/auto-vacuum.js';
import type { Evidence } from '../../../src/doctor/shapes.js';
import type { DatabaseHeader } from '../../../src/sqlite/shapes.js';
import { evidence, header, rollbackSample, walSample } from '../../support/evidence.js';
import { findingOf, outcomeOf } from '../../support/outcome.js';

function withMode(mode: DatabaseHeader['autoVacuum']): Evidence {
  return evidence(walSample({ header: header({ autoVacuum: mode }) }));
}

describe('auto-vacuum', () => {
  it('mentions FULL', () => {
    const found = findingOf(autoVacuum, withMode('full'));
    expect(found.severity).toBe('info');
    expect(found.summary).toContain('/data/app.db has auto_vacuum=FULL');
    expect(found.remedy.commands).toEqual([
      "sqlite3 /data/app.db 'PRAGMA auto_vacuum=INCREMENTAL;'",
      "sqlite3 /data/app.db 'PRAGMA incremental_vacuum(1000);'",
    ]);
  });

  it.each(['none', 'incremental'] as const)('is clear with %s', (mode) => {
    expect(outcomeOf(autoVacuum, withMode(mode)).outcome).toBe('clear');
  });

  it('is clear once it was changed, though only the WAL says so', () => {
    const pageOne = header({ autoVacuum: 'incremental' });
    const walScan: Evidence['walScan'] = {
      known: true,
      value: { committedFrames: 1, validFrames: 1, databasePages: 10, verifiedBy: 'checksums', pageOne },
    };
    expect(outcomeOf(autoVacuum, { ...withMode('full'), walScan }).outcome).toBe('clear');
  });

  it('is inapplicable to 0 bytes', () => {
    expect(outcomeOf(autoVacuum, evidence(rollbackSample({ header: null }))).outcome).toBe('inapplicable');
  });
});
