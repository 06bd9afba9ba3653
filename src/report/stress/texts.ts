/** Cells that several formats have in common. */
import type { BaselineRow } from '../../stress/result-shapes.js';
import type { Invariant, RunResult, StressError } from '../../stress/run-shapes.js';
import { formatLatency, formatMetric } from './values.js';

const CLASSES = {
  instant: 'instant',
  'timed-out': 'timed out',
  other: 'other',
} as const satisfies Record<StressError['class'], string>;

export function classText(name: StressError['class']): string {
  return CLASSES[name];
}

/** `10 µs to 5.01 s`: how long the failed statement took; one of them if they look alike. */
export function spanText({ fastestMs, slowestMs }: StressError): string {
  const [fastest, slowest] = [formatLatency(fastestMs), formatLatency(slowestMs)];
  return fastest === slowest ? fastest : `${fastest} to ${slowest}`;
}

/** `1,000/s`, or `990/s to 1,010/s` of several runs. */
export function rangeText(metric: string, unit: BaselineRow['unit'], values: readonly number[]): string {
  const least = formatMetric(metric, unit, Math.min(...values));
  const greatest = formatMetric(metric, unit, Math.max(...values));
  return least === greatest ? least : `${least} to ${greatest}`;
}

/** Of medians: `+12%`; empty if there is none. */
export function changeText(change: number | null): string {
  if (change === null) return '';
  const percent = Math.round(change * 100);
  return `${percent > 0 ? '+' : ''}${percent}%`;
}

/** `Every committed row is present: 14,505 of 14,505`. */
export function truthText({ statement, detail }: Invariant): string {
  return `${statement.replace(/\.$/, '')}: ${detail}`;
}

export interface TruthLine {
  readonly state: Invariant['state'];
  readonly text: string;
}

/** What must be true, each once: what holds in several runs with the numbers of the first. */
export function truthLinesOf(runs: readonly RunResult[]): TruthLine[] {
  const groups = new Map<string, { readonly invariant: Invariant; readonly runs: number[] }>();
  for (const [index, { truth }] of runs.entries()) {
    for (const invariant of truth) {
      const key = JSON.stringify([
        invariant.id,
        invariant.state,
        invariant.state === 'held' || invariant.detail,
      ]);
      const group = groups.get(key) ?? { invariant, runs: [] };
      group.runs.push(index + 1);
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ invariant, runs: numbers }) => ({
    state: invariant.state,
    text:
      truthText(invariant) + (runs.length > 1 ? ` (${runsText(invariant.state, numbers, runs.length)})` : ''),
  }));
}

function runsText(state: Invariant['state'], numbers: readonly number[], all: number): string {
  const [first] = numbers;
  if (state === 'held') return `run ${first}; held in ${numbers.length} of ${all}`;
  return numbers.length === 1 ? `run ${first}` : `runs ${numbers.join(', ')}`;
}
