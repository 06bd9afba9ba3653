/** What the coordinator and the actors say to each other. */
import type { Bytes, Milliseconds, Pid } from '../units.js';
import type { Reason } from './actor/failure.js';
import type { ActorPlan } from './plan.js';
import type { ErrorClass, Phase } from './run-shapes.js';

export type ToActor =
  | { readonly to: 'play'; readonly plan: ActorPlan }
  /** On the monotonic clock that all processes of a machine share. */
  | { readonly to: 'go'; readonly startMs: Milliseconds }
  | { readonly to: 'stop' };

export type FromActor =
  | { readonly from: 'ready'; readonly pid: Pid }
  /** Something that no measurement is made of: a defect, or a script that cannot go on. */
  | { readonly from: 'refused'; readonly message: string }
  | { readonly from: 'progress'; readonly progress: Progress }
  | { readonly from: 'state'; readonly state: ActorState; readonly final: boolean };

/** Often, for those who watch. */
export interface Progress {
  readonly committed: number;
  readonly failed: number;
  readonly retries: number;
}

/** Microseconds by bucket: index and count in turn; see actor/histogram.ts. */
export interface Recorded {
  readonly buckets: readonly number[];
  readonly count: number;
  readonly sumUs: number;
  readonly maxUs: number;
}

export interface ErrorTally {
  readonly code: string;
  readonly class: ErrorClass;
  readonly reason: Reason;
  readonly phase: Phase;
  readonly message: string;
  count: number;
  fastestMs: Milliseconds;
  slowestMs: Milliseconds;
}

/** One value for each step since the common start. */
export interface SeriesTally {
  readonly committed: readonly number[];
  readonly failed: readonly number[];
  readonly retries: readonly number[];
  readonly longestWaitMs: readonly number[];
}

/** From and until when, since the common start. */
export type Span = readonly [fromMs: Milliseconds, toMs: Milliseconds];

/** What an actor knows to have been committed, for the comparison with what is there. */
export type Ledger = Readonly<Record<string, number>>;

/** Everything an actor has seen so far. */
export interface ActorState {
  readonly committed: number;
  readonly failed: number;
  readonly otherErrors: number;
  readonly attempts: number;
  readonly retries: number;
  readonly rows: number;
  readonly wait: Recorded;
  readonly hold: Recorded;
  readonly total: Recorded;
  readonly commit: Recorded;
  /** Committed transactions by number of retries. */
  readonly byRetries: readonly number[];
  readonly errors: readonly ErrorTally[];
  readonly series: SeriesTally;
  /** Its longest waits; for checkpointers all checkpoints. */
  readonly spans: readonly Span[];
  /** Checkpoints that returned busy = 1. */
  readonly busyCheckpoints: number;
  /** Were due and had not begun when the run ended: an open loop that cannot keep up. */
  readonly overdue: number;
  /** Waited for a retry when the run ended. */
  readonly unfinished: number;
  /** The WAL as it saw it last; `null`: there was none. */
  readonly walBytes: Bytes | null;
  /** When its last transaction ended, since the common start. */
  readonly lastEndMs: Milliseconds;
  readonly ledger: Ledger;
}
