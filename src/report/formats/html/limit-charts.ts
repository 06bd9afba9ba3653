/** What the search for limits found, drawn: one chart for each that was raised, as found and cured in it. */
import type { Limit, LimitAxis, LimitPoint, SearchedCurve } from '../../../stress/limit-shapes.js';
import type { Chart, Series } from './charts.js';

const BASE = { labels: null, log: false, level: null, timeline: false, kind: 'lines' } as const;

export function limitCharts({ searches, cure }: Limit): Chart[] {
  return searches.flatMap(({ axis, of, asFound, cured }) => {
    const sides = [asFound, cured].flatMap((curve, index) =>
      curve?.state === 'searched' && curve.points.length > 1 ? [{ curve, isCured: index === 1 }] : [],
    );
    if (sides.length === 0) return [];
    const x = [...new Set(sides.flatMap(({ curve }) => curve.points.map(({ value }) => value)))].sort(
      (a, b) => a - b,
    );
    const xTitle = `${X_TITLES[axis]}${of === null ? '' : ` of ${of}`}`;
    const shown = { x, xTitle, sides, name: cure === null ? '' : cure };
    return axis === 'writers' ? [throughputChart(shown), waitChart(axis, shown)] : [waitChart(axis, shown)];
  });
}

interface Shown {
  readonly x: readonly number[];
  readonly xTitle: string;
  readonly sides: readonly { readonly curve: SearchedCurve; readonly isCured: boolean }[];
  /** Of the cure; empty if there is none. */
  readonly name: string;
}

const X_TITLES = {
  writers: 'writers',
  rate: 'transactions due per second',
  hold: 'ms of work inside each transaction',
} as const satisfies Record<LimitAxis, string>;

function throughputChart({ x, xTitle, sides, name }: Shown): Chart {
  return {
    ...{ ...BASE, x, xTitle, unit: 'per-second' },
    ...{ id: 'limit-throughput', title: 'Rows by writers' },
    caption: 'Rows committed per second with so many writers.',
    series: sides.map(({ curve, isCured }) => ({
      label: sideLabel('committed', isCured, name),
      colour: isCured ? 'third' : 'main',
      values: valuesAt(x, curve, (point) => point.rowsPerSecond),
    })),
  };
}

function waitChart(axis: LimitAxis, { x, xTitle, sides, name }: Shown): Chart {
  return {
    ...{ ...BASE, x, xTitle, unit: 'ms', log: true },
    ...{ id: `limit-wait-${axis}`, title: `Waits by ${xTitle}` },
    caption: 'Mean and longest wait for the write lock; the scale is logarithmic.',
    series: sides.flatMap(({ curve, isCured }): Series[] => [
      {
        label: sideLabel('max', isCured, name),
        colour: isCured ? 'main' : 'bad',
        values: valuesAt(x, curve, ({ waitMaxMs }) => waitMaxMs || null),
      },
      {
        label: sideLabel('mean', isCured, name),
        colour: isCured ? 'third' : 'second',
        values: valuesAt(x, curve, ({ waitAvgMs }) => waitAvgMs || null),
      },
    ]),
  };
}

function sideLabel(what: string, isCured: boolean, name: string): string {
  if (name === '') return what;
  return `${what}, ${isCured ? 'cured' : 'as found'}`;
}

/** `null` where the other side was tried only. */
function valuesAt(
  x: readonly number[],
  { points }: SearchedCurve,
  of: (point: LimitPoint) => number | null,
): (number | null)[] {
  return x.map((value) => {
    const point = points.find((one) => one.value === value);
    return point === undefined ? null : of(point);
  });
}
