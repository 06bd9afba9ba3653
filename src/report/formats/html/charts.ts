/** What the page's script draws: plain data, so that it knows charts and not stress runs. */
import type { Limit } from '../../../stress/limit-shapes.js';
import type { ActorResult, RunResult, SeriesPoint } from '../../../stress/run-shapes.js';
import { formatBytes } from '../../../units.js';
import { formatBound } from '../../stress/values.js';
import { limitCharts } from './limit-charts.js';

export interface Chart {
  readonly id: string;
  readonly title: string;
  /** What one sees in it; also for those who do not see it. */
  readonly caption: string;
  readonly kind: 'bars' | 'lines' | 'points';
  readonly x: readonly number[];
  /** Instead of the numbers of x. */
  readonly labels: readonly string[] | null;
  readonly xTitle: string;
  readonly unit: 'count' | 'per-second' | 'ms' | 'bytes';
  /** For values that differ a thousandfold. */
  readonly log: boolean;
  readonly series: readonly Series[];
  /** A level to compare with. */
  readonly level: { readonly value: number; readonly label: string } | null;
  /** Charts over time move their cursors together. */
  readonly timeline: boolean;
}

export interface Series {
  readonly label: string;
  readonly colour: 'main' | 'bad' | 'second' | 'third';
  readonly values: readonly (number | null)[];
}

export function chartsOf(run: RunResult, limit: Limit | null): Chart[] {
  return [
    ...(run.wait.count === 0 ? [] : [waitChart(run)]),
    ...actorCharts(run.actors),
    ...(run.series.length === 0 ? [] : [...timeCharts(run), ...walCharts(run)]),
    ...(limit === null ? [] : limitCharts(limit)),
  ];
}

const PLAIN = { labels: null, log: false, level: null, timeline: false } as const;

function waitChart({ wait }: RunResult): Chart {
  return {
    ...PLAIN,
    id: 'waits',
    title: 'Waits for the write lock',
    caption:
      'Attempts by how long they waited, each bar up to the time below it. Both scales are logarithmic.',
    kind: 'bars',
    x: wait.buckets.map((_, index) => index),
    labels: wait.buckets.map(({ toMs }) => `≤ ${formatBound(toMs)}`),
    xTitle: '',
    unit: 'count',
    log: true,
    series: [{ label: 'attempts', colour: 'main', values: wait.buckets.map(({ count }) => count || null) }],
  };
}

function actorCharts(actors: readonly ActorResult[]): Chart[] {
  const writers = actors.filter(({ role, wait }) => role === 'writer' && wait.count > 0);
  if (writers.length === 0) return [];
  const values = (of: (actor: ActorResult) => number) => writers.map((actor) => of(actor) || null);
  return [
    {
      ...PLAIN,
      id: 'actors',
      title: 'Waits of each writer',
      caption: 'Median, 99th percentile and longest wait of each writer; the scale is logarithmic.',
      kind: 'points',
      x: writers.map((_, index) => index),
      labels: writers.map(({ name }) => name.replace(/^writer /, '')),
      xTitle: 'writer',
      unit: 'ms',
      log: true,
      series: [
        { label: 'max', colour: 'bad', values: values(({ wait }) => wait.maxMs) },
        { label: 'p99', colour: 'second', values: values(({ wait }) => wait.p99Ms) },
        { label: 'p50', colour: 'main', values: values(({ wait }) => wait.p50Ms) },
      ],
    },
  ];
}

const OVER_TIME = { ...PLAIN, kind: 'lines', xTitle: 'seconds', timeline: true } as const;

function secondsOf(series: readonly SeriesPoint[]): number[] {
  return series.map(({ atMs, stepMs }) => (atMs + stepMs) / 1000);
}

function timeCharts({ series }: RunResult): Chart[] {
  const rate = (of: (point: SeriesPoint) => number) =>
    series.map((point) => (point.stepMs === 0 ? null : (of(point) * 1000) / point.stepMs));
  const base = { ...OVER_TIME, x: secondsOf(series) };
  const reads = series.some((point) => point.reads > 0);
  return [
    {
      ...base,
      ...{ id: 'throughput', title: 'Throughput', unit: 'per-second' },
      caption: 'Transactions committed per second, over the run.',
      series: [
        { label: 'committed', colour: 'main', values: rate(({ committed }) => committed) },
        ...(reads
          ? [{ label: 'reads', colour: 'third', values: rate((point) => point.reads) } as const]
          : []),
      ],
    },
    {
      ...base,
      ...{ id: 'errors', title: 'Errors', unit: 'per-second' },
      caption: 'Transactions given up, whatever the reason, and retries, per second.',
      series: [
        { label: 'given up', colour: 'bad', values: rate(({ failed }) => failed) },
        { label: 'retries', colour: 'second', values: rate(({ retries }) => retries) },
      ],
    },
    {
      ...base,
      ...{ id: 'longest', title: 'Longest wait', unit: 'ms' },
      caption: 'The longest wait for the write lock in each interval.',
      series: [
        { label: 'longest wait', colour: 'second', values: series.map((point) => point.longestWaitMs) },
      ],
    },
  ];
}

/** None if nobody has looked at it. */
function walCharts({ series, wal: { autocheckpointBytes: start } }: RunResult): Chart[] {
  if (series.every(({ walBytes }) => walBytes === null)) return [];
  return [
    {
      ...OVER_TIME,
      x: secondsOf(series),
      ...{ id: 'wal', title: 'WAL size', unit: 'bytes' },
      caption:
        start === null
          ? 'Size of the -wal file; the automatic checkpoint is off.'
          : `Size of the -wal file; the automatic checkpoint begins at about ${formatBytes(start)}. The file does not shrink when it is used again from its start.`,
      series: [{ label: 'WAL', colour: 'third', values: series.map(({ walBytes }) => walBytes) }],
      level: start === null ? null : { value: start, label: 'automatic checkpoint' },
    },
  ];
}
