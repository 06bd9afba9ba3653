import { describe, expect, it } from 'vitest';
import { type Check, defineCheck, facts, inapplicable, skipped } from '../../src/doctor/check.js';
import { examine } from '../../src/doctor/examine.js';
import { healthyEvidence } from '../support/evidence.js';

const subject = { evidence: healthyEvidence(), siblings: [] };

function checkWith(inspect: Check<object>['inspect'], verdict: Check['verdict'] = () => 'clear'): Check {
  return defineCheck({
    id: 'example',
    title: 'An example',
    severity: 'warning',
    group: 'files',
    why: 'Because.',
    sources: [],
    inspect,
    verdict,
    summary: () => 'It is so.',
    remedy: () => ({ text: 'Do this.', commands: ['true'] }),
  });
}

describe('examine', () => {
  it('turns facts and verdict into a finding with its remedy', () => {
    const check = checkWith(
      () => facts({ frames: 3 }),
      () => 'info',
    );
    expect(examine(subject, [check])).toEqual([
      {
        id: 'example',
        outcome: 'found',
        severity: 'info',
        summary: 'It is so.',
        facts: { frames: 3 },
        remedy: { text: 'Do this.', commands: ['true'] },
      },
    ]);
  });

  it('keeps the reason of what was not judged', () => {
    const checks = [checkWith(() => inapplicable('no WAL')), checkWith(() => skipped('not root'))];
    expect(examine(subject, checks)).toEqual([
      { id: 'example', outcome: 'inapplicable', reason: 'no WAL' },
      { id: 'example', outcome: 'skipped', reason: 'not root' },
    ]);
  });

  it('keeps a crash inside its check', () => {
    const crashing = checkWith(() => {
      throw new Error('bad frame');
    });
    const outcomes = examine(subject, [crashing, checkWith(() => facts({}))]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['crashed', 'clear']);
    expect(outcomes[0]).toMatchObject({ reason: 'bad frame' });
  });
});
