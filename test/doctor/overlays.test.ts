import { describe, expect, it } from 'vitest';
import { overlayLayerOf } from '../../src/doctor/overlays.js';
import { locksView, processesView } from '../../src/doctor/questions.js';
import { healthyEvidence } from '../support/evidence.js';

const overlays = [
  { mountPoint: '/elsewhere', upper: '/up', lower: ['/low'] },
  { mountPoint: '/merged', upper: '/data', lower: ['/base'] },
];

describe('overlayLayerOf', () => {
  it('finds the overlay whose layer the database is in', () => {
    expect(overlayLayerOf(healthyEvidence({ overlays }))).toEqual({
      layer: 'upper',
      folder: '/data',
      mountPoint: '/merged',
    });
  });

  it('finds none for a database beside the layers', () => {
    expect(overlayLayerOf(healthyEvidence({ overlays, path: '/database/app.db' }))).toBeNull();
  });
});

describe('views of a database in a layer of an overlay', () => {
  it('are incomplete: who uses the merged path has other inodes and other locks', () => {
    const checked = healthyEvidence({ overlays });
    expect(locksView(checked)).toMatchObject({ complete: false, reason: expect.stringContaining('/merged') });
    expect(processesView(checked)).toMatchObject({
      complete: false,
      reason: expect.stringContaining('/merged'),
    });
  });

  it('are complete without an overlay', () => {
    expect(locksView(healthyEvidence())).toEqual({ complete: true });
  });
});
