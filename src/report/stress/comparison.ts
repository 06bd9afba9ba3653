/** What remedies changed: the same cells and sentences for every format. */
import type {
  ComparedCell,
  ComparedVariant,
  Comparison,
  RecommendedStep,
} from '../../stress/comparison-shapes.js';
import { formatCount, plural } from '../../units.js';
import { formatMetric } from './values.js';

export const COMPARISON_HEADS = [
  'failures',
  'retries',
  'wait p50',
  'wait p99',
  'max',
  'rows',
  'fairness',
] as const;

/** In the order of the heads. */
const SHOWN = ['failure_rate', 'retry_rate', 'wait.p50', 'wait.p99', 'wait.max', 'rows', 'fairness'];

export interface ComparisonCell {
  /** The median over the rounds. */
  readonly value: string;
  /** `× 0.67`, to as-found; empty: there is none. */
  readonly ratio: string;
  /** `0.61–0.7`: where 95 % of the resampled rounds lie; empty: of one round there is none. */
  readonly interval: string;
}

export interface ComparisonRow {
  readonly id: string;
  readonly cells: readonly ComparisonCell[];
  /** `holds`, or what does not. */
  readonly standing: string;
  readonly holds: boolean;
  readonly details: readonly string[];
}

/** As found, then what helps most. */
export function comparisonRows({ asFound, variants, rounds }: Comparison): ComparisonRow[] {
  return [asFound, ...variants].map((variant) => ({
    id: variant.id === 'as-found' ? 'as found' : variant.id,
    cells: SHOWN.map((name) =>
      cellText(
        variant.cells.find(({ metric }) => metric === name),
        rounds,
      ),
    ),
    standing: standingText(variant),
    holds: variant.holds,
    details: variant === asFound ? [] : detailTexts(variant, rounds),
  }));
}

const NO_CELL: ComparisonCell = { value: '', ratio: '', interval: '' };

function cellText(cell: ComparedCell | undefined, rounds: number): ComparisonCell {
  if (cell === undefined) return NO_CELL;
  const { metric, unit, median, ratio } = cell;
  const value = formatMetric(metric, unit, median);
  if (ratio === null) return { ...NO_CELL, value };
  const [low, high] = [factor(ratio.low), factor(ratio.high)];
  const interval = rounds < 2 ? '' : low === high ? low : `${low}–${high}`;
  return { value, ratio: `× ${factor(ratio.ratio)}`, interval };
}

/** As precise as such a ratio can be, and never long. */
function factor(value: number): string {
  if (value === 0) return '0';
  if (value < 0.005) return '<0.01';
  if (value > 999) return '>999';
  return value < 9.95 ? String(Number(value.toFixed(2))) : formatCount(Math.round(value));
}

/** The id of what is not about the data: see ComparedVariant.untrue. */
const STARVED = 'nobody-starved';

/** A script's rows are not known to dblock, so unknown truth is not held against it. */
function standingText({ untrue, thresholds }: ComparedVariant): string {
  const those = (wanted: 'broken' | 'unknown') =>
    thresholds.filter(({ state }) => state === wanted).map(({ threshold }) => threshold);
  const [broken, unknown] = [those('broken'), those('unknown')];
  const wrong = untrue.filter((id) => id !== STARVED);
  const parts = [
    ...(wrong.length === 0 ? [] : [`not true: ${wrong.join(', ')}`]),
    ...(wrong.length === untrue.length ? [] : ['a writer that commits as found had no turn']),
    ...(broken.length === 0 ? [] : [`not held: ${broken.join(', ')}`]),
    ...(unknown.length === 0 ? [] : [`not measured: ${unknown.join(', ')}`]),
  ];
  return parts.length === 0 ? 'holds' : parts.join('; ');
}

function detailTexts(variant: ComparedVariant, rounds: number): string[] {
  const { expected } = variant;
  // One round cannot tell a change from noise.
  const measured = rounds < 2 ? 'Measured, in one round' : 'Measured';
  return expected === null ? [] : [`Expected: ${expected}`, `${measured}: ${measuredText(variant)}`];
}

interface Phrase {
  readonly metric: string;
  readonly what: string;
  readonly less: string;
}

/** What those who proposed it spoke of. */
const PHRASES: readonly Phrase[] = [
  { metric: 'failure_rate', what: 'failures', less: 'fewer' },
  { metric: 'retry_rate', what: 'retries', less: 'fewer' },
  { metric: 'wait.p99', what: 'waits (p99)', less: 'shorter' },
  { metric: 'read.p99', what: 'reads (p99)', less: 'faster' },
  { metric: 'rows', what: 'rows', less: 'fewer' },
];

/** `99.6 % fewer failures, rows × 1.12.` */
function measuredText({ cells }: ComparedVariant): string {
  const changes = PHRASES.flatMap(({ metric, what, less }) => {
    const cell = cells.find((one) => one.metric === metric);
    if (cell === undefined || cell.verdict === 'same') return [];
    if (cell.ratio === null) return [`${what} where there were none`];
    const { ratio } = cell.ratio;
    if (ratio === 0) return [`no ${what}`];
    return [ratio < 1 ? `${percent(1 - ratio)} ${less} ${what}` : `${what} × ${factor(ratio)}`];
  });
  return changes.length === 0 ? 'no change that is more than noise.' : `${changes.join(', ')}.`;
}

function percent(share: number): string {
  const value = share * 100;
  return value > 99.9 ? '>99.9 %' : `${Number(value.toFixed(value < 10 || value > 99 ? 1 : 0))} %`;
}

export function comparisonTitle({ rounds }: Comparison): string {
  return `Remedies, ${plural(rounds, 'round')} each; what helps most comes first`;
}

/** From so many rounds on an interval says by itself what is more than noise. */
const ENOUGH_ROUNDS = 5;

/** What stands with a value. */
export function comparisonLegend({ rounds }: Comparison): string {
  return rounds < 2
    ? 'With each value its ratio to as found; of one round alone there is no interval.'
    : `Medians over the rounds, each with its ratio to as found, and where 95 % of the resampled rounds lie.${rounds < ENOUGH_ROUNDS ? ` With ${rounds} rounds that is the range that was seen: "measured" are only changes beyond the spread of both sides.` : ''}`;
}

/** What came of each, in a line: for formats without a table. */
export function comparisonSummaries(
  comparison: Comparison,
): { readonly id: string; readonly text: string }[] {
  return comparisonRows(comparison).map(({ id, standing, cells }) => {
    const numbers = COMPARISON_HEADS.flatMap((head, index) => {
      const { value = '', ratio = '' } = cells[index] ?? {};
      return value === '' ? [] : [`${head} ${value}${ratio === '' ? '' : ` (${ratio})`}`];
    });
    return { id, text: `${standing}; ${numbers.join(', ')}` };
  });
}

/** What to do, in a sentence or two. */
export function recommendationText(comparison: Comparison): string {
  const steps = stepTexts(comparison).map(({ id, text }) => `${id}: ${text}`);
  const { recipe } = comparison;
  const commands = recipe === null ? [] : [`${recipe.commands.join(', ')}: ${recipe.reason}`];
  return [comparison.sentence, ...steps, ...commands].join(' ');
}

/** Why some are missing. */
export function leftOutTexts({ leftOut }: Comparison): string[] {
  return leftOut.map(({ id, reason }) => (reason.startsWith(`${id}: `) ? reason : `${id}: ${reason}`));
}

/** What was tried together, and what of it did not hold. */
export function combinedTexts({ combined }: Comparison): string[] {
  return (combined?.tried ?? []).map(
    ({ id, holds, broken }) => `${id}: ${holds ? 'holds' : `not: ${broken.map(brokenText).join(', ')}`}`,
  );
}

function brokenText(id: string): string {
  return id === STARVED ? 'a writer had no turn' : id;
}

export interface StepText {
  readonly id: string;
  readonly text: string;
}

/** What to do, one line for each remedy. */
export function stepTexts({ steps }: Comparison): StepText[] {
  return steps.map(({ id, title, how }) => ({ id, text: `${title}. ${howText(how)}` }));
}

function howText(how: RecommendedStep['how']): string {
  if (how.kind === 'own') return how.todo;
  return `In the recipe${how.part === 'jobs' ? ', part jobs' : ''}: ${how.does}.`;
}
