/** Each scenario does what its hypothesis says, as found and as cured: three times in a row if DBLOCK_SOAK=1. */
import { describe, expect, it } from 'vitest';
import { scenarios } from '../../src/stress/scenarios/index.js';
import { runDblock } from '../support/dblock.js';
import { stress } from '../support/stress.js';

const TIMES = process.env['DBLOCK_SOAK'] === '1' ? 3 : 1;
const TIMES_IN_A_ROW = Array.from({ length: TIMES }, (_, nth) => nth + 1);

interface Truth {
  readonly id: string;
  readonly state: string;
}

describe.each(scenarios.map(({ id, asFound, asCured }) => ({ id, asFound, asCured })))('$id', (scenario) => {
  it.each(TIMES_IN_A_ROW)('holds as found and as cured (%i)', async () => {
    for (const [variant, options] of [
      [scenario.asFound, []],
      [scenario.asCured, ['--cured']],
    ] as const) {
      const { report, run, status } = await stress(['--scenario', scenario.id, ...options], { cwd: '/' });
      const thresholds = report.thresholds.map(
        ({ threshold, state, measured }: { threshold: string; state: string; measured: number }) =>
          `${threshold} ${state}${state === 'held' ? '' : `: ${measured}`}`,
      );
      expect(thresholds).toEqual(variant.expect.map((threshold) => `${threshold} held`));
      const broken = run.truth.filter(({ state }: Truth) => state === 'broken').map(({ id }: Truth) => id);
      expect(broken).toEqual(variant.breaks);
      expect(status).toBe(variant.breaks.length > 0 ? 1 : 0);
      if (TIMES > 1) expect(report.duration_ms).toBeLessThan(20_000);
    }
  });
});

it('are listed, and found by their nearest name', async () => {
  const list = await runDblock(['stress', '--list-scenarios']);
  expect(list.stdout.split('\n').map((line) => line.split(' ')[0])).toEqual([
    ...scenarios.map(({ id }) => id),
    '',
  ]);
  const wrong = await runDblock(['stress', '--scenario', 'claim-rase'], { cwd: '/' });
  expect(wrong).toMatchObject({ status: 2, stdout: '' });
  expect(wrong.stderr).toContain('Did you mean "claim-race"?');
  const both = await runDblock(['stress', '--scenario', 'claim-race', '--writers', '3'], { cwd: '/' });
  expect(both.stderr).toContain('leave out --writers');
});
