import { expect, it } from 'vitest';
import { exitCodeOf } from '../../../src/commands/stress/result.js';
import { type Chosen, scenarioResultOf } from '../../../src/commands/stress/scenario.js';
import { upgradeFromRead } from '../../../src/stress/scenarios/upgrade-from-read.js';
import { runOf, stressReportOf } from '../../support/stress-runs.js';

const chosen: Chosen = { scenario: upgradeFromRead, variant: upgradeFromRead.asFound, isCured: false };
/** No error came at once: not what was expected. */
const runs = [runOf({ errors: [] })];

function exitCode(complete: boolean) {
  const scenario = scenarioResultOf(chosen, runs, complete);
  // what the user asked for holds
  return exitCodeOf(stressReportOf({ scenario, runs, thresholds: [] }), chosen);
}

it("a scenario that did not come about fails, whatever thresholds of one's own say", () => {
  expect(scenarioResultOf(chosen, runs, true).missed).toEqual(['errors.instant>0', 'failure_rate>1%']);
  expect(exitCode(true)).toBe(1);
});

it('of one that was interrupted nothing is known', () => {
  expect(scenarioResultOf(chosen, runs, false).missed).toEqual([]);
  expect(exitCode(false)).toBe(2);
});
