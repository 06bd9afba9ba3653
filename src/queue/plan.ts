/** What would become of each job: pure, from the job and the facts. */
import type { Milliseconds } from '../units.js';
import { ageOf } from './claim-times.js';
import type { Facts, Rules, Verdict } from './facts.js';
import { judge } from './judge.js';
import type { Acts, Claims, Explains, Step } from './preset.js';
import type { Job } from './read.js';
import type { Fate, JobGroup, JobLine, Proof } from './shapes.js';
import { withRefund } from './transition.js';

/** What the user wants done with orphans. */
export interface Wish extends Rules {
  readonly mode: 'requeue' | 'fail';
  readonly onExhausted: 'fail' | 'requeue' | 'skip';
  /** Give back the attempt that was counted at claim. */
  readonly refund: boolean;
}

export interface Decision {
  readonly verdict: Verdict['verdict'];
  readonly proof: Proof | null;
  readonly because: string;
  readonly fate: Fate;
  readonly exhausted: boolean;
}

export function decideClaim(
  job: Job,
  claims: Claims,
  action: Acts | Explains,
  facts: Facts,
  wish: Wish,
): Decision {
  const judged = judge(job, claims, facts, wish);
  const exhausted = judged.verdict === 'orphan' && isExhausted(job, claims, wish);
  const fate =
    judged.verdict === 'orphan' && action.kind === 'acts' ? fateOf(action, exhausted, wish) : 'none';
  return {
    ...{ verdict: judged.verdict, because: judged.because, fate, exhausted },
    proof: judged.verdict === 'orphan' ? judged.proof : null,
  };
}

/** After the attempt that died was given back, if it is. */
export function isExhausted({ attempts, maxAttempts }: Job, claims: Claims, { refund }: Wish): boolean {
  if (attempts === null || maxAttempts === null) return false;
  const givenBack = claims.attempts?.counted === 'at-claim' && claims.attempts.refund && refund ? 1 : 0;
  return attempts - givenBack >= maxAttempts;
}

function fateOf({ fail }: Acts, exhausted: boolean, { mode, onExhausted }: Wish): Fate {
  const wanted = exhausted && onExhausted === 'fail' ? 'fail' : mode;
  if (exhausted && onExhausted === 'skip') return 'none';
  return wanted === 'fail' && fail === undefined ? 'none' : wanted;
}

/** A job that failed because of a lock: that it did is proof enough, unless something is in the way. */
export function decideFailure(job: Job): Decision {
  const base = { proof: 'lock-failure' as const, exhausted: false };
  if (job.obstacle !== null) return { ...base, verdict: 'obstructed', because: job.obstacle, fate: 'none' };
  const because = 'it failed only because the database was locked';
  return { ...base, verdict: 'orphan', because, fate: 'retry' };
}

/** The steps for a fate; the refund is part of requeueing. */
export function stepsFor(action: Acts, claims: Claims, fate: Fate, { refund }: Wish): readonly Step[] {
  if (fate === 'retry') return action.lockFailures?.retry ?? [];
  if (fate === 'fail') return action.fail ?? [];
  if (fate === 'none') return [];
  const back = refund && claims.attempts?.counted === 'at-claim' ? claims.attempts.refund : undefined;
  return back ? withRefund(action.requeue, claims.table, back) : action.requeue;
}

export function toLine(
  job: Job,
  decision: Decision,
  claims: Partial<Claims>,
  nowMs: Milliseconds,
  wish: Wish,
): JobLine {
  const { id, queue, kind, owner, attempts, maxAttempts } = job;
  const { proof, because, fate } = decision;
  const ageMs = ageOf(job, claims, nowMs, wish.zone);
  return { id, queue, kind, ageMs, owner, attempts, maxAttempts, proof, because, fate };
}

/** Exact counts and the first few, however many there are. */
export class GroupBuilder {
  readonly #most: number;
  readonly #examples: JobLine[] = [];
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(line: () => JobLine): void {
    this.#count += 1;
    if (this.#examples.length < this.#most) this.#examples.push(line());
  }

  /** Of so many alike there is no line for each. */
  addMany(count: number): void {
    this.#count += count;
  }

  build(): JobGroup {
    return { count: this.#count, examples: [...this.#examples] };
  }
}
