/** Where thresholds break: the same rows and sentences for every format. */
import type { Limit, LimitAxis, LimitCurve, LimitPoint, SearchedCurve } from '../../stress/limit-shapes.js';
import { formatDuration, plural } from '../../units.js';
import type { StressReport } from '../report.js';
import { formatLatency, formatRate, formatShare } from './values.js';

const AXIS_HEADS = {
  writers: 'writers',
  rate: 'transactions',
  hold: 'hold',
} as const satisfies Record<LimitAxis, string>;

/** Over the cells of each row. */
export function axisHeads({ searches }: Limit): string[] {
  return searches.map(({ axis, of }) => `${AXIS_HEADS[axis]}${of === null ? '' : ` of ${of}`}`);
}

export interface BreakRow {
  /** A threshold, or what stands for all of them. */
  readonly threshold: string;
  /** `as found`, `cured`; empty if there is nothing to tell apart. */
  readonly side: string;
  /** One for each search. */
  readonly cells: readonly string[];
}

/** Per threshold, and side by side: at what it broke. Then how far all held together. */
export function breakRows({ cure, searches }: Limit): BreakRow[] {
  const names = [
    ...new Set(searches.flatMap(({ asFound, cured }) => [asFound, cured]).flatMap(thresholdsOf)),
  ];
  const sides = cure === null ? (['asFound'] as const) : (['asFound', 'cured'] as const);
  const rows = (threshold: string, cellOf: (raised: Raised, curve: LimitCurve | null) => string) =>
    sides.map((side) => ({
      threshold,
      side: cure === null ? '' : SIDES[side],
      cells: searches.map((search) => cellOf(search, search[side])),
    }));
  return [
    ...names.flatMap((name) => rows(name, (raised, curve) => breakCell(raised, curve, name))),
    ...rows(ALL_HOLD, heldCell),
  ];
}

export const ALL_HOLD = 'all held up to';
const SIDES = { asFound: 'as found', cured: 'cured' } as const;

function thresholdsOf(curve: LimitCurve | null): string[] {
  return curve?.state === 'searched' ? curve.thresholds.map(({ threshold }) => threshold) : [];
}

type Raised = Pick<Limit['searches'][number], 'axis' | 'of'>;

/** Not searched, and so not known. */
const NONE = '–';

function breakCell(raised: Raised, curve: LimitCurve | null, name: string): string {
  if (curve?.state !== 'searched') return NONE;
  const bounds = curve.thresholds.find(({ threshold }) => threshold === name);
  if (bounds === undefined) return NONE;
  const { firstBroken, lastHeld, narrowed } = bounds;
  if (firstBroken === null) {
    const most = curve.points.at(-1);
    return most === undefined ? NONE : `> ${valueText(raised, most)}`;
  }
  const textOf = (wanted: number) => {
    const point = curve.points.find(({ value }) => value === wanted);
    return point === undefined ? NONE : valueText(raised, point);
  };
  if (lastHeld !== null && !narrowed) return `${textOf(lastHeld)}–${textOf(firstBroken)}`;
  const isLeast = lastHeld === null && !(raised.axis === 'writers' && firstBroken === 1);
  return `${isLeast ? '≤ ' : ''}${textOf(firstBroken)}`;
}

function heldCell(raised: Raised, curve: LimitCurve | null): string {
  if (curve?.state !== 'searched') return NONE;
  const point = curve.points.find(({ value }) => value === curve.lastHeld);
  return point === undefined ? 'none' : valueText(raised, point);
}

/** Of a hold the measured mean: work inside is not all of it. Of those of some only, the work: the mean is that of all. */
function valueText({ axis, of }: Raised, { value, holdMs }: LimitPoint): string {
  switch (axis) {
    case 'writers':
      return String(value);
    case 'rate':
      return plainRate(value);
    case 'hold':
      if (of !== null) return formatLatency(value);
      return holdMs === null ? NONE : formatLatency(holdMs);
  }
}

/** Of a rate that was chosen, not measured. */
function plainRate(perSecond: number): string {
  return formatRate(perSecond).replace(/\.0+\/s$/, '/s');
}

export const CURVE_HEADS = ['rows', 'failures', 'wait avg', 'max', 'hold'] as const;

export interface Curve {
  readonly title: string;
  /** Of the first column. */
  readonly head: string;
  readonly rows: readonly CurveRow[];
}

export interface CurveRow {
  readonly value: string;
  /** Under `CURVE_HEADS`. */
  readonly cells: readonly string[];
  readonly held: boolean;
  /** `held`, or what did not. */
  readonly standing: string;
}

/** All that was tried. */
export function curvesOf({ cure, searches }: Limit): Curve[] {
  return searches.flatMap(({ axis, of, asFound, cured }) => {
    const whose = of === null ? '' : ` of ${of}`;
    return [
      ...curveOf(axis, asFound, `${whose}${cure === null ? '' : ', as found'}`),
      ...curveOf(axis, cured, `${whose}, with ${cure}`),
    ];
  });
}

const TITLES = {
  writers: ['Writers', 'writers'],
  rate: ['Transactions due each second, an open loop', 'due'],
  hold: ['Work inside each transaction', 'work'],
} as const satisfies Record<LimitAxis, readonly [string, string]>;

function curveOf(axis: LimitAxis, curve: LimitCurve | null, side: string): Curve[] {
  if (curve?.state !== 'searched' || curve.points.length === 0) return [];
  const [title, head] = TITLES[axis];
  return [{ title: `${title}${side}`, head, rows: curve.points.map((point) => curveRow(axis, point)) }];
}

function curveRow(axis: LimitAxis, point: LimitPoint): CurveRow {
  const { value, held, broken, untrue, keptUp } = point;
  const waits = [point.waitAvgMs, point.waitMaxMs, point.holdMs];
  return {
    value: PLAIN[axis](value),
    cells: [
      formatRate(point.rowsPerSecond),
      formatShare(point.failureRate),
      ...waits.map((ms) => (ms === null ? '' : formatLatency(ms))),
    ],
    held,
    standing: held
      ? 'held'
      : [
          ...untrue.map((id) => `${id} not true`),
          ...broken,
          ...(keptUp === false ? ['falls behind'] : []),
        ].join(', '),
  };
}

const PLAIN = {
  writers: String,
  rate: plainRate,
  hold: (value: number) => `${value} ms`,
} as const satisfies Record<LimitAxis, (value: number) => string>;

/** How to read it, and what is missing. */
export function limitNotes({ cure, searches }: Limit): string[] {
  const curves = searches.flatMap(({ axis, asFound, cured }) => [
    { axis, side: '', curve: asFound },
    ...(cured === null ? [] : [{ axis, side: ` with ${cure}`, curve: cured }]),
  ]);
  const searched = curves.flatMap(({ curve }) => (curve.state === 'searched' ? [curve] : []));
  const isMean = searches.some(({ axis, of }) => axis === 'hold' && of === null);
  return [
    ...(searched.length === 0
      ? []
      : [[METHOD, ...(isMean ? [MEAN_HOLD] : []), ...(cure === null ? [] : [AS_FOUND])].join(' ')]),
    ...(searched.some(isWide) ? [WIDE] : []),
    ...(searched.some(({ complete }) => !complete)
      ? ['Interrupted: the search had not come to its end.']
      : []),
    ...(searched.some(fallsBehind) ? [FALLS_BEHIND] : []),
    ...new Set(searches.flatMap(({ notes, asFound }) => (asFound.state === 'searched' ? notes : []))),
    ...skippedTexts(curves),
    ...ratesReached(searches, cure),
  ];
}

interface OneCurve {
  readonly axis: LimitAxis;
  readonly side: string;
  readonly curve: LimitCurve;
}

/** What could not be searched for the same reason is told once. */
function skippedTexts(curves: readonly OneCurve[]): string[] {
  const names = new Map<string, string[]>();
  for (const { axis, side, curve } of curves) {
    if (curve.state !== 'skipped') continue;
    names.set(curve.reason, [...(names.get(curve.reason) ?? []), `${AXIS_HEADS[axis]}${side}`]);
  }
  return [...names].map(([reason, which]) => {
    const text = `${which.join(', ')} not searched: ${reason}.`;
    return text.charAt(0).toUpperCase() + text.slice(1);
  });
}

/** Where no rate can be stated, the one that came about is known. */
function ratesReached(searches: Limit['searches'], cure: string | null): string[] {
  const rate = searches.find(({ axis }) => axis === 'rate');
  const writers = searches.find(({ axis }) => axis === 'writers');
  if (rate?.asFound.state !== 'skipped' || writers === undefined) return [];
  return [writers.asFound, writers.cured].flatMap((curve, index) => {
    if (curve?.state !== 'searched') return [];
    const point = curve.points.find(({ value }) => value === curve.lastHeld);
    if (point === undefined) return [];
    const side = index === 1 ? `With ${cure}: ` : cure === null ? '' : 'As found: ';
    return [
      `${side}${formatRate(point.throughputPerSecond)} came about with ${plural(point.value, 'writer')}, the most that held.`,
    ];
  });
}

export interface LimitBreach {
  /** Of what must be true of the data. */
  readonly id: string;
  /** `with 8 writers, as found`. */
  readonly where: string;
}

/** What was not true while limits were sought, each where it was first; but not what the load as it is breaks as found. */
export function limitBreaches({ limit, runs }: Pick<StressReport, 'limit' | 'runs'>): LimitBreach[] {
  if (limit === null) return [];
  const known = new Set(
    runs.flatMap(({ truth }) => truth.flatMap(({ id, state }) => (state === 'broken' ? [id] : []))),
  );
  return limit.searches.flatMap(({ axis, asFound, cured }) => [
    ...breachesIn(axis, asFound, limit.cure === null ? '' : ', as found').filter(({ id }) => !known.has(id)),
    ...breachesIn(axis, cured, `, with ${limit.cure}`),
  ]);
}

function breachesIn(axis: LimitAxis, curve: LimitCurve | null, side: string): LimitBreach[] {
  if (curve?.state !== 'searched') return [];
  const ids = [...new Set(curve.points.flatMap(({ untrue }) => untrue))];
  return ids.flatMap((id) => {
    const first = curve.points.find(({ untrue }) => untrue.includes(id));
    return first === undefined ? [] : [{ id, where: `${WHERE[axis](first.value)}${side}` }];
  });
}

const WHERE = {
  writers: (value: number) => `with ${plural(value, 'writer')}`,
  rate: (value: number) => `at ${plainRate(value)}`,
  hold: (value: number) => `with ${formatDuration(value)} of work inside a transaction`,
} as const satisfies Record<LimitAxis, (value: number) => string>;

const METHOD =
  'Each is raised alone, the rest as it is; each value is one run, so that chance decides near the limit. The limit of all together is narrowed down (writers to a tenth, the others to a fifth), then that of each threshold that breaks later, in six more runs at most.';
const MEAN_HOLD = 'The hold is the mean that was measured.';
const WIDE = '8–16 says that it held at 8 and broke at 16: what lies between was not tried.';
const AS_FOUND =
  'Transactions, and the work inside, are those as found: a cure that puts several into one has as many rows to write, and does their work together.';
const FALLS_BEHIND =
  'Falls behind: of the transactions that were due, more than 5% had not even begun when the run ended. No threshold says so, but no limit is beyond it.';

/** Not as near as could be: the search ended before. */
function isWide({ thresholds }: SearchedCurve): boolean {
  return thresholds.some(({ narrowed }) => !narrowed);
}

function fallsBehind({ points }: SearchedCurve): boolean {
  return points.some(({ keptUp }) => keptUp === false);
}

/** `more than 10 GB (the topic pipeline (batch-herd)): 8 MiB`. */
export function ruleTexts({ rulesOfThumb }: Limit): string[] {
  return rulesOfThumb.map(({ rule, from, measured }) => `${rule}, says ${from}. Here: ${measured}.`);
}
