import { describe, expect, it } from 'vitest';
import { capacityOf } from '../../src/stress/capacity.js';
import { type Contender, compareRemedies } from '../../src/stress/comparison.js';
import type { LoadSpec } from '../../src/stress/load-shapes.js';
import type { RunResult } from '../../src/stress/run-shapes.js';
import { parseThreshold, type Threshold } from '../../src/stress/thresholds.js';
import { BASE_LOAD, latencyOf, runOf } from '../support/stress-runs.js';

const THRESHOLDS = ['failure_rate<1%', 'wait.p99<100ms'].map((text): Threshold => {
  const parsed = parseThreshold(text);
  if (parsed.kind === 'misread') throw new Error(parsed.reason);
  return parsed;
});

const COMPARING = { thresholds: THRESHOLDS, seed: 1, leftOut: [], combined: null };

function run(
  failureRate: number,
  p99Ms: number,
  throughputPerSecond: number,
  changes: Partial<RunResult> = {},
) {
  const base = runOf();
  return runOf({
    counters: { ...base.counters, failureRate },
    wait: { ...base.wait, p99Ms },
    throughputPerSecond,
    ...changes,
  });
}

const ROUNDS = [0, 1, 2, 3, 4];
const contender = (remedies: string[], of: (round: number) => RunResult): Contender => ({
  ...{ remedies, runs: ROUNDS.map(of), expected: null, steps: [] },
});
const asFound = contender([], (round) => run(0.05 + round / 1000, 400, 1000 + 10 * round));
const immediate = contender(['begin-immediate'], (round) => run(0, 60, 1100 + 10 * round));
const batch = contender(['batch'], (round) => run(0.02, 80, 3000 + round));
const both = contender(['begin-immediate', 'batch'], (round) => run(0, 20, 3100 + round));
const lossy = contender(['synchronous-off'], (round) => {
  const [first, ...rest] = runOf().truth;
  return run(0, 1, 9000 + round, { truth: first ? [{ ...first, state: 'broken' }, ...rest] : [] });
});

describe('remedies', () => {
  const retry = contender(['retry'], (round) => {
    const { counters } = runOf();
    return run(0, 10, 5000 + round, { counters: { ...counters, failureRate: 0, retryRate: 0.1 } });
  });
  const comparison = compareRemedies(asFound, [retry, lossy, batch, both, immediate], COMPARING);

  it('are ordered by what helps most: retries after cures, lost data last', () => {
    expect(comparison.variants.map(({ id }) => id)).toEqual([
      ...['begin-immediate+batch', 'begin-immediate', 'retry', 'batch', 'synchronous-off'],
    ]);
  });

  it('of those that hold, what is furthest from the limits comes first, whatever it does for the speed', () => {
    const near = contender(['fewer-workers'], (round) => run(0, 90, 2000 + round));
    const far = contender(['work-outside-transaction'], (round) => run(0, 5, 1100 + round));
    const { variants, recommended } = compareRemedies(asFound, [near, far], COMPARING);
    expect(variants.map(({ id }) => id)).toEqual(['work-outside-transaction', 'fewer-workers']);
    expect(recommended).toBe('work-outside-transaction');
  });

  it('where somebody does nothing any more nothing holds', () => {
    const idle = contender(['single-writer-queue'], (round) => {
      const { actors } = runOf();
      return run(0, 5, 4000 + round, {
        actors: actors.map((actor, index) => (index === 1 ? { ...actor, committed: 0 } : actor)),
      });
    });
    expect(compareRemedies(asFound, [idle], COMPARING)).toMatchObject({
      ...{ recommended: null, variants: [{ holds: false, untrue: ['nobody-starved'] }] },
    });
  });

  it('who starves somebody comes before who lets most fail, and after who does neither', () => {
    const { actors } = runOf();
    const without = actors.map((actor, index) => (index === 1 ? { ...actor, committed: 0 } : actor));
    const starving = contender(['retry'], (round) => run(0, 5, 4000 + round, { actors: without }));
    const useless = contender(['cache-and-mmap'], (round) => run(0.05, 400, 1000 + round));
    const { variants } = compareRemedies(asFound, [useless, starving, immediate], COMPARING);
    expect(variants.map(({ id }) => id)).toEqual(['begin-immediate', 'retry', 'cache-and-mmap']);
  });

  it('one of many whose few turns are none now is chance', () => {
    const { actors } = runOf();
    const having = (committed: number) =>
      actors.map((actor, index) => (index === 1 ? { ...actor, committed } : actor));
    const few = contender([], (round) => run(0.05, 400, 1000 + round, { actors: having(3) }));
    const none = contender(['retry'], (round) => run(0, 5, 4000 + round, { actors: having(0) }));
    expect(compareRemedies(few, [none], COMPARING).variants[0]).toMatchObject({ holds: true, untrue: [] });
    const alone = (committed: number) =>
      having(committed).map((actor, index) => (index === 1 ? { ...actor, name: 'scanner' } : actor));
    const scanning = contender([], (round) => run(0.05, 400, 1000 + round, { actors: alone(3) }));
    const idle = contender(['retry'], (round) => run(0, 5, 4000 + round, { actors: alone(0) }));
    expect(compareRemedies(scanning, [idle], COMPARING).variants[0]?.untrue).toEqual(['nobody-starved']);
  });

  it('of three rounds it takes more than an interval without 1 to speak of a change', () => {
    const threeRounds = (remedies: string[], rates: readonly number[]) => ({
      ...contender(remedies, () => run(0.05, 400, 1000)),
      runs: rates.map((rate) => run(0.05, 400, rate)),
    });
    const verdict = (before: readonly number[], now: readonly number[]) => {
      const { variants } = compareRemedies(threeRounds([], before), [threeRounds(['batch'], now)], COMPARING);
      return variants[0]?.cells.find(({ metric }) => metric === 'throughput');
    };
    const noise = verdict([1000, 1400, 1200], [1100, 1600, 1300]);
    expect(noise?.ratio?.low).toBeGreaterThan(1);
    expect(noise?.verdict).toBe('same');
    expect(verdict([1000, 1010, 990], [1200, 1190, 1210])?.verdict).toBe('better');
  });

  it('the fewest with which everything holds are recommended', () => {
    expect(comparison.recommended).toBe('begin-immediate');
    expect(comparison.sentence).toMatch(
      /^With begin-immediate all thresholds hold\. As found, many transactions fail/,
    );
  });

  it('are ratios to as-found, with an interval', () => {
    const [cell] = (comparison.variants[3]?.cells ?? []).filter(({ metric }) => metric === 'throughput');
    expect(cell).toMatchObject({ verdict: 'better', median: 3002 });
    expect(cell?.ratio?.ratio).toBeCloseTo(3002 / 1020);
    expect((cell?.ratio?.low ?? 0) <= (cell?.ratio?.ratio ?? 0)).toBe(true);
    const fairness = comparison.variants[3]?.cells.find(({ metric }) => metric === 'fairness');
    expect(fairness).toMatchObject({ verdict: 'same', ratio: { ratio: 1, low: 1, high: 1 } });
  });

  it('none is recommended where none is needed, or none is enough', () => {
    expect(compareRemedies(immediate, [batch], COMPARING)).toMatchObject({
      ...{ recommended: null, sentence: expect.stringMatching(/no remedy is needed/) },
    });
    expect(compareRemedies(asFound, [batch, lossy], COMPARING)).toMatchObject({
      ...{ recommended: null, sentence: expect.stringMatching(/batch comes nearest/) },
    });
  });

  it('tells more than nothing from nothing', () => {
    const { variants } = compareRemedies(immediate, [asFound], COMPARING);
    expect(variants[0]?.cells[0]).toMatchObject({ metric: 'failure_rate', ratio: null, verdict: 'worse' });
  });
});

describe('capacity', () => {
  const open = (perSecond: number) => ({ ...BASE_LOAD, pace: { kind: 'open', perSecond } as const });
  const holding = (ms: number) => runOf({ hold: latencyOf([ms]) });

  it.each([
    [
      100,
      2,
      0.2,
      /100\/s × 2 ms = the write lock is asked for 20% of the time\. There is room up to about 70%, which is 350\/s/,
    ],
    [
      100,
      8,
      0.8,
      /asked for 80% of the time\. Above 70% waits grow steeply, and before 100% without bound.*A hold of 7 ms on average would leave it at 70%/,
    ],
    [100, 20, 2, /asked for 200% of the time: more than there is, so that waits grow/],
  ])('%d a second of %d ms each', (perSecond, ms, utilisation, sentence) => {
    const capacity = capacityOf(open(perSecond), holding(ms));
    expect(capacity?.utilisation).toBeCloseTo(utilisation);
    expect(capacity?.longestHoldMs).toBeCloseTo(7);
    expect(capacity?.sentence).toMatch(sentence);
  });

  it.each<[string, Partial<LoadSpec>, number, RegExp]>([
    ['a queue', { writerQueue: true }, 8, /the queue hands the lock on at once/],
    ['a queue, beyond', { writerQueue: true }, 20, /more than there is, so that waits grow/],
    ['no timeout', { busyTimeoutMs: 0 }, 2, /asked for 20%.* nobody waits: .* about 17% of those.* 0\.1 ms/],
    ['no timeout, beyond', { busyTimeoutMs: 0 }, 20, /about 67% of those that come by chance/],
    [
      'retries',
      { busyTimeoutMs: 0, retry: { kind: 'immediate', tries: 5 } },
      8,
      /retries grow steeply.*with a busy timeout of 0, who finds it held tries again/,
    ],
  ])('where there is %s, it says what those do who find the lock held', (_, changes, ms, sentence) => {
    const capacity = capacityOf({ ...open(100), ...changes }, holding(ms));
    expect(capacity?.sentence).toMatch(sentence);
    expect(capacity?.sentence).not.toMatch(/look for the lock/);
  });

  it.each([
    [8, /Nobody else wants it.* begin the later/],
    [20, /more than there is, so that transactions begin later and later/],
  ])('one writer alone waits for nobody: %d ms', (ms, sentence) => {
    const actors = runOf().actors.slice(0, 1);
    const capacity = capacityOf(open(100), runOf({ hold: latencyOf([ms]), actors }));
    expect(capacity?.sentence).toMatch(sentence);
    expect(capacity?.sentence).not.toMatch(/waits grow|look for/);
  });

  it.each<[Partial<LoadSpec>, RegExp]>([
    [{ busyTimeoutMs: 0 }, /failed where others would have waited/],
    [{ writerQueue: true }, /waited for each other/],
  ])('of a closed loop with %j says what kept it from more', (changes, sentence) => {
    expect(capacityOf({ ...BASE_LOAD, ...changes }, holding(1))?.sentence).toMatch(sentence);
  });

  it('of a closed loop is what came about, and says so', () => {
    expect(capacityOf(BASE_LOAD, holding(0.5))).toMatchObject({
      longestHoldMs: null,
      ...{
        demand: 'as it came',
        demandPerSecond: 1450.1,
        sentence: expect.stringMatching(/--rate states a demand/),
      },
    });
  });

  it('is not known where nothing held the lock', () => {
    expect(capacityOf(open(100), runOf({ hold: latencyOf([]) }))).toBeNull();
  });
});
