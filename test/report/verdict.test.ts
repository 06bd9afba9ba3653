import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/doctor/examine.js';
import { bySeverity, exitCodeOf, type FailOn, verdictOf, worstOf } from '../../src/report/verdict.js';
import { found, RESTING } from '../support/reports.js';

const critical = found('a', { severity: 'critical' });
const warning = found('b', { severity: 'warning' });
const info = found('c', { severity: 'info' });
const muted = found('d', { severity: 'critical', muted: 'known' });
const crashed: Outcome = { id: 'e', outcome: 'crashed', reason: 'bug' };

describe('verdict and exit code', () => {
  // Exit codes for --fail-on info, warning, critical, never.
  it.each<[string, Outcome[], string, number[]]>([
    ['nothing', [], 'ok', [0, 0, 0, 0]],
    ['clear, skipped, inapplicable', [...RESTING], 'ok', [0, 0, 0, 0]],
    ['info', [info], 'ok', [1, 0, 0, 0]],
    ['warning', [info, warning], 'warning', [1, 1, 0, 0]],
    ['critical', [info, critical, warning], 'critical', [1, 1, 1, 0]],
    ['muted', [muted], 'ok', [0, 0, 0, 0]],
    ['muted beside a warning', [muted, warning], 'warning', [1, 1, 0, 0]],
    ['crashed', [crashed], 'incomplete', [2, 2, 2, 2]],
    ['crashed beside a critical', [critical, crashed], 'incomplete', [2, 2, 2, 2]],
  ])('%s', (_, outcomes, verdict, exitCodes) => {
    const failOns: FailOn[] = ['info', 'warning', 'critical', 'never'];
    expect(verdictOf(outcomes)).toBe(verdict);
    expect(failOns.map((failOn) => exitCodeOf(outcomes, failOn))).toEqual(exitCodes);
  });

  it('knows the worst that counts', () => {
    expect(worstOf([info, muted, warning])).toBe('warning');
    expect(worstOf([...RESTING, muted])).toBeNull();
  });

  it('sorts by severity and keeps the order of equals', () => {
    const again = found('b2');
    expect(
      bySeverity([info, warning, critical, again], ({ severity }) => severity).map(({ id }) => id),
    ).toEqual(['a', 'b', 'b2', 'c']);
  });
});
