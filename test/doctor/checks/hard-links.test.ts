import { describe, expect, it } from 'vitest';
import { hardLinks } from '../../../src/doctor/checks/hard-links.js';
import { unknown } from '../../../src/known.js';
import { evidence, fileState, healthyEvidence, walSample } from '../../support/evidence.js';
import { findingOf, outcomeOf } from '../../support/outcome.js';

const linked = evidence(walSample({ database: fileState('/data/app.db', { links: 3, inode: '4711' }) }));

describe('hard-links', () => {
  it('finds a second name, and how to look for it', () => {
    const found = findingOf(hardLinks, linked);
    expect(found.severity).toBe('warning');
    expect(found.summary).toContain('/data/app.db is one of 3 names of the same file (inode 4711)');
    expect(found.remedy.commands).toEqual(['find / -xdev -samefile /data/app.db']);
  });

  it('looks everywhere if the mount point is not known', () => {
    const found = findingOf(hardLinks, { ...linked, fileSystem: unknown('no mountinfo') });
    expect(found.remedy.commands).toEqual(['find / -xdev -samefile /data/app.db']);
  });

  it('is clear with one name', () => {
    expect(outcomeOf(hardLinks, healthyEvidence()).outcome).toBe('clear');
  });
});
