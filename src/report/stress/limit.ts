/** Where thresholds break: the same rows and sentences for every format. */
import type { Limit, LimitAxis, LimitCurve, LimitPoint, SearchedCurve } from '../../stress/limit-shapes.js';
import { formatLatency, formatRate } from './values.js';

export const AXIS_HEADS = {
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

/** Per threshold, and whatever else broke, side by side: at what it broke. Then how far all held together. */
export function breakRows({ cure, searches }: Limit): BreakRow[] {
  const curves = searches.flatMap(({ asFound, cured }) => [asFound, cured]);
  const names = [...new Set(curves.flatMap(thresholdsOf))];
  const untrue = [...new Set(curves.flatMap(pointsOf).flatMap((point) => point.untrue))];
  const isLate = curves.flatMap(pointsOf).some(({ keptUp }) => keptUp === false);
  const sides = cure === null ? (['asFound'] as const) : (['asFound', 'cured'] as const);
  const rows = (threshold: string, cellOf: (raised: Raised, curve: LimitCurve | null) => string) =>
    sides.map((side) => ({
      threshold,
      side: cure === null ? '' : SIDES[side],
      cells: searches.map((search) => cellOf(search, search[side])),
    }));
  return [
    ...names.flatMap((name) => rows(name, (raised, curve) => breakCell(raised, thresholdIn(curve, name)))),
    ...untrue.flatMap((id) =>
      rows(id, (raised, curve) =>
        breakCell(
          raised,
          seenIn(curve, (point) => point.untrue.includes(id)),
        ),
      ),
    ),
    ...(isLate ? rows(KEEPS_UP, (raised, curve) => breakCell(raised, lateIn(curve))) : []),
    ...rows(ALL_HOLD, heldCell),
  ];
}

export const ALL_HOLD = 'all held up to';
/** Of an open loop: what is due is begun. */
export const KEEPS_UP = 'keeps up';
const SIDES = { asFound: 'as found', cured: 'cured' } as const;

function thresholdsOf(curve: LimitCurve | null): string[] {
  return curve?.state === 'searched' ? curve.thresholds.map(({ threshold }) => threshold) : [];
}

function pointsOf(curve: LimitCurve | null): readonly LimitPoint[] {
  return curve?.state === 'searched' ? curve.points : [];
}

/** Where something broke on a curve. */
interface Break extends Pick<SearchedCurve, 'lastHeld' | 'firstBroken' | 'narrowed'> {
  readonly points: readonly LimitPoint[];
}

function thresholdIn(curve: LimitCurve | null, name: string): Break | null {
  if (curve?.state !== 'searched') return null;
  const bounds = curve.thresholds.find(({ threshold }) => threshold === name);
  return bounds === undefined ? null : { ...bounds, points: curve.points };
}

/** Of what is no threshold: it is narrowed down only where it is the first to break. */
function seenIn(curve: LimitCurve | null, breaks: (point: LimitPoint) => boolean): Break | null {
  if (curve?.state !== 'searched') return null;
  const { points } = curve;
  const firstBroken = points.find(breaks)?.value ?? null;
  const lastHeld =
    points.filter(({ value }) => firstBroken === null || value < firstBroken).at(-1)?.value ?? null;
  return { points, firstBroken, lastHeld, narrowed: firstBroken === curve.firstBroken && curve.narrowed };
}

function lateIn(curve: LimitCurve | null): Break | null {
  const isOpen = pointsOf(curve).some(({ keptUp }) => keptUp !== null);
  return isOpen ? seenIn(curve, ({ keptUp }) => keptUp === false) : null;
}

type Raised = Pick<Limit['searches'][number], 'axis' | 'of'>;

/** Not searched, and so not known. */
const NONE = '–';

function breakCell(raised: Raised, found: Break | null): string {
  if (found === null) return NONE;
  const { firstBroken, lastHeld, narrowed, points } = found;
  const textOf = (wanted: number | undefined) => {
    const point = points.find(({ value }) => value === wanted);
    return point === undefined ? NONE : valueText(raised, point);
  };
  if (firstBroken === null) return points.length === 0 ? NONE : `> ${textOf(points.at(-1)?.value)}`;
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
export function plainRate(perSecond: number): string {
  return formatRate(perSecond).replace(/\.0+\/s$/, '/s');
}
