/** Which remedies to try together, once each was tried alone: those that would do what the others leave. Pure. */
import type { ComparedVariant } from '../comparison-shapes.js';
import type { ThresholdResult } from '../result-shapes.js';

/** What was tried, and what came of it. */
export interface Tried {
  /** Indices of remedies, from the least. */
  readonly of: readonly number[];
  readonly outcome: Outcome;
}

export type Outcome = Pick<ComparedVariant, 'thresholds' | 'untrue'>;

/**
 * Each of `bases` with one more of `singles`, what promises most first.
 * @param asFound what is to be cured
 * @param bases what the next ones build on: the singles themselves, then the pairs
 */
export function nextCombinations(
  asFound: Outcome,
  singles: readonly Tried[],
  bases: readonly Tried[],
): number[][] {
  const problems = problemsOf(asFound);
  const share = new Map(
    [...singles, ...bases].map(({ of, outcome }) => [keyOf(of), sharesOf(problems, asFound, outcome)]),
  );
  const sharesFor = (of: readonly number[]) => share.get(keyOf(of)) ?? [];
  const promises = new Map<string, { readonly of: number[]; readonly promise: number }>();
  for (const base of bases) {
    for (const { of: more } of singles) {
      const of = [...new Set([...base.of, ...more])].sort((a, b) => a - b);
      if (of.length === base.of.length) continue;
      const [one, other] = [sharesFor(base.of), sharesFor(more)];
      const promise = together(one, other);
      if (promise <= Math.max(sumOf(one), sumOf(other))) continue;
      const known = promises.get(keyOf(of));
      if (known === undefined || known.promise < promise) promises.set(keyOf(of), { of, promise });
    }
  }
  return [...promises.values()]
    .sort((a, b) => b.promise - a.promise || compareIndices(a.of, b.of))
    .map(({ of }) => of);
}

/** Each with one remedy less. */
export function partsOf(of: readonly number[]): number[][] {
  return of.map((one) => of.filter((other) => other !== one));
}

function keyOf(of: readonly number[]): string {
  return of.join(' ');
}

/** Of as promising ones, the remedies that come first: they change least. */
function compareIndices(a: readonly number[], b: readonly number[]): number {
  return sumOf(a) - sumOf(b);
}

type Problem = ThresholdResult | string;

function problemsOf({ thresholds, untrue }: Outcome): Problem[] {
  return [...thresholds.filter(({ state }) => state !== 'held'), ...untrue];
}

/** How much of each problem it takes away: 1 all of it, 0 nothing. */
function sharesOf(problems: readonly Problem[], asFound: Outcome, outcome: Outcome): number[] {
  const isWorse = problemsOf(outcome).some(
    (problem) => !problems.some((known) => nameOf(known) === nameOf(problem)),
  );
  return problems.map((problem) => {
    const share =
      typeof problem === 'string'
        ? Number(!outcome.untrue.includes(problem))
        : thresholdShare(problem, asFound, outcome);
    return isWorse ? share / 2 : share;
  });
}

function nameOf(problem: Problem): string {
  return typeof problem === 'string' ? problem : problem.threshold;
}

/** How far it goes from what was found to the limit, as orders of magnitude go. */
function thresholdShare(problem: ThresholdResult, asFound: Outcome, outcome: Outcome): number {
  const named = ({ thresholds }: Outcome) =>
    thresholds.find(({ threshold }) => threshold === problem.threshold);
  const now = named(outcome);
  if (now?.state === 'held') return 1;
  const [before, after, { limit }] = [named(asFound)?.measured ?? 0, now?.measured ?? 0, problem];
  if (before <= 0 || after <= 0 || limit <= 0 || before === limit) return 0;
  return Math.min(1, Math.max(0, Math.log(before / after) / Math.log(before / limit)));
}

/** If each does its share of what the other leaves. */
function together(one: readonly number[], other: readonly number[]): number {
  return sumOf(one.map((share, index) => 1 - (1 - share) * (1 - (other[index] ?? 0))));
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
