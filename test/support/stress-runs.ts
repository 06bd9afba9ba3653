/** Results of stress runs that were not run: what the outputs and the statistics are tested with. */
import type { FormatContext } from '../../src/report/formats/format.js';
import type { StressReport } from '../../src/report/report.js';
import type { Comparison } from '../../src/stress/comparison-shapes.js';
import type { Limit, LimitPoint, SearchedCurve } from '../../src/stress/limit-shapes.js';
import type { LoadSpec } from '../../src/stress/load-shapes.js';
import type { StressResult } from '../../src/stress/result-shapes.js';
import type {
  ActorResult,
  Latency,
  RunResult,
  SeriesPoint,
  StressError,
} from '../../src/stress/run-shapes.js';

const BOUNDS = [
  0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000,
];

/** The latency of these samples; the quantiles by nearest rank. */
export function latencyOf(samples: readonly number[]): Latency {
  const sorted = [...samples].sort((a, b) => a - b);
  const totalMs = sorted.reduce((sum, value) => sum + value, 0);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  const buckets = BOUNDS.slice(1).map((toMs, index) => {
    const fromMs = BOUNDS[index] ?? 0;
    const count = sorted.filter((value) => value <= toMs && (value > fromMs || index === 0)).length;
    return { fromMs, toMs, count };
  });
  const first = buckets.findIndex(({ count }) => count > 0);
  const last = buckets.findLastIndex(({ count }) => count > 0);
  return {
    count: sorted.length,
    meanMs: sorted.length === 0 ? 0 : totalMs / sorted.length,
    ...{ p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), p999Ms: at(0.999), maxMs: at(1) },
    totalMs,
    buckets: first < 0 ? [] : buckets.slice(first, last + 1),
  };
}

export const NO_LATENCY = latencyOf([]);

export const BASE_LOAD: LoadSpec = {
  ...{ writers: 4, readers: 0, checkpointers: 0 },
  end: { kind: 'duration', durationMs: 10_000 },
  work: { kind: 'workload', name: 'insert' },
  ...{ begin: 'deferred', busyTimeoutMs: 5000, holdMs: 0, batch: 1 },
  connection: { kind: 'persistent' },
  pragmas: {
    ...{ journalMode: 'wal', synchronous: 'normal' },
    ...{ autocheckpointPages: null, cacheSize: null, mmapBytes: null },
  },
  retry: { kind: 'none' },
  ...{ writerQueue: false, isolation: 'process' },
  pace: { kind: 'closed', thinkMs: 0 },
  ...{ rampMs: 0, seed: 1 },
};

/** A spread of waits as a busy timeout makes them: most short, some at its steps. */
function waitsOf(writer: number): number[] {
  return Array.from({ length: 500 }, (_, index) => {
    const place = (index * 37 + writer * 11) % 500;
    if (place < 380) return 0.02 + place / 4000;
    if (place < 460) return 1 + (place % 13);
    return place < 495 ? 20 + ((place * 7) % 160) : 250 + (place - 495) * (90 + writer * 40);
  });
}

function writerOf(index: number): ActorResult {
  const committed = [4210, 3980, 4105, 2210][index] ?? 4000;
  const failed = index === 3 ? 41 : 0;
  return {
    ...{ name: `writer ${index + 1}`, role: 'writer', pid: 4211 + index },
    end: { end: 'finished' },
    ...{ committed, failed, otherErrors: 0, attempts: committed + failed + 12, retries: 12 },
    wait: latencyOf(waitsOf(index)),
  };
}

function seriesPoint(index: number): SeriesPoint {
  const wave = Math.round(160 * Math.sin(index / 3));
  return {
    ...{ atMs: index * 250, stepMs: 250, committed: 360 + wave, failed: index % 7 === 3 ? 6 : 0 },
    ...{ retries: index % 5, reads: 120, longestWaitMs: 12 + ((index * 53) % 240) },
    walBytes: Math.round(4_194_304 * Math.min(1, (index % 16) / 10)),
  };
}

export const SNAPSHOT_ERROR: StressError = {
  ...{ code: 'SQLITE_BUSY_SNAPSHOT', class: 'instant', phase: 'write', count: 38 },
  ...{ fastestMs: 0.01, slowestMs: 0.4 },
  sentence:
    'Another connection committed between the first read of the transaction and this write, so waiting could not have helped: SQLite did not ask the busy timeout.',
  ...{ explain: 'busy-snapshot', message: 'database is locked' },
};

export const TIMEOUT_ERROR: StressError = {
  ...{ code: 'SQLITE_BUSY', class: 'timed-out', phase: 'begin', count: 3 },
  ...{ fastestMs: 5001, slowestMs: 5007 },
  sentence: 'The busy timeout of 5 s was waited out: somebody held the write lock for longer.',
  ...{ explain: 'busy', message: 'database is locked' },
};

export function runOf(changes: Partial<RunResult> = {}): RunResult {
  const actors = [0, 1, 2, 3].map(writerOf);
  const committed = actors.reduce((sum, actor) => sum + actor.committed, 0);
  const wait = latencyOf([0, 1, 2, 3].flatMap(waitsOf));
  return {
    durationMs: 10_003,
    counters: {
      ...{ lockAttempts: 14_594, lockSuccesses: committed, lockFailures: 41, lockRetries: 48 },
      ...{ totalWaitMs: wait.totalMs, maxWaitMs: wait.maxMs, avgWaitMs: wait.meanMs },
      ...{ failureRate: 41 / (committed + 41), retryRate: 48 / 14_594 },
    },
    ...{ otherFailures: 0, overdue: 0 },
    ...{ throughputPerSecond: 1450.1, rowsPerSecond: 1450.1 },
    ...{ wait, waitMeaning: 'the first statement that writes' },
    hold: latencyOf(Array.from({ length: 400 }, (_, index) => 0.03 + (index % 40) / 50)),
    total: latencyOf(waitsOf(0).map((ms) => ms + 0.2)),
    commit: latencyOf(Array.from({ length: 400 }, (_, index) => 0.02 + (index % 30) / 100)),
    reads: NO_LATENCY,
    retriesPerTransaction: [
      { retries: 0, transactions: committed - 40 },
      { retries: 1, transactions: 40 },
    ],
    errors: [SNAPSHOT_ERROR, TIMEOUT_ERROR],
    actors,
    fairness: { fewest: 2210, most: 4210, jain: 0.951 },
    wal: { peakBytes: 4_194_304, endBytes: 4_128_272, autocheckpointBytes: 4_120_032, frameBytes: 4120 },
    checkpoints: { runs: 0, busy: 0, duration: NO_LATENCY, stalls: 2, longestStallMs: 31 },
    series: Array.from({ length: 40 }, (_, index) => seriesPoint(index)),
    ground: null,
    truth: [
      {
        ...{ id: 'rows-present', state: 'held', detail: '14,505 of 14,505' },
        statement: 'Every committed row is present, per writer and in sum.',
      },
      {
        ...{ id: 'integrity', state: 'held', detail: 'ok' },
        statement: 'The database passes integrity_check.',
      },
    ],
    notes: [],
    ...changes,
  };
}

export function stressResultOf(changes: Partial<StressResult> = {}): StressResult {
  return {
    target: { path: '/srv/app/app.db', given: 'app.db' },
    arena: {
      ...{ kind: 'copy', path: '/srv/app/.dblock-stress-4207/app.db', bytes: 8_388_608, readyMs: 31 },
      ...{ reflinked: false, kept: false, fileSystem: 'ext4' },
    },
    load: BASE_LOAD,
    scenario: null,
    runs: [runOf()],
    thresholds: [
      {
        ...{ threshold: 'failure_rate<1%', metric: 'failure_rate', comparison: '<', limit: 0.01 },
        ...{ measured: 41 / 14_546, unit: 'ratio', state: 'held' },
      },
      {
        ...{ threshold: 'wait.avg<100ms', metric: 'wait.avg', comparison: '<', limit: 100 },
        ...{ measured: 12.4, unit: 'ms', state: 'held' },
      },
      {
        ...{ threshold: 'wait.max<500ms', metric: 'wait.max', comparison: '<', limit: 500 },
        ...{ measured: 1090, unit: 'ms', state: 'broken' },
      },
    ],
    spread: [],
    baseline: null,
    capacity: null,
    limit: null,
    interrupted: null,
    notes: [],
    ...changes,
  };
}

/** A report around a result, as the command makes it. */
export function stressReportOf(
  changes: Partial<StressResult> = {},
  comparison: Comparison | null = null,
): StressReport {
  const result = stressResultOf(changes);
  const broken = [...result.thresholds, ...result.runs.flatMap(({ truth }) => truth)].some(
    ({ state }) => state === 'broken',
  );
  return {
    schema: 'dblock.report/1',
    tool: { name: 'dblock', version: '0.1.0' },
    command: 'stress',
    startedAt: '2026-11-20T03:00:00.000Z',
    durationMs: 10_240,
    verdict: broken ? 'critical' : 'ok',
    exitCode: broken ? 1 : 0,
    ...result,
    comparison,
  };
}

/** To a file, for a reader in /srv. */
export const FORMAT_CONTEXT: FormatContext = {
  terminal: { colour: false, columns: 100, interactive: false, unicode: true },
  checks: [],
  cwd: '/srv',
  sqliteVersion: '3.53.2',
  detail: 'normal',
};

function pointAt(value: number, changes: Partial<LimitPoint>): LimitPoint {
  return {
    ...{ value, held: true, broken: [], untrue: [], keptUp: null, throughputPerSecond: 1200 },
    ...{
      rowsPerSecond: 1200,
      failureRate: 0,
      holdMs: value + 0.6,
      waitAvgMs: 12,
      waitP99Ms: 20,
      waitMaxMs: 40,
    },
    ...changes,
  };
}

function curveAt(held: number, broken: number, changes: Partial<LimitPoint>): SearchedCurve {
  const isBroken = (changes.broken ?? []).includes('wait.max<5s');
  return {
    ...{ state: 'searched', complete: true, lastHeld: held, firstBroken: broken, narrowed: true },
    points: [pointAt(held, {}), pointAt(broken, { held: false, waitMaxMs: 5400, ...changes })],
    thresholds: [
      { threshold: 'failure_rate<1%', lastHeld: broken, firstBroken: null, narrowed: true },
      { threshold: 'wait.max<5s', lastHeld: held, firstBroken: isBroken ? broken : null, narrowed: true },
    ],
  };
}

/** As found a hold of 4 ms is too much already; the cure holds more of everything but writers, which it sets itself. */
export function limitOf(changes: Partial<Limit> = {}): Limit {
  const late = { broken: ['wait.max<5s'] };
  return {
    cure: 'fewer-workers+batch',
    searches: [
      {
        ...{ axis: 'writers', of: null, notes: [], asFound: curveAt(4, 8, late) },
        cured: { state: 'skipped', reason: 'the cure itself says how many writers there are' },
      },
      {
        ...{ axis: 'rate', of: null, notes: [], asFound: curveAt(400, 480, { keptUp: false }) },
        cured: curveAt(300, 350, { keptUp: false, rowsPerSecond: 12_000 }),
      },
      { axis: 'hold', of: null, notes: [], asFound: curveAt(2, 4, late), cured: curveAt(64, 77, late) },
    ],
    rulesOfThumb: [{ rule: 'more than 100 writers', from: 'somebody', measured: 'held up to 4' }],
    sentence: 'SQLite carries this load with fewer-workers+batch.',
    ...changes,
  };
}
