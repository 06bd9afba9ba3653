import { describe, expect, it } from 'vitest';
import { freelist } from '../../../src/doctor/checks/freelist.js';
import type { Evidence } from '../../../src/doctor/shapes.js';
import { unknown } from '../../../src/known.js';
import type { DatabaseHeader } from '../../../src/sqlite/shapes.js';
import {
  evidence,
  fileState,
  header,
  healthyEvidence,
  rollbackHeader,
  rollbackSample,
} from '../../support/evidence.js';
import { findingOf, outcomeOf } from '../../support/outcome.js';

/** 1,024 free pages of 4 KiB are 4 MiB, and a quarter of 4,096. */
const AT_THRESHOLD = { freelistPages: 1024, pageCount: 4096 };

function closed(overrides: Partial<DatabaseHeader>, bytes = 4096 * 4096): Evidence {
  const database = fileState('/data/app.db', { bytes });
  return evidence(rollbackSample({ header: rollbackHeader(overrides), database }));
}

function scanned(
  committedFrames: number,
  databasePages: number,
  pageOne: DatabaseHeader | null,
): Evidence['walScan'] {
  return {
    known: true,
    value: { committedFrames, validFrames: committedFrames, databasePages, verifiedBy: 'checksums', pageOne },
  };
}

describe('freelist', () => {
  it('mentions a quarter of the pages if it is 4 MiB', () => {
    const found = findingOf(freelist, closed(AT_THRESHOLD));
    expect(found.severity).toBe('info');
    expect(found.summary).toBe('1,024 of the 4,096 pages of /data/app.db are free (4 MiB, 25 %).');
    expect(found.remedy.commands).toEqual(["sqlite3 /data/app.db 'VACUUM;'"]);
  });

  it('is clear below a quarter, and below 4 MiB', () => {
    expect(outcomeOf(freelist, closed({ ...AT_THRESHOLD, pageCount: 4097 })).outcome).toBe('clear');
    expect(outcomeOf(freelist, closed({ freelistPages: 1023, pageCount: 1024 })).outcome).toBe('clear');
    expect(outcomeOf(freelist, healthyEvidence()).outcome).toBe('clear');
  });

  it('goes by the size of the file if the page count in the header is stale', () => {
    const stale = { ...AT_THRESHOLD, pageCount: 1, pageCountValid: false };
    expect(findingOf(freelist, closed(stale)).facts).toMatchObject({ databasePages: 4096 });
    expect(outcomeOf(freelist, closed(stale, 4097 * 4096)).outcome).toBe('clear');
  });

  it('believes page 1 in the WAL before the header of the file', () => {
    const newer = scanned(30, 4096, header(AT_THRESHOLD));
    expect(findingOf(freelist, healthyEvidence({ walScan: newer })).facts).toMatchObject({ freePages: 1024 });
    const refilled = scanned(30, 4096, header({ freelistPages: 0 }));
    expect(outcomeOf(freelist, { ...closed(AT_THRESHOLD), walScan: refilled }).outcome).toBe('clear');
  });

  it('takes the size of the database from the last commit in the WAL', () => {
    const grown = scanned(30, 8192, null);
    expect(outcomeOf(freelist, { ...closed(AT_THRESHOLD), walScan: grown }).outcome).toBe('clear');
  });

  it('releases pages step by step where the database allows it', () => {
    expect(
      findingOf(freelist, closed({ ...AT_THRESHOLD, autoVacuum: 'incremental' })).remedy.commands,
    ).toEqual(["sqlite3 /data/app.db 'PRAGMA incremental_vacuum(1000);'"]);
  });

  it('is skipped if the WAL could not be read, and inapplicable to 0 bytes', () => {
    const unread = healthyEvidence({ walScan: unknown('it kept changing') });
    expect(outcomeOf(freelist, unread)).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('it kept changing'),
    });
    expect(outcomeOf(freelist, evidence(rollbackSample({ header: null }))).outcome).toBe('inapplicable');
  });
});
