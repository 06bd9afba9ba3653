/** Which combinations `--compare all` plays, where it is known what comes of each. */
import { describe, expect, it } from 'vitest';
import { newClock } from '../../src/commands/stress/clock.js';
import { combine, mostRuns } from '../../src/commands/stress/combine.js';
import { longNote, planComparison } from '../../src/commands/stress/compare.js';
import { NEVER, playRounds, type Staging } from '../../src/commands/stress/contenders.js';
import { compareRemedies } from '../../src/stress/comparison.js';
import type { LoadSpec } from '../../src/stress/load-shapes.js';
import { parseSelection } from '../../src/stress/remedies/selection.js';
import { parseThreshold } from '../../src/stress/thresholds.js';
import { BASE_LOAD, runOf } from '../support/stress-runs.js';

const LOAD: LoadSpec = {
  ...{ ...BASE_LOAD, writers: 8, holdMs: 20, busyTimeoutMs: 0 },
  connection: { kind: 'per-operation' },
  pragmas: { ...BASE_LOAD.pragmas, journalMode: 'delete' },
};

/** @param failing the share that fails with these remedies */
async function compareAll(failing: (remedies: readonly string[]) => number, rounds = 1) {
  const selection = parseSelection('all');
  const threshold = parseThreshold('failure_rate<1%');
  if (selection.kind === 'misread' || threshold.kind === 'misread') throw new Error('misread');
  const played: string[] = [];
  const staging: Staging = {
    director: {
      played: { load: LOAD, scripts: [], recast: null },
      ...{ thresholds: [threshold], signal: new AbortController().signal },
      run: async (_, label) => {
        const name = label.split(', ').at(-1) ?? '';
        played.push(name);
        const { counters } = runOf();
        const failureRate = failing(name === 'as found' ? [] : name.split('+'));
        return runOf({ counters: { ...counters, failureRate } });
      },
    },
    ...{ rounds, clock: newClock(0) },
  };
  const compared = planComparison(selection, staging.director.played);
  const [before = NEVER, ...after] = await playRounds([compared.asFound, ...compared.variants], staging);
  const alone = played.length;
  const { finalists, combined } = await combine(compared, { before, after }, staging);
  const comparing = { thresholds: [threshold], seed: 1, leftOut: [], combined };
  const comparison = compareRemedies(before, [...after, ...finalists], comparing);
  return { comparison, combined, together: played.slice(alone) };
}

/** Each takes its share of what the others leave. */
function shares(helping: readonly string[], each: number) {
  return (remedies: readonly string[]) =>
    0.8 * each ** remedies.filter((one) => helping.includes(one)).length;
}

describe('combinations', () => {
  it('are of four where three are not enough, and no more runs than was said', async () => {
    const four = ['begin-immediate', 'busy-timeout', 'connection-reuse', 'work-outside-transaction'];
    const { comparison, combined, together } = await compareAll(shares(four, 0.3), 3);
    expect(comparison.recommended).toBe(four.join('+'));
    expect(comparison.sentence).toMatch(/all thresholds hold\. Without any one of them they do not\./);
    expect(combined.most).toBe(4);
    expect(together.length).toBeLessThanOrEqual(mostRuns(3));
  });

  it('are as small as can be: of one that holds, its parts are tried too', async () => {
    // alone the second does harm, so that the pair promises little
    const failing = (remedies: readonly string[]) => {
      const has = (name: string) => remedies.includes(name);
      if (has('begin-immediate') && has('fewer-workers')) return 0;
      if (has('fewer-workers')) return 0.79;
      const others = ['begin-immediate', 'busy-timeout', 'wal', 'connection-reuse', 'connection-cap'];
      return 0.8 * 0.6 ** remedies.filter((one) => others.includes(one)).length;
    };
    const { comparison, combined } = await compareAll(failing);
    const ids = combined.tried.map(({ id }) => id);
    const sizes = ids.map((id) => id.split('+').length);
    expect(comparison.recommended).toBe('begin-immediate+fewer-workers');
    expect(new Set(ids).size).toBe(ids.length);
    // it was found as a part of four
    expect(ids.indexOf('begin-immediate+fewer-workers')).toBeGreaterThan(sizes.lastIndexOf(4));
  });

  it('end where nothing promises more', async () => {
    const { comparison, combined, together } = await compareAll(() => 0.5);
    expect(combined).toEqual({ tried: [], most: 1 });
    expect(comparison.recommended).toBeNull();
    expect(together).toEqual([]);
  });

  it('are announced: so many runs, and how long they take', () => {
    const selection = parseSelection('all');
    if (selection.kind === 'misread') throw new Error(selection.reason);
    const noteOf = (load: LoadSpec) =>
      longNote(planComparison(selection, { load, scripts: [], recast: null }), 3);
    const end = { kind: 'transactions', perWriter: 5 } as const;
    const work = { kind: 'scenario', scenario: 'batch-herd', workload: 'insert' } as const;
    expect(noteOf(LOAD)).toMatch(
      /in 3 rounds: \d+ runs of 10 s, about \d+ min, .* in 36 runs more at most \(7 min\)\. --runs and/,
    );
    expect(noteOf({ ...LOAD, end, work })).toMatch(/\d+ runs, .* in 36 runs more at most\. --runs 1 is/);
    expect(noteOf({ ...LOAD, end })).toBeNull();
  });
});
