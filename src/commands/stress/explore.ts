/** One axis on one side: value after value, until its limit is known. */
import { axes, whyNone } from '../../stress/limit/axes.js';
import { curveOf, pointOf } from '../../stress/limit/curve.js';
import type { LimitRequest } from '../../stress/limit/request.js';
import { type Grid, searchLimit } from '../../stress/limit/search.js';
import { type Subject, timed } from '../../stress/limit/subject.js';
import type { LimitAxis, LimitCurve, LimitPoint } from '../../stress/limit-shapes.js';
import type { RunResult } from '../../stress/run-shapes.js';
import { evaluateThresholds } from '../../stress/thresholds.js';
import { formatDuration, plural } from '../../units.js';
import type { Director } from './rounds.js';

/** As found, or cured. */
export interface Side {
  readonly name: string;
  readonly subject: Subject;
  /** The load as it is: the first run of each side. */
  readonly reference: RunResult;
}

/** A search under way. */
export interface Exploration {
  readonly axis: LimitAxis;
  readonly side: Side;
  readonly grid: Grid;
  readonly steps: ReturnType<typeof searchLimit>;
  readonly points: LimitPoint[];
  next: IteratorResult<number, void>;
  /** Why a run told nothing, so that the search ended. */
  untold: string | null;
}

export type Skipped = Extract<LimitCurve, { state: 'skipped' }>;

export const INTERRUPTED: Skipped = { state: 'skipped', reason: 'interrupted before it began' };

export function begin(
  axis: LimitAxis,
  side: Side,
  { mostWriters }: LimitRequest,
  { signal, thresholds }: Director,
): Exploration | Skipped {
  if (signal.aborted) return INTERRUPTED;
  const { reference } = side;
  const reason = whyNotSearched(axis, side.subject) ?? unmeasured(side, thresholds);
  if (reason !== null) return { state: 'skipped', reason };
  const subject = timed(side.subject);
  const grid = axes[axis].grid(subject, reference, mostWriters);
  const steps = searchLimit(
    grid,
    thresholds.map(({ text }) => text),
  );
  const points = referencePoints(axis, side, thresholds);
  return { axis, side: { ...side, subject }, grid, steps, points, next: steps.next(), untold: null };
}

/** The end of a sentence. `null`: it can be. */
export function whyNotSearched(axis: LimitAxis, subject: Subject): string | null {
  return whyNone(subject) ?? axes[axis].whyNot(subject);
}

/** Where the load as it is stands on the axis, it is known already; not if it ends in another way than the runs of the search. */
function referencePoints(
  axis: LimitAxis,
  { subject, reference: run }: Side,
  thresholds: Director['thresholds'],
): LimitPoint[] {
  const { load } = subject.asFound;
  const value = axes[axis].valueIn(subject);
  return value === null || load.end.kind !== 'duration' ? [] : [pointOf(value, { load, run }, thresholds)];
}

/** What nobody measures never breaks: a threshold of reads without readers. */
function unmeasured({ reference }: Side, thresholds: Director['thresholds']): string | null {
  const unknown = evaluateThresholds(thresholds, [reference]).filter(({ state }) => state === 'unknown');
  const names = unknown.map(({ threshold }) => threshold).join(', ');
  return names === '' ? null : `${names} could not be measured in this load`;
}

export async function advance(exploration: Exploration, director: Director): Promise<void> {
  const { steps, points, next } = exploration;
  if (next.done) return;
  const known = points.find(({ value }) => value === next.value);
  const tried = known ?? (await tryOne(next.value, exploration, director));
  // half a run says nothing
  if (director.signal.aborted) return;
  if ('untold' in tried) {
    exploration.untold = tried.untold;
    return;
  }
  if (known === undefined) points.push(tried);
  const all = director.thresholds.every(({ text }) => tried.broken.includes(text));
  const { held, broken } = tried;
  exploration.next = steps.next({ held, broken, exhausted: all || tried.keptUp === false });
}

/** @returns the point, or why there is none: what was not measured has neither held nor broken */
async function tryOne(
  value: number,
  { axis, side }: Exploration,
  { run, thresholds }: Director,
): Promise<LimitPoint | { readonly untold: string }> {
  const played = axes[axis].at(side.subject, value);
  const label = LABELS[axis](value);
  const result = await run(played, `${side.name}, ${label}`);
  const isUnknown = evaluateThresholds(thresholds, [result]).some(({ state }) => state === 'unknown');
  if (isUnknown)
    return { untold: `too few transactions in a run with ${label} (a longer --duration has more)` };
  return pointOf(value, { load: played.load, run: result }, thresholds);
}

const LABELS = {
  writers: (value: number) => plural(value, 'writer'),
  rate: (value: number) => `${value} transactions a second`,
  hold: (value: number) => `${formatDuration(value)} of work inside each transaction`,
} as const satisfies Record<LimitAxis, (value: number) => string>;

export function ended(exploration: Exploration | Skipped, { thresholds }: Director): LimitCurve {
  if (!('next' in exploration)) return exploration;
  const { untold, points, next, grid } = exploration;
  if (untold !== null) return { state: 'skipped', reason: untold };
  return curveOf(points, thresholds, { complete: next.done === true, grid });
}
