import { describe, expect, it } from 'vitest';
import { pageSize } from '../../../src/doctor/checks/page-size.js';
import type { Evidence } from '../../../src/doctor/shapes.js';
import { evidence, header, rollbackHeader, rollbackSample, walSample } from '../../support/evidence.js';
import { findingOf, outcomeOf } from '../../support/outcome.js';

function withPages(pageBytes: number): Evidence {
  return evidence(walSample({ header: header({ pageBytes }) }));
}

describe('page-size', () => {
  it.each([
    [512, '512 bytes', '8 times as many pages'],
    [1024, '1 KiB', '4 times as many pages'],
    [2048, '2 KiB', '2 times as many pages'],
    [32_768, '32 KiB', 'writes a whole page'],
    [65_536, '64 KiB', 'writes a whole page'],
  ])('mentions pages of %i bytes', (pageBytes, size, meaning) => {
    const found = findingOf(pageSize, withPages(pageBytes));
    expect(found.severity).toBe('info');
    expect(found.summary).toContain(`/data/app.db has pages of ${size}`);
    expect(found.summary).toContain(meaning);
  });

  it.each([4096, 8192, 16_384])('is clear with %i', (pageBytes) => {
    expect(outcomeOf(pageSize, withPages(pageBytes)).outcome).toBe('clear');
  });

  it('leaves WAL mode for the change, since it has no effect there', () => {
    expect(findingOf(pageSize, withPages(1024)).remedy.commands).toEqual([
      "sqlite3 /data/app.db 'PRAGMA journal_mode=DELETE; PRAGMA page_size=4096; VACUUM; PRAGMA journal_mode=WAL;'",
    ]);
    const rollback = evidence(rollbackSample({ header: rollbackHeader({ pageBytes: 1024 }) }));
    expect(findingOf(pageSize, rollback).remedy.commands).toEqual([
      "sqlite3 /data/app.db 'PRAGMA page_size=4096; VACUUM;'",
    ]);
  });

  it('is inapplicable to 0 bytes', () => {
    expect(outcomeOf(pageSize, evidence(rollbackSample({ header: null }))).outcome).toBe('inapplicable');
  });
});
