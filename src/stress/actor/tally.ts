/** What one actor counts. All times are of performance.now(); the hot loop is in play.ts. */
import type { Milliseconds } from '../../units.js';
import type { ActorState, ErrorTally, Ledger, Span } from '../protocol.js';
import type { Phase } from '../run-shapes.js';
import { classify, type FailedStatement } from './failure.js';
import { Histogram } from './histogram.js';

/** Waits that are worth comparing with checkpoints: above 10 ms. */
const LONG_WAIT_MS: Milliseconds = 10;
const MOST_SPANS = 2000;

export class Tally {
  committed = 0;
  failed = 0;
  otherErrors = 0;
  attempts = 0;
  retries = 0;
  rows = 0;
  readonly wait = new Histogram();
  readonly hold = new Histogram();
  readonly total = new Histogram();
  readonly commit = new Histogram();
  busyCheckpoints = 0;
  overdue = 0;
  unfinished = 0;
  lastError: ErrorTally | undefined;
  /** It has waited so long for its turn, and will be asking for the lock next: that is one wait. */
  ahead: Milliseconds = 0;
  #lastEnd: Milliseconds | null = null;
  readonly #byRetries: number[] = [];
  readonly #errors = new Map<string, ErrorTally>();
  readonly #spans: Span[] = [];
  readonly #series: Record<'committed' | 'failed' | 'retries' | 'longestWaitMs', number[]> = {
    committed: [],
    failed: [],
    retries: [],
    longestWaitMs: [],
  };

  constructor(
    /** The common start, on the clock of this process. */
    public start: Milliseconds,
    readonly stepMs: Milliseconds,
  ) {}

  /** An attempt gained the lock, or failed to, after a wait that ended `at`. */
  waited(lockMs: Milliseconds, at: Milliseconds): void {
    const ms = lockMs + this.ahead;
    this.ahead = 0;
    this.attempts += 1;
    this.wait.record(ms);
    const step = this.#stepOf(at);
    const { longestWaitMs } = this.#series;
    if (ms > (longestWaitMs[step] ?? 0)) longestWaitMs[step] = ms;
    if (ms > LONG_WAIT_MS) this.span(at - ms, at);
  }

  /** For checkpointers: a checkpoint; for writers: a long wait. */
  span(from: Milliseconds, to: Milliseconds): void {
    if (this.#spans.length < MOST_SPANS) this.#spans.push([from - this.start, to - this.start]);
  }

  /** A transaction was committed. @param from its intended start */
  done(from: Milliseconds, at: Milliseconds, retries: number, rows: number): void {
    this.committed += 1;
    this.rows += rows;
    this.total.record(at - from);
    this.#byRetries[retries] = (this.#byRetries[retries] ?? 0) + 1;
    this.#count('committed', at);
  }

  /** A transaction was given up. */
  gaveUp(from: Milliseconds, at: Milliseconds, isLock: boolean): void {
    if (isLock) this.failed += 1;
    else this.otherErrors += 1;
    this.total.record(at - from);
    this.#count('failed', at);
  }

  retried(at: Milliseconds): void {
    this.retries += 1;
    this.#count('retries', at);
  }

  error(failed: FailedStatement, message: string): void {
    const kind = classify(failed);
    const key = `${failed.code} ${failed.phase} ${kind.reason}`;
    const known = this.#errors.get(key);
    const tally = known ?? newError(failed.code, failed.phase, kind, message);
    tally.count += 1;
    this.lastError = tally;
    tally.fastestMs = Math.min(tally.fastestMs, failed.elapsedMs);
    tally.slowestMs = Math.max(tally.slowestMs, failed.elapsedMs);
    if (!known) this.#errors.set(key, tally);
  }

  state(ledger: Ledger, walBytes: ActorState['walBytes']): ActorState {
    const { committed, failed, otherErrors, attempts, retries, rows } = this;
    const { busyCheckpoints, overdue, unfinished } = this;
    return {
      ...{ committed, failed, otherErrors, attempts, retries, rows, ledger, walBytes },
      ...{ busyCheckpoints, overdue, unfinished },
      wait: this.wait.recorded(),
      hold: this.hold.recorded(),
      total: this.total.recorded(),
      commit: this.commit.recorded(),
      byRetries: Array.from(this.#byRetries, (count) => count ?? 0),
      errors: [...this.#errors.values()],
      series: {
        committed: dense(this.#series.committed),
        failed: dense(this.#series.failed),
        retries: dense(this.#series.retries),
        longestWaitMs: dense(this.#series.longestWaitMs),
      },
      spans: this.#spans,
      lastEndMs: this.#lastEnd === null ? 0 : this.#lastEnd - this.start,
    };
  }

  #count(what: 'committed' | 'failed' | 'retries', at: Milliseconds): void {
    const series = this.#series[what];
    const step = this.#stepOf(at);
    series[step] = (series[step] ?? 0) + 1;
    this.#lastEnd = at;
  }

  #stepOf(at: Milliseconds): number {
    return Math.max(0, Math.floor((at - this.start) / this.stepMs));
  }
}

function newError(
  code: string,
  phase: Phase,
  kind: ReturnType<typeof classify>,
  message: string,
): ErrorTally {
  return { code, phase, message, ...kind, count: 0, fastestMs: Number.POSITIVE_INFINITY, slowestMs: 0 };
}

/** Steps in which nothing happened are holes. */
function dense(series: readonly number[]): number[] {
  return Array.from(series, (value) => value ?? 0);
}
