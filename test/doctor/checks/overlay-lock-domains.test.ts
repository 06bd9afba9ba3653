import { describe, expect, it } from 'vitest';
import { overlayLockDomains } from '../../../src/doctor/checks/overlay-lock-domains.js';
import type { Evidence } from '../../../src/doctor/shapes.js';
import { known, unknown } from '../../../src/known.js';
import { healthyEvidence } from '../../support/evidence.js';
import { findingOf, outcomeOf } from '../../support/outcome.js';

const BELOW = { mountPoint: '/merged', upper: '/data', lower: ['/base'] };
const GIB = 2 ** 30;

function onOverlay(mountPoint: string): Evidence['fileSystem'] {
  return known({
    type: 'overlay',
    mountPoint,
    source: 'overlay',
    device: '0:2b',
    options: ['rw'],
    freeBytes: 50 * GIB,
    totalBytes: 100 * GIB,
  });
}

describe('overlay-lock-domains', () => {
  it('warns of a database in the upper directory, and says which mount has the other locks', () => {
    const found = findingOf(overlayLockDomains, healthyEvidence({ overlays: [BELOW] }));
    expect(found.severity).toBe('warning');
    expect(found.summary).toContain(
      '/data/app.db is in /data, the upper layer of the overlay mounted on /merged',
    );
    expect(found.remedy.commands).toEqual(['findmnt /merged']);
  });

  it('warns of a database in a lower directory, of which writers get a copy', () => {
    const overlays = [{ mountPoint: '/merged', upper: '/other', lower: ['/base', '/data'] }];
    const found = findingOf(overlayLockDomains, healthyEvidence({ overlays }));
    expect(found.severity).toBe('warning');
    expect(found.summary).toContain('a lower layer');
  });

  it('says so if the database is on an overlay itself', () => {
    const found = findingOf(overlayLockDomains, healthyEvidence({ fileSystem: onOverlay('/') }));
    expect(found.severity).toBe('info');
    expect(found.summary).toContain('on the overlay mounted on /:');
    expect(found.remedy.text).toContain('volume');
  });

  it('takes the merged path of an overlay over its own lower directory for merged', () => {
    const overlays = [{ mountPoint: '/data', upper: '', lower: ['/data', '/extension'] }];
    const checked = healthyEvidence({ overlays, fileSystem: onOverlay('/data') });
    expect(findingOf(overlayLockDomains, checked).severity).toBe('info');
  });

  it.each([
    ['no overlay', []],
    ['a folder whose name begins alike', [{ mountPoint: '/merged', upper: '/dat', lower: ['/data/app'] }]],
    ['an overlay without an upper directory', [{ mountPoint: '/merged', upper: '', lower: ['/base'] }]],
  ])('is clear with %s', (_, overlays) => {
    expect(outcomeOf(overlayLockDomains, healthyEvidence({ overlays })).outcome).toBe('clear');
  });

  it('is skipped if the file system is not known, unless a layer shows', () => {
    const fileSystem = unknown('no mountinfo');
    expect(outcomeOf(overlayLockDomains, healthyEvidence({ fileSystem })).outcome).toBe('skipped');
    expect(outcomeOf(overlayLockDomains, healthyEvidence({ fileSystem, overlays: [BELOW] })).outcome).toBe(
      'found',
    );
  });
});
