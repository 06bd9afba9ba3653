/** What came of a stress run, in a sentence. Has no text from outside. */
import type { ScenarioResult, ThresholdResult } from '../../stress/result-shapes.js';
import type { RunResult } from '../../stress/run-shapes.js';
import { formatCount, formatDuration, plural } from '../../units.js';
import type { ExitCode, StressReport } from '../report.js';
import { limitBreaches } from './limit-breaches.js';
import { outcomeText } from './scenario.js';
import { formatMetric, formatRate, formatShare } from './values.js';

export type Standing = 'held' | 'broken' | 'unknown';

const STANDINGS = { 0: 'held', 1: 'broken', 2: 'unknown' } as const satisfies Record<ExitCode, Standing>;

/** What the exit code says, in a word. */
export function standingOf({ exitCode }: Pick<StressReport, 'exitCode'>): Standing {
  return STANDINGS[exitCode];
}

export function stressHeadline(report: StressReport): string {
  const { runs, thresholds, interrupted, scenario } = report;
  const ended = [
    ...remedyTexts(report.comparison),
    ...(interrupted === null ? [] : [`interrupted by ${interrupted}`]),
  ];
  const breaches = breachTexts(report);
  const standing = standingOf(report);
  if (scenario !== null) return scenarioHeadline(report, scenario, [...breaches, ...ended]);
  const broken = brokenIn(runs);
  const lost = broken.filter((id) => LOSSES.includes(id));
  const others = broken.filter((id) => !LOSSES.includes(id));
  const parts = [
    ...(lost.length === 0 ? [] : [`the database does not hold what was committed (${lost.join(', ')})`]),
    ...others,
    ...breaches,
    ...thresholdsTexts(thresholds, broken.length + breaches.length > 0 || standing === 'unknown'),
    ...otherwiseTexts(runs),
    ...unverifiedTexts(runs),
    ...ended,
  ];
  return `${WORDS[standing]}: ${parts.join('; ')}`;
}

/** As where the process that does it was killed. */
function unverifiedTexts(runs: readonly RunResult[]): string[] {
  const truth = runs.flatMap((run) => run.truth);
  const isUnverified = truth.some(({ id, state }) => id === 'integrity' && state === 'unknown');
  return isUnverified ? ['what was committed could not be verified'] : [];
}

/** They are in no rate of failures, for locks are not their cause. */
function otherwiseTexts(runs: readonly RunResult[]): string[] {
  const sum = (of: (run: RunResult) => number) => runs.reduce((total, run) => total + of(run), 0);
  const others = sum(({ otherFailures }) => otherFailures);
  const ended = others + sum(({ counters }) => counters.lockSuccesses + counters.lockFailures);
  if (others === 0) return [];
  return [`${formatCount(others)} of ${plural(ended, 'transaction')} failed for reasons other than locks`];
}

/** Where the limit was sought, and not in the load as it is. */
function breachTexts(report: StressReport): string[] {
  return limitBreaches(report).map(({ id, where }) => {
    const what = LOSSES.includes(id)
      ? `the database did not hold what was committed (${id})`
      : `${id} was not true`;
    return `while the limit was sought, ${where}, ${what}`;
  });
}

function remedyTexts(comparison: StressReport['comparison']): string[] {
  if (comparison === null || comparison.asFound.holds || comparison.variants.length === 0) return [];
  const { recommended } = comparison;
  return [
    recommended === null ? 'no remedy that was tried is enough' : `everything holds with ${recommended}`,
  ];
}

/** These say that a commit is not there as it was made. */
const LOSSES: readonly string[] = ['rows-present', 'no-lost-update'];

function brokenIn(runs: readonly RunResult[]): string[] {
  const broken = runs.flatMap(({ truth }) => truth).filter(({ state }) => state === 'broken');
  return [...new Set(broken.map(({ id }) => id))];
}

/** What came about, in the run that is shown. */
function scenarioHeadline(report: StressReport, scenario: ScenarioResult, ended: readonly string[]): string {
  const run = shownRun(report)?.run;
  const broken = brokenIn(report.runs);
  const parts = [
    ...(scenario.missed.length === 0 ? [] : [`expected was ${scenario.missed.join(', ')}`]),
    ...(run === undefined ? [] : [...measuredTexts(report), ...errorTexts(run)]),
    ...(broken.length === 0 ? [] : [`broken: ${broken.join(', ')}`]),
    ...ended,
  ];
  return `${outcomeText(scenario)}: ${parts.join('; ')}`;
}

/** Errors are told apart from these, and counts of transactions say little by themselves. */
const SAID_OTHERWISE = /^(errors|failure_rate|committed|transactions)/;
const MOST_MEASURED = 2;

/** `wait.avg 232 ms, wait.max 2.64 s`: what the scenario is about, where that is not errors. */
function measuredTexts({ thresholds, comparison }: StressReport): string[] {
  if (comparison !== null) return [];
  const measured = thresholds
    .filter((one) => one.measured !== null && !SAID_OTHERWISE.test(one.metric))
    .map((one) => `${one.metric} ${measuredText(one)}`);
  return measured.length === 0 ? [] : [measured.slice(0, MOST_MEASURED).join(', ')];
}

/** `179 lock errors at once, 10 after the whole timeout; 34.2% of the transactions given up`. */
function errorTexts({ errors, counters }: RunResult): string[] {
  const count = (wanted: string) =>
    errors.reduce((sum, one) => sum + (one.class === wanted ? one.count : 0), 0);
  const [instant, late] = [count('instant'), count('timed-out')];
  const kinds = [
    ...(instant === 0 ? [] : [`${plural(instant, 'lock error')} at once`]),
    ...(late === 0
      ? []
      : [`${instant === 0 ? plural(late, 'lock error') : formatCount(late)} after the whole timeout`]),
  ];
  const given =
    counters.lockFailures === 0
      ? 'no transaction'
      : `${formatShare(counters.failureRate)} of the transactions`;
  return [kinds.length === 0 ? 'no lock error' : kinds.join(', '), `${given} given up`];
}

const WORDS = { held: 'Held', broken: 'Broken', unknown: 'Not known' } as const satisfies Record<
  Standing,
  string
>;

function thresholdsTexts(thresholds: readonly ThresholdResult[], otherwiseBroken: boolean): string[] {
  const count = (state: Standing) => thresholds.filter((threshold) => threshold.state === state).length;
  const [broken, unknown, all] = [count('broken'), count('unknown'), plural(thresholds.length, 'threshold')];
  if (broken > 0) return [`${broken} of ${all}`];
  if (unknown > 0) return [`${unknown} of ${all} could not be measured`];
  const held = thresholds.length === 1 ? 'the threshold' : `all ${all}`;
  if (otherwiseBroken) return [`${held} ${thresholds.length === 1 ? 'holds' : 'hold'}`];
  return [held];
}

/** `14,505 committed in 10 s (1,450/s); 41 given up (0.28%); 48 retries`. */
export function countsText({ counters, durationMs, throughputPerSecond, otherFailures }: RunResult): string {
  const { lockSuccesses, lockFailures, lockRetries, failureRate } = counters;
  const failed = lockFailures + lockSuccesses > 0 ? ` (${formatShare(failureRate)})` : '';
  return [
    `${formatCount(lockSuccesses)} committed in ${formatDuration(durationMs)} (${formatRate(throughputPerSecond)})`,
    `${formatCount(lockFailures)} given up because of a lock${failed}`,
    ...(otherFailures === 0 ? [] : [`${formatCount(otherFailures)} because of another error`]),
    plural(lockRetries, 'retry', 'retries'),
  ].join('; ');
}

export function measuredText({ metric, unit, measured }: ThresholdResult): string {
  return measured === null ? 'not measured' : formatMetric(metric, unit, measured);
}

export interface Shown {
  readonly run: RunResult;
  /** From 1. */
  readonly number: number;
}

/** The run whose throughput is in the middle: one number of it belongs to another, which medians of each would not. */
export function shownRun({ runs }: Pick<StressReport, 'runs'>): Shown | null {
  const ranked = runs
    .map((run, index) => ({ run, number: index + 1 }))
    .sort((a, b) => a.run.throughputPerSecond - b.run.throughputPerSecond);
  return ranked[(ranked.length - 1) >> 1] ?? null;
}

/** Of the numbers of the run that is shown. @param number from 1 */
export function transactionsTitle({ runs }: Pick<StressReport, 'runs'>, number: number): string {
  return runs.length > 1
    ? `Transactions (run ${number}, the one in the middle by throughput)`
    : 'Transactions';
}

/** Where it is, and whose run left it so. */
export function keptTexts({ arena, comparison }: Pick<StressReport, 'arena' | 'comparison'>): string[] {
  if (!arena.kept) return [];
  if (comparison === null) return [`The database was kept: ${arena.path}`];
  return [
    `The database was kept as the last of all runs left it (without --compare: as the load as found does): ${arena.path}`,
  ];
}
