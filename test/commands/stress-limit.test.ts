/** `dblock stress --scenario … --find-limit`: how much of what a scenario is made of is too much. */
import { describe, expect, it } from 'vitest';
import { stress } from '../support/stress.js';

describe('the limit of a scenario', () => {
  it('is that of what works, as found and cured', async () => {
    const cure = ['--compare', 'busy-timeout', '--find-limit', 'writers(2)'];
    const { report, status, stderr } = await stress(['--scenario', 'timeout-not-set', ...cure], { cwd: '/' });
    // as found it does not do what works
    expect(status).toBe(1);
    expect(stderr).toMatch(/The limits of writers, as found and cured: about 16 runs of 1 s/);
    expect(report.thresholds.map(({ threshold }: { threshold: string }) => threshold)).toEqual([
      ...['failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s'],
    ]);
    expect(report.scenario).toMatchObject({ id: 'timeout-not-set', missed: [] });
    const [writers] = report.limit.searches;
    expect(writers).toMatchObject({
      ...{ axis: 'writers', of: null },
      as_found: { state: 'searched', complete: true, last_held: 1, first_broken: 2, narrowed: true },
      cured: { state: 'searched', complete: true },
    });
    const [failures] = writers.as_found.thresholds;
    expect(failures).toMatchObject({ threshold: 'failure_rate<1%', last_held: 1, first_broken: 2 });
    // with two writers nobody waits long, however slow the machine: only what was cured is compared
    const failing = writers.cured.points.filter(({ broken }: { broken: string[] }) =>
      broken.includes('failure_rate<1%'),
    );
    expect(failing).toEqual([]);
  });

  it('is not sought where writers are killed on purpose', async () => {
    const killed = await stress(['--scenario', 'crash-mid-commit', '--find-limit'], { cwd: '/' });
    expect(killed.stderr).toBe('');
    const reasons = killed.report.limit.searches.map(
      ({ as_found }: { as_found: { reason: string } }) => as_found.reason,
    );
    expect(reasons).toHaveLength(3);
    for (const reason of reasons) expect(reason).toMatch(/writers of this load are killed/);
  });
});
