/** What remedies changed: the same cells and sentences for every format. */
import type { ComparedCell, ComparedVariant, Comparison } from '../../stress/comparison-shapes.js';
import { plural } from '../../units.js';
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

export interface ComparisonRow {
  readonly id: string;
  readonly cells: readonly string[];
  /** `held`, `broken`, or what is wrong with the data. */
  readonly standing: string;
  readonly holds: boolean;
  readonly details: readonly string[];
}

/** As found, then what helps most. */
export function comparisonRows({ asFound, variants }: Comparison): ComparisonRow[] {
  return [asFound, ...variants].map((variant) => ({
    id: variant.id === 'as-found' ? 'as found' : variant.id,
    cells: SHOWN.map((name) => cellText(variant.cells.find(({ metric }) => metric === name))),
    standing: standingText(variant),
    holds: variant.holds,
    details: variant === asFound ? [] : detailTexts(variant),
  }));
}

/** Medians over the rounds. */
function cellText(cell: ComparedCell | undefined): string {
  return cell === undefined ? '' : formatMetric(cell.metric, cell.unit, cell.median);
}

/** A script's rows are not known to dblock, so unknown truth is not held against it. */
function standingText({ truth, thresholds }: ComparedVariant): string {
  if (truth === 'broken') return 'loses data';
  const broken = thresholds.filter(({ state }) => state !== 'held').length;
  return broken === 0 ? 'holds' : `${broken} of ${thresholds.length} broken`;
}

function detailTexts({ cells: all, expected }: ComparedVariant): string[] {
  // Rows say the same, and more where a transaction has several.
  const cells = all.filter(({ metric }) => metric !== 'throughput');
  const better = cells.filter(({ verdict }) => verdict === 'better').map(ratioText);
  const worse = cells.filter(({ verdict }) => verdict === 'worse').map(ratioText);
  const parts = [
    ...(better.length === 0 ? [] : [`better: ${better.join(', ')}`]),
    ...(worse.length === 0 ? [] : [`worse: ${worse.join(', ')}`]),
  ];
  const measured = parts.length === 0 ? 'no change that is more than noise' : parts.join('; ');
  return [`Measured: ${measured}.`, ...(expected === null ? [] : [`Expected: ${expected}`])];
}

/** `rows × 1.75 (1.6 to 1.91)`: of the medians, and where 95 % of the resampled rounds lie. */
function ratioText({ metric, ratio }: ComparedCell): string {
  if (ratio === null) return metric;
  const { ratio: middle, low, high } = ratio;
  return `${metric} × ${short(middle)} (${short(low)} to ${short(high)})`;
}

function short(value: number): string {
  return value === 0 ? '0' : String(Number(value.toPrecision(value >= 100 ? 3 : 2)));
}

export function comparisonTitle({ rounds }: Comparison): string {
  return `Remedies, ${plural(rounds, 'round')} each; what helps most comes first`;
}

/** Why some are missing. */
export function leftOutTexts({ leftOut }: Comparison): string[] {
  return leftOut.map(({ id, reason }) => (reason.startsWith(`${id}: `) ? reason : `${id}: ${reason}`));
}
