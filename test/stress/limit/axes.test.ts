/** What is raised in a scenario, whose actors differ from each other. */
import { describe, expect, it } from 'vitest';
import { axes, whyNone } from '../../../src/stress/limit/axes.js';
import { notesOf, ownersOf } from '../../../src/stress/limit/notes.js';
import { type Subject, timed } from '../../../src/stress/limit/subject.js';
import type { Played } from '../../../src/stress/played.js';
import { rehearse } from '../../../src/stress/remedies/remedy.js';
import { applyWhereItCan, parseSelection } from '../../../src/stress/remedies/selection.js';
import { scenarios } from '../../../src/stress/scenarios/index.js';
import { BASE_LOAD, runOf } from '../../support/stress-runs.js';

function scenario(id: string, cure: string | null = null): Subject {
  const found = scenarios.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no ${id}`);
  const { load, cast } = found.asFound;
  return withCure({ load, scripts: [], recast: cast ?? null }, cure);
}

function withCure(asFound: Played, cure: string | null): Subject {
  if (cure === null) return { asFound, cure: null };
  const selection = parseSelection(cure);
  if (selection.kind === 'misread') throw new Error(selection.reason);
  const [combination = []] = selection.combinations;
  return { asFound, cure: (played) => applyWhereItCan(combination, played) };
}

/** `scanner 7`: who works how long inside of a transaction. */
function holdsAt(subject: Subject, holdMs: number): string[] {
  return rehearse(axes.hold.at(subject, holdMs)).actors.flatMap(({ name, role, program }) =>
    role === 'writer' && 'holdMs' in program ? [`${name} ${program.holdMs}`] : [],
  );
}

describe('the hold of a scenario', () => {
  it.each([
    ['claim-race', 'discovery', 1400],
    ['long-scan', 'scanner', 1200],
    ['long-transaction', 'import', 2000],
    ['mixed-journal', 'the writers', 100],
    ['batch-herd', null, 20],
    ['stale-snapshot', null, 0],
  ])('%s: that of those who hold longest', (id, owners, holdMs) => {
    const subject = scenario(id);
    expect(ownersOf('hold', subject)).toBe(owners);
    expect(axes.hold.valueIn(subject)).toBe(holdMs);
  });

  it('is raised of them alone', () => {
    const workers = [1, 2, 3, 4, 5, 6, 7, 8].map((nth) => `writer ${nth} 20`);
    expect(holdsAt(scenario('long-scan'), 7)).toEqual([...workers, 'scanner 7']);
  });

  it('where the cure takes it out of the transaction, it is what stays inside', () => {
    const subject = scenario('long-scan', 'work-outside-transaction');
    const workers = [1, 2, 3, 4, 5, 6, 7, 8].map((nth) => `writer ${nth} 0`);
    expect(axes.hold.valueIn(subject)).toBe(0);
    expect(holdsAt(subject, 7)).toEqual([...workers, 'scanner 7']);
    expect(notesOf('hold', subject, 'work-outside-transaction').join(' ')).toMatch(
      /stays inside all the same/,
    );
  });

  it('of rows that a cure puts together is put together too', () => {
    const load = { ...BASE_LOAD, begin: 'immediate', writers: 1 } as const;
    const subject = withCure({ load, scripts: [], recast: null }, 'batch(5)');
    expect(holdsAt(subject, 3)).toEqual(['writer 1 15']);
  });
});

describe('the writers of a scenario', () => {
  it('are raised beside those of whom there is but one', () => {
    const names = rehearse(axes.writers.at(scenario('claim-race', 'begin-immediate'), 2)).actors.map(
      ({ name }) => name,
    );
    expect(names).toEqual(['writer 1', 'writer 2', 'discovery']);
    expect(notesOf('writers', scenario('claim-race'), null)).toEqual([
      'Beside the writers that are raised, discovery stays as it is.',
    ]);
    expect(notesOf('writers', scenario('mixed-journal'), null).join()).toMatch(
      /web server 1 and web server 2 stay as they are/,
    );
  });

  it('are fewer than a cap on connections is for: the rest of the cure stays', () => {
    const played = axes.writers.at(scenario('timeout-not-set', 'connection-cap(3)+busy-timeout'), 2);
    expect(rehearse(played).actors.map(({ connection }) => connection.busyTimeoutMs)).toEqual([
      30_000, 30_000,
    ]);
  });

  it('are said by some cures', () => {
    expect(axes.writers.whyNot(scenario('claim-race', 'fewer-workers'))).toMatch(/itself says how many/);
    expect(axes.writers.whyNot(scenario('claim-race', 'begin-immediate'))).toBeNull();
  });
});

describe('the rate of a scenario', () => {
  it.each([
    ['claim-race', /takes jobs from a queue/],
    ['mixed-journal', /takes jobs from a queue/],
  ])('%s: nobody could state one', (id, reason) => {
    expect(axes.rate.whyNot(scenario(id))).toMatch(reason);
  });

  it('is that of its writers: the others have a pace of their own', () => {
    const subject = scenario('long-scan');
    expect(axes.rate.whyNot(subject)).toBeNull();
    const paces = rehearse(axes.rate.at(subject, 80)).actors.map(({ name, pace }) => [name, pace]);
    expect(paces[0]).toEqual(['writer 1', { kind: 'open', perSecond: 10 }]);
    expect(paces).toContainEqual(['scanner', { kind: 'closed', thinkMs: 300 }]);
  });
});

describe('a search', () => {
  it('lasts as long at each value, though the load may end after so many transactions', () => {
    const subject = scenario('batch-herd');
    expect(timed(subject).asFound.load.end).toEqual({ kind: 'duration', durationMs: 3000 });
    expect(notesOf('writers', subject, null)).toEqual([
      'The load as it is ends after 5 transactions of each writer; each run of the search lasts 3 s.',
    ]);
  });

  it('of a load whose writers are killed says nothing', () => {
    expect(whyNone(scenario('crash-mid-commit'))).toMatch(/are killed/);
    expect(whyNone(scenario('claim-race'))).toBeNull();
  });

  it('begins within what a run has room for', () => {
    const { first, least } = axes.hold.grid(timed(scenario('long-scan')), runOf(), 64);
    expect(first).toBe(1200);
    expect(least).toBe(1);
  });
});
