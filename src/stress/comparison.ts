/** Remedies against the load as it was found: each a ratio with what chance leaves open. */
import { plural } from '../units.js';
import type {
  Combined,
  ComparedCell,
  ComparedVariant,
  Comparison,
  RecommendedStep,
} from './comparison-shapes.js';
import { compareHelp, medianOf, STARVED } from './help.js';
import { type Metric, metricsNamed } from './metrics.js';
import type { RunResult } from './run-shapes.js';
import { ratioInterval } from './statistics/bootstrap.js';
import { isBeyondBoth } from './statistics/noise.js';
import { LEAST_CHANGE, measuredValues, median } from './statistics/spread.js';
import { evaluateThresholds, type Threshold } from './thresholds.js';
import { untrueIn } from './truth.js';

/** One way to do the work, in as many rounds as the others. */
export interface Contender {
  /** None: as found. */
  readonly remedies: readonly string[];
  /** In the order of the rounds, which all contenders share. */
  readonly runs: readonly RunResult[];
  /** What those who proposed it expected. */
  readonly expected: string | null;
  readonly steps: readonly RecommendedStep[];
  /** As-found in the same rounds, if those are not the rounds of all. */
  readonly beside?: readonly RunResult[];
}

/** What holds for all contenders. */
export interface Comparing {
  readonly thresholds: readonly Threshold[];
  readonly seed: number;
  readonly leftOut: Comparison['leftOut'];
  readonly combined: Combined | null;
  /** Remedies whose turn did not come before an interruption. */
  readonly notPlayed?: number;
}

/** What a remedy may change; `statistics/spread.ts` has those that tell runs of one load apart. */
const COMPARED = [
  'failure_rate',
  'retry_rate',
  'wait.p50',
  'wait.p99',
  'wait.max',
  'total.p99',
  'read.p99',
  'throughput',
  'rows',
  'fairness',
] as const;

/** @returns all but the recipe, of which nothing is known here */
export function compareRemedies(
  asFound: Contender,
  others: readonly Contender[],
  { thresholds, seed, leftOut, combined, notPlayed = 0 }: Comparing,
): Comparison {
  const base = variantOf(asFound, null, thresholds, seed);
  const ranked = others
    .map((contender, order) => ({
      ...{ contender, order },
      variant: variantOf(contender, contender.beside ?? asFound.runs, thresholds, seed),
    }))
    // of those that help as much, the one that was named first
    .sort((a, b) => compareHelp(a.variant, b.variant) || a.order - b.order);
  const variants = ranked.map(({ variant }) => variant);
  const recommended = recommendedOf(base, variants);
  const shown = recommended ?? (base.holds ? null : variants[0]);
  const missing =
    notPlayed === 0
      ? ''
      : ` Interrupted: the turn of ${plural(notPlayed, 'remedy', 'remedies')} did not come.`;
  const least = recommended === null ? '' : leastText(recommended, variants, combined);
  const notes = [
    least,
    failingText(base),
    combinedText(combined),
    missing,
    fewText(asFound.runs.length),
  ].join('');
  return {
    rounds: asFound.runs.length,
    ...{ asFound: base, variants, combined, recipe: null },
    recommended: recommended?.id ?? null,
    steps: ranked.filter(({ variant }) => variant === shown).flatMap(({ contender: { steps } }) => steps),
    leftOut: [...leftOut],
    sentence: `${sentenceOf(base, variants, recommended)}${notes}`,
  };
}

function variantOf(
  { remedies, runs, expected }: Contender,
  before: readonly RunResult[] | null,
  thresholds: readonly Threshold[],
  seed: number,
): ComparedVariant {
  const results = evaluateThresholds(thresholds, runs);
  const truth = truthOf(runs);
  const untrue = [...untrueIn(runs), ...(before === null ? [] : starvedIn(runs, before))];
  return {
    id: remedies.length === 0 ? 'as-found' : remedies.join('+'),
    remedies: [...remedies],
    cells: metricsNamed(COMPARED).flatMap((metric) => cellOf(metric, runs, before, seed)),
    thresholds: results,
    truth,
    untrue,
    // What rows a script should leave is never known.
    holds: untrue.length === 0 && results.every(({ state }) => state === 'held'),
    expected,
  };
}

/** Nothing for what some round did not measure. */
function cellOf(
  metric: Metric,
  runs: readonly RunResult[],
  before: readonly RunResult[] | null,
  seed: number,
): ComparedCell[] {
  const values = measuredValues(runs, metric.of);
  if (values.length < runs.length || values.length === 0) return [];
  const { name, unit } = metric;
  const old = before === null ? [] : measuredValues(before, metric.of);
  const ratio = old.length === values.length ? ratioInterval(old, values, seed) : null;
  const verdict = verdictOf(metric, old, values, ratio);
  return [{ metric: name, unit, values, median: median(values), ratio, verdict }];
}

/**
 * Where nothing has changed, the interval of three rounds leaves 1 out once in five times, that of four once in ten, and that of five
 * once in sixteen (simulated with log-normal noise): with fewer than five it takes more than that.
 */
const ENOUGH_ROUNDS = 5;

function verdictOf(
  { better }: Metric,
  before: readonly number[],
  now: readonly number[],
  ratio: ComparedCell['ratio'],
): ComparedCell['verdict'] {
  // Of nothing there is no ratio, but what is always more than nothing is more.
  if (ratio === null) {
    const always =
      before.length > 0 && before.every((value) => value === 0) && now.every((value) => value > 0);
    if (!always) return 'same';
    return better === 'more' ? 'better' : 'worse';
  }
  const slight = Math.abs(ratio.ratio - 1) < LEAST_CHANGE;
  if (slight || (ratio.low <= 1 && ratio.high >= 1)) return 'same';
  const few = now.length > 1 && now.length < ENOUGH_ROUNDS;
  if (few && !isBeyondBoth(before, now)) return 'same';
  return ratio.low > 1 === (better === 'more') ? 'better' : 'worse';
}

function truthOf(runs: readonly RunResult[]): ComparedVariant['truth'] {
  const states = runs.flatMap(({ truth }) => truth).map(({ state }) => state);
  if (states.includes('broken')) return 'broken';
  return states.includes('unknown') || states.length === 0 ? 'unknown' : 'held';
}

/** One of several who do the same: that it has no turn at all is chance, unless it had more than a few before. */
const ONE_OF_MANY = /^writer \d+$/;
const MORE_THAN_A_FEW = 10;

/** Who does nothing any more has no errors either: that is no cure. */
function starvedIn(runs: readonly RunResult[], before: readonly RunResult[]): string[] {
  const always = (name: string) => {
    const least = ONE_OF_MANY.test(name) ? MORE_THAN_A_FEW : 1;
    return before.every((run) => committedBy(run, name) >= least);
  };
  const starved = runs.some(({ actors }) =>
    actors.some(({ role, name, committed }) => role === 'writer' && committed === 0 && always(name)),
  );
  return starved ? [STARVED] : [];
}

function committedBy({ actors }: RunResult, name: string): number {
  return actors.find((actor) => actor.name === name)?.committed ?? 0;
}

/** The fewest remedies; of as few, what helps most. */
function recommendedOf(base: ComparedVariant, variants: readonly ComparedVariant[]): ComparedVariant | null {
  if (base.holds) return null;
  const holding = variants.filter(({ holds }) => holds);
  const fewest = Math.min(...holding.map(({ remedies }) => remedies.length));
  return holding.find(({ remedies }) => remedies.length === fewest) ?? null;
}

/** That nothing of it can be left out was seen, or is not said. */
function leastText(
  { remedies }: ComparedVariant,
  variants: readonly ComparedVariant[],
  combined: Combined | null,
): string {
  if (remedies.length < 2) return '';
  const outcomes = new Map([...(combined?.tried ?? []), ...variants].map(({ id, holds }) => [id, holds]));
  const parts = remedies.map((one) => remedies.filter((other) => other !== one).join('+'));
  return parts.every((id) => outcomes.get(id) === false) ? ' Without any one of them they do not.' : '';
}

const LEAST_ROUNDS = 3;

function fewText(rounds: number): string {
  return rounds < LEAST_ROUNDS ? ' Fewer than three rounds say little about the noise.' : '';
}

/** From here on it has to be said that a failure is no short wait. */
const MANY_FAILURES = 0.01;

function failingText(base: ComparedVariant): string {
  if ((medianOf(base, 'failure_rate') ?? 0) < MANY_FAILURES) return '';
  return ' As found, many transactions fail where others would wait: longer waits with a remedy are the waits that were missing.';
}

function combinedText(combined: Combined | null): string {
  if (combined === null || combined.tried.length === 0) return '';
  const { tried, most } = combined;
  return ` ${plural(tried.length, 'combination')} of up to ${most} remedies, the most promising ones and parts of them, were tried in one round each, and the best of them again in rounds beside as-found.`;
}

function sentenceOf(
  base: ComparedVariant,
  variants: readonly ComparedVariant[],
  recommended: ComparedVariant | null,
): string {
  if (base.holds) return 'All thresholds hold as found: no remedy is needed for this load.';
  if (recommended !== null) return `With ${recommended.remedies.join(' and ')} all thresholds hold.`;
  const [best] = variants;
  if (!best) return 'Not all thresholds hold as found, and no remedy was tried.';
  return `No remedy that was tried makes all thresholds hold; ${best.id} comes nearest.`;
}
