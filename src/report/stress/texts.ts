/** Cells that several formats have in common. */
import type { Invariant, RunResult, StressError } from '../../stress/run-shapes.js';
import type { StressReport } from '../report.js';
import { formatLatency } from './values.js';

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

/** `Every committed row is present: 14,505 of 14,505`. */
export function truthText({ statement, detail }: Invariant): string {
  return `${statement.replace(/\.$/, '')}: ${detail}`;
}

/** Of a threshold, or of what must be true. */
export function stateText(state: Invariant['state']): string {
  return state === 'unknown' ? 'not known' : state;
}

/** Of all runs, each once. */
export function notesOf({ notes, runs }: Pick<StressReport, 'notes' | 'runs'>): string[] {
  return [...new Set([...notes, ...runs.flatMap((run) => run.notes)])];
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
