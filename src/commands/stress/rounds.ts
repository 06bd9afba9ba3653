/** The runs of a stress test: one, several, or a search for the number of writers that breaks a threshold. */
import type { Comparison } from '../../stress/comparison-shapes.js';
import { metricOf } from '../../stress/metrics.js';
import type { Played } from '../../stress/played.js';
import type { Limit, LimitPoint, LoadSpec, RunResult } from '../../stress/shapes.js';
import { searchLimit } from '../../stress/statistics/limit-search.js';
import { evaluateThresholds, type Threshold } from '../../stress/thresholds.js';

export interface Rounds {
  readonly runs: readonly RunResult[];
  readonly limit: Limit | null;
  readonly comparison: Comparison | null;
  /** Of the runs. */
  readonly load: LoadSpec;
}

export interface Director {
  readonly played: Played;
  readonly thresholds: readonly Threshold[];
  readonly signal: AbortSignal;
  /** @param label for those who watch, such as `run 2 of 3` */
  run(played: Played, label: string): Promise<RunResult>;
}

/** Stops at a signal with what there is. */
export async function severalRuns(count: number, { played, signal, run }: Director): Promise<Rounds> {
  const runs: RunResult[] = [];
  for (let nth = 1; nth <= count && !signal.aborted; nth += 1) {
    runs.push(await run(played, count === 1 ? '' : `run ${nth} of ${count}`));
  }
  return { runs, limit: null, comparison: null, load: played.load };
}

interface Tried {
  readonly load: LoadSpec;
  readonly run: RunResult;
  readonly point: LimitPoint;
}

/** Raises the writers up to `most`; the result is the run of the last number that held, or else of the first. */
export async function findLimit(most: number, director: Director): Promise<Rounds> {
  const search = searchLimit(most);
  const tried: Tried[] = [];
  let next = search.next();
  while (!next.done && !director.signal.aborted) {
    const load = { ...director.played.load, writers: next.value };
    const played = { ...director.played, load };
    const run = await director.run(played, `${next.value} ${next.value === 1 ? 'writer' : 'writers'}`);
    const point = pointOf(next.value, run, director.thresholds);
    tried.push({ load, run, point });
    if (!director.signal.aborted) next = search.next(point.held);
  }
  const found = next.done ? next.value : boundsOf(tried);
  const shown = tried.find(({ load }) => load.writers === (found.lastHeld ?? tried[0]?.load.writers));
  const points = tried.map(({ point }) => point).sort((a, b) => a.writers - b.writers);
  const mostTried = Math.max(0, ...points.map(({ writers }) => writers));
  return {
    runs: shown === undefined ? [] : [shown.run],
    limit: { points, mostTried, ...found },
    comparison: null,
    load: shown?.load ?? director.played.load,
  };
}

/** Of a search that was interrupted: the last try may be half a run, and counts for nothing. */
function boundsOf(tried: readonly Tried[]): Pick<Limit, 'lastHeld' | 'firstBroken'> {
  const whole = tried.slice(0, -1).map(({ point }) => point);
  const held = whole.filter((point) => point.held).map(({ writers }) => writers);
  const broken = whole.filter((point) => !point.held).map(({ writers }) => writers);
  return {
    lastHeld: held.length === 0 ? null : Math.max(...held),
    firstBroken: broken.length === 0 ? null : Math.min(...broken),
  };
}

function pointOf(writers: number, run: RunResult, thresholds: readonly Threshold[]): LimitPoint {
  const results = evaluateThresholds(thresholds, [run]);
  const broken = results.filter(({ state }) => state !== 'held').map(({ threshold }) => threshold);
  const truth = run.truth.filter(({ state }) => state === 'broken').map(({ id }) => id);
  return {
    writers,
    held: broken.length === 0 && truth.length === 0,
    broken: [...broken, ...truth],
    throughputPerSecond: run.throughputPerSecond,
    failureRate: run.counters.failureRate,
    waitP99Ms: metricOf(run, 'wait.p99') ?? 0,
    waitMaxMs: metricOf(run, 'wait.max') ?? 0,
  };
}
