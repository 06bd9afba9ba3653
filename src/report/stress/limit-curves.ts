/** All that was tried for a limit, value by value. */
import type { Limit, LimitAxis, LimitCurve, LimitPoint } from '../../stress/limit-shapes.js';
import { plainRate } from './limit.js';
import { formatLatency, formatRate, formatShare } from './values.js';

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
          ...(untrue.length === 0 ? [] : [`not true: ${untrue.join(', ')}`]),
          ...(broken.length === 0 ? [] : [broken.join(', ')]),
          ...(keptUp === false ? ['falls behind'] : []),
        ].join('; '),
  };
}

const PLAIN = {
  writers: String,
  rate: plainRate,
  hold: (value: number) => `${value} ms`,
} as const satisfies Record<LimitAxis, (value: number) => string>;
