/** `--find-limit`: raises writers, rate and hold, one at a time, until thresholds break; with a cure beside it. */
import { type Axis, axes } from '../../stress/limit/axes.js';
import { curveOf, pointOf } from '../../stress/limit/curve.js';
import type { LimitRequest } from '../../stress/limit/request.js';
import { rulesOfThumb } from '../../stress/limit/rules-of-thumb.js';
import { searchLimit } from '../../stress/limit/search.js';
import { sentenceOf } from '../../stress/limit/sentence.js';
import type { Limit, LimitAxis, LimitCurve, LimitPoint } from '../../stress/limit-shapes.js';
import type { Played } from '../../stress/played.js';
import type { RunResult } from '../../stress/run-shapes.js';
import { evaluateThresholds } from '../../stress/thresholds.js';
import { type Bytes, formatDuration, plural } from '../../units.js';
import type { Director, Rounds } from './rounds.js';

export interface Cure {
  /** Remedies joined with `+`. */
  readonly name: string;
  readonly played: Played;
}

export interface Limits {
  readonly request: LimitRequest;
  /** `null`: only as found. */
  readonly cure: Cure | null;
  /** Of the database; `null`: it is a scratch one. */
  readonly bytes: Bytes | null;
}

/** As found, or cured. */
interface Side {
  readonly name: string;
  readonly played: Played;
  /** The load as it is: the first run of each side. */
  readonly reference: RunResult;
}

/** A search under way. */
interface Exploration {
  readonly name: LimitAxis;
  readonly side: Side;
  readonly steps: ReturnType<typeof searchLimit>;
  readonly points: LimitPoint[];
  next: IteratorResult<number, void>;
  /** Why a run told nothing, so that the search ended. */
  untold: string | null;
}

/** The runs are those of the load as it is. Interrupted, it says what was found until then. */
export async function findLimits(limits: Limits, director: Director): Promise<Rounds> {
  const { played: asFound, signal, thresholds } = director;
  const { request, cure, bytes } = limits;
  const found = await startSide('as found', asFound, director);
  const cured = cure === null || signal.aborted ? null : await startSide('cured', cure.played, director);
  const sides = { found, cured: cured === null || signal.aborted ? null : cured };
  const searches: Limit['searches'] = [];
  for (const axis of request.axes) {
    searches.push(await searchAxis(axis, sides, limits, director));
  }
  const referenceOf = (side: Side | null) =>
    side === null ? null : pointOf(0, { load: side.played.load, run: side.reference }, thresholds);
  const writers = searches.find(({ axis }) => axis === 'writers')?.asFound;
  const limit = {
    ...{ cure: cure?.name ?? null, searches },
    rulesOfThumb: rulesOfThumb({
      ...{ run: found.reference, bytes },
      writers: writers?.state === 'searched' ? writers : null,
    }),
  };
  const isWhole = !signal.aborted || searches.some(({ asFound: curve }) => curve.state === 'searched');
  const references = { asFound: isWhole ? referenceOf(found) : null, cured: referenceOf(sides.cured) };
  return {
    ...{ runs: [found.reference], comparison: null, load: asFound.load },
    limit: { ...limit, sentence: sentenceOf(references, limit) },
  };
}

async function startSide(name: string, played: Played, { run }: Director): Promise<Side> {
  return { name, played, reference: await run(played, `${name}, the load as it is`) };
}

interface Sides {
  readonly found: Side;
  readonly cured: Side | null;
}

/** Both sides in turn, so that what slows the machine slows both. */
async function searchAxis(
  axis: LimitAxis,
  { found, cured }: Sides,
  { request, cure }: Limits,
  director: Director,
): Promise<Limit['searches'][number]> {
  const explorations = [found, ...(cured === null ? [] : [cured])].map((side) =>
    begin(axis, side, found, request, director),
  );
  const open = () =>
    explorations.flatMap((one) => ('next' in one && !one.next.done && one.untold === null ? [one] : []));
  while (open().length > 0 && !director.signal.aborted) {
    for (const exploration of open()) if (!director.signal.aborted) await advance(exploration, director);
  }
  const [asFound, other] = explorations.map((one) => ended(one, director));
  const missing: LimitCurve = { state: 'skipped', reason: 'interrupted before it began' };
  return { axis, asFound: asFound ?? missing, cured: cure === null ? null : (other ?? missing) };
}

type Skipped = Extract<LimitCurve, { state: 'skipped' }>;

function begin(
  name: LimitAxis,
  side: Side,
  found: Side,
  { mostWriters }: LimitRequest,
  { signal, thresholds }: Director,
): Exploration | Skipped {
  if (signal.aborted) return { state: 'skipped', reason: 'interrupted before it began' };
  const axis = axes[name];
  const { played, reference } = side;
  const reason = axis.whyNot(played, found.played) ?? unmeasured(side, thresholds);
  if (reason !== null) return { state: 'skipped', reason };
  const steps = searchLimit(axis.grid(played.load, reference, mostWriters));
  const points = referencePoints(axis, side, thresholds);
  return { name, side, steps, points, next: steps.next(), untold: null };
}

/** Where the load as it is stands on the axis, it is known already. */
function referencePoints(
  axis: Axis,
  { played, reference }: Side,
  thresholds: Director['thresholds'],
): LimitPoint[] {
  const value = axis.valueIn(played.load);
  return value === null ? [] : [pointOf(value, { load: played.load, run: reference }, thresholds)];
}

/** What nobody measures never breaks: a threshold of reads without readers. */
function unmeasured({ reference }: Side, thresholds: Director['thresholds']): string | null {
  const unknown = evaluateThresholds(thresholds, [reference]).filter(({ state }) => state === 'unknown');
  const names = unknown.map(({ threshold }) => threshold).join(', ');
  return names === '' ? null : `${names} could not be measured in this load`;
}

async function advance(exploration: Exploration, director: Director): Promise<void> {
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
  exploration.next = steps.next({ held: tried.held, exhausted: all || tried.keptUp === false });
}

/** @returns the point, or why there is none: what was not measured has neither held nor broken */
async function tryOne(
  value: number,
  { name, side }: Exploration,
  { run, thresholds }: Director,
): Promise<LimitPoint | { readonly untold: string }> {
  const played = axes[name].at(side.played, value);
  const label = LABELS[name](value);
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

function ended(exploration: Exploration | Skipped, { thresholds }: Director): LimitCurve {
  if (!('next' in exploration)) return exploration;
  if (exploration.untold !== null) return { state: 'skipped', reason: exploration.untold };
  return curveOf(exploration.points, thresholds, exploration.next.done === true);
}
