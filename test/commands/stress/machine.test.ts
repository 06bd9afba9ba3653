import { expect, it } from 'vitest';
import { busyNotes } from '../../../src/commands/stress/machine.js';
import type { ScenarioResult } from '../../../src/stress/result-shapes.js';
import { stressReportOf } from '../../support/stress-runs.js';

const scenario: ScenarioResult = {
  ...{ id: 'batch-herd', title: 'Seventeen writers', variant: 'as-cured', incident: null },
  ...{ hypothesis: '17 writers write.', cure: 'The work is done before.', complete: true },
  missed: ['wait.avg<50ms'],
};
const { thresholds } = stressReportOf();
const busy = { loadAverage: 29.83, processors: 2 };

it('what did not hold may be the doing of a busy machine', () => {
  expect(busyNotes(busy, { scenario, thresholds })).toEqual([
    expect.stringMatching(/a load of 29\.8 on 2 processors.*play it again when it is quiet/),
  ]);
  expect(busyNotes(busy, { scenario: null, thresholds })).toHaveLength(1);
});

it('nothing is said of a quiet one, or where all came about', () => {
  expect(busyNotes({ ...busy, loadAverage: 1.2 }, { scenario, thresholds })).toEqual([]);
  expect(busyNotes(busy, { scenario: { ...scenario, missed: [] }, thresholds })).toEqual([]);
  expect(busyNotes(busy, { scenario: null, thresholds: [] })).toEqual([]);
});
