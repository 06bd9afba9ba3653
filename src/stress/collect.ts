/** From what the actors said to the result of a run. Pure. */
import { resultCodes } from '../sqlite/result-codes.js';
import { type Bytes, formatCount, formatDuration, type Milliseconds, plural } from '../units.js';
import { type Performance, statesOf } from './act.js';
import type { Conducted } from './conduct.js';
import type { Ground } from './ground-shapes.js';
import { mergeLatencies } from './latency.js';
import type { ActorState, ErrorTally, Recorded } from './protocol.js';
import { sentenceOf } from './reasons.js';
import type { ActorResult, Counters, Invariant, RunResult, StressError } from './run-shapes.js';
import { seriesOf } from './series.js';
import { findStalls } from './stalls.js';
import { jain } from './statistics/jain.js';

export interface Circumstances {
  readonly conducted: Conducted;
  readonly truth: readonly Invariant[];
  readonly busyTimeoutMs: Milliseconds;
  readonly waitMeaning: string;
  /** See `RunResult.wal`. */
  readonly autocheckpointBytes: Bytes | null;
  readonly frameBytes: Bytes;
  readonly ground: Ground | null;
}

export function collect(circumstances: Circumstances): RunResult {
  const { conducted, truth, waitMeaning } = circumstances;
  const { performances } = conducted;
  const writers = statesOf(performances, 'writer');
  const readers = statesOf(performances, 'reader');
  const all = performances.flatMap(({ state }) => state ?? []);
  const ends = (writers.length === 0 ? all : writers).map(lastEnd);
  const durationMs = Math.max(1, plannedMs(conducted), ...ends);
  const merged = (what: 'wait' | 'hold' | 'total' | 'commit', states: readonly ActorState[] = writers) =>
    mergeLatencies(states.map((state) => state[what]));
  const wait = merged('wait');
  const committed = sum(writers, 'committed');
  return {
    durationMs: round(durationMs),
    counters: countersOf(writers, wait),
    otherFailures: sum(writers, 'otherErrors'),
    overdue: sum(writers, 'overdue'),
    throughputPerSecond: perSecond(committed, durationMs),
    rowsPerSecond: perSecond(sum(writers, 'rows'), durationMs),
    ...{ wait, waitMeaning, hold: merged('hold'), total: merged('total'), commit: merged('commit') },
    reads: merged('total', readers),
    retriesPerTransaction: retriesOf(writers),
    errors: errorsOf(all, circumstances.busyTimeoutMs),
    actors: performances.map(actorOf),
    fairness: fairnessOf(writers),
    wal: walOf(circumstances),
    checkpoints: checkpointsOf(performances),
    series: seriesOf(performances, conducted.wal, durationMs),
    ground: circumstances.ground,
    truth: [...truth],
    notes: notesOf(performances),
  };
}

/** Writers that think, or have nothing due, at the end of the run have not ended before it. */
function plannedMs({ performances, interrupted }: Conducted): Milliseconds {
  const toTheEnd = performances.filter(
    ({ plan, complete }) => plan.role === 'writer' && complete && plan.transactions === null,
  );
  return interrupted ? 0 : Math.max(0, ...toTheEnd.map(({ plan }) => plan.endAfterMs ?? 0));
}

function lastEnd({ lastEndMs }: ActorState): Milliseconds {
  return lastEndMs;
}

type Counted = 'committed' | 'failed' | 'otherErrors' | 'attempts' | 'retries' | 'rows' | 'busyCheckpoints';

function sum(states: readonly ActorState[], what: Counted | 'overdue' | 'unfinished'): number {
  return states.reduce((total, state) => total + state[what], 0);
}

function countersOf(writers: readonly ActorState[], wait: RunResult['wait']): Counters {
  const lockAttempts = sum(writers, 'attempts');
  const lockSuccesses = sum(writers, 'committed');
  const lockFailures = sum(writers, 'failed');
  const lockRetries = sum(writers, 'retries');
  return {
    ...{ lockAttempts, lockSuccesses, lockFailures, lockRetries },
    ...{ totalWaitMs: wait.totalMs, maxWaitMs: wait.maxMs, avgWaitMs: wait.meanMs },
    failureRate: share(lockFailures, lockSuccesses + lockFailures),
    retryRate: share(lockRetries, lockAttempts),
  };
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function perSecond(count: number, durationMs: Milliseconds): number {
  return round((count / durationMs) * 1000);
}

/** To three decimals: nothing here is known better. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function retriesOf(writers: readonly ActorState[]): RunResult['retriesPerTransaction'] {
  const most = Math.max(0, ...writers.map(({ byRetries }) => byRetries.length));
  return Array.from({ length: most }, (_, retries) => ({
    retries,
    transactions: writers.reduce((total, { byRetries }) => total + (byRetries[retries] ?? 0), 0),
  })).filter(({ transactions }) => transactions > 0);
}

function errorsOf(states: readonly ActorState[], busyTimeoutMs: Milliseconds): StressError[] {
  const merged = new Map<string, ErrorTally>();
  for (const error of states.flatMap(({ errors }) => errors)) {
    const key = `${error.code} ${error.phase} ${error.reason}`;
    const known = merged.get(key);
    merged.set(key, known === undefined ? { ...error } : addUp(known, error));
  }
  return [...merged.values()].sort((a, b) => b.count - a.count).map((tally) => toError(tally, busyTimeoutMs));
}

function addUp(one: ErrorTally, other: ErrorTally): ErrorTally {
  return {
    ...one,
    count: one.count + other.count,
    fastestMs: Math.min(one.fastestMs, other.fastestMs),
    slowestMs: Math.max(one.slowestMs, other.slowestMs),
  };
}

function toError({ reason, ...tally }: ErrorTally, busyTimeoutMs: Milliseconds): StressError {
  const { code, message, phase, slowestMs } = tally;
  return {
    ...tally,
    ...{ fastestMs: round(tally.fastestMs), slowestMs: round(slowestMs) },
    sentence: sentenceOf(reason, { code, message, phase, busyTimeoutMs, slowestMs }),
    explain: resultCodes.some(({ name }) => name === code) ? code : null,
  };
}

const NOTHING: Recorded = { buckets: [], count: 0, sumUs: 0, maxUs: 0 };

function actorOf({ plan, pid, end, state }: Performance): ActorResult {
  const isCheckpointer = plan.role === 'checkpointer';
  return {
    ...{ name: plan.name, role: plan.role, pid, end },
    committed: state?.committed ?? 0,
    failed: state?.failed ?? 0,
    otherErrors: state?.otherErrors ?? 0,
    attempts: state?.attempts ?? 0,
    retries: state?.retries ?? 0,
    wait: mergeLatencies([(isCheckpointer ? state?.hold : state?.wait) ?? NOTHING]),
  };
}

function fairnessOf(writers: readonly ActorState[]): RunResult['fairness'] {
  const counts = writers.map(({ committed }) => committed);
  if (counts.length === 0) return { fewest: 0, most: 0, jain: 1 };
  return { fewest: Math.min(...counts), most: Math.max(...counts), jain: jain(counts) };
}

function walOf({ conducted, autocheckpointBytes, frameBytes }: Circumstances): RunResult['wal'] {
  const seen = conducted.performances.flatMap(({ state }) => state?.walBytes ?? []);
  const sizes = [...conducted.wal.map(({ bytes }) => bytes), ...seen];
  const [peakBytes, endBytes] = [Math.max(0, ...sizes), Math.max(0, ...seen)];
  return { peakBytes, endBytes, autocheckpointBytes, frameBytes };
}

function checkpointsOf(performances: readonly Performance[]): RunResult['checkpoints'] {
  const checkpointers = statesOf(performances, 'checkpointer');
  const spans = (states: readonly ActorState[]) => states.flatMap((state) => state.spans);
  return {
    runs: sum(checkpointers, 'committed'),
    busy: sum(checkpointers, 'busyCheckpoints'),
    duration: mergeLatencies(checkpointers.map(({ hold }) => hold)),
    ...findStalls(spans(statesOf(performances, 'writer')), spans(checkpointers)),
  };
}

function notesOf(performances: readonly Performance[]): string[] {
  const writers = statesOf(performances, 'writer');
  const overdue = sum(writers, 'overdue');
  const unfinished = sum(writers, 'unfinished');
  return [
    ...performances.flatMap(endNote),
    ...(overdue === 0
      ? []
      : [
          `${plural(overdue, 'transaction')} had been due and not begun when the run ended. They are in no latency.`,
        ]),
    ...(unfinished === 0
      ? []
      : [
          `${plural(unfinished, 'transaction')} waited for a retry when the run ended: neither committed nor failed.`,
        ]),
  ];
}

function endNote({ plan, pid, end, state }: Performance): string[] {
  if (end.end === 'finished') return [];
  const counted =
    state === null
      ? 'It had reported nothing'
      : `What it had reported by then counts: ${formatCount(state.committed)} committed within ${formatDuration(state.lastEndMs)}`;
  const what = end.end === 'died' ? `died (${end.how})` : 'did not stop when it was told to, and was killed';
  return [`${plan.name} (pid ${pid}) ${what}. ${counted}. The others went on.`];
}
