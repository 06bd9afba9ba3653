/** Puts jobs into groups by their verdicts: exact counts, and a few examples of each. */
import type { Milliseconds } from '../units.js';
import type { BoundQueue } from './bind.js';
import type { Facts } from './facts.js';
import { type Decision, decideClaim, decideFailure, GroupBuilder, toLine, type Wish } from './plan.js';
import type { Claims } from './preset.js';
import type { Job, JobSource } from './read.js';
import type { Fate, JobGroup, JobLine, QueueReport } from './shapes.js';

export interface SortRequest {
  readonly wish: Wish;
  /** `null`: no limit. */
  readonly limit: number | null;
  /** How many examples of each kind are kept. */
  readonly examples: number;
}

export type Sorted = Pick<
  QueueReport,
  'orphans' | 'obstructed' | 'alive' | 'unknown' | 'exhausted' | 'skipped'
>;

export class ClaimSorter {
  readonly #groups: Readonly<Record<Decision['verdict'], GroupBuilder>>;
  readonly #decide: (job: Job) => Decision;
  readonly #line: (job: Job, decision: Decision) => JobLine;
  readonly #limit: number;
  #exhausted = 0;
  #changed = 0;
  #skipped = 0;

  constructor(queue: BoundQueue, claims: Claims, facts: () => Facts, request: SortRequest) {
    const { wish, limit, examples } = request;
    const { action } = queue.preset;
    const make = () => new GroupBuilder(examples);
    this.#groups = { orphan: make(), obstructed: make(), alive: make(), unknown: make() };
    this.#decide = (job) => decideClaim(job, claims, action, facts(), wish);
    this.#line = (job, decision) => toLine(job, decision, claims, facts().nowMs, wish);
    this.#limit = limit ?? Number.POSITIVE_INFINITY;
  }

  decide(job: Job): Decision {
    return this.#decide(job);
  }

  /** Decides, counts, and says what is to be done: nothing beyond the limit. */
  sort(job: Job): Fate {
    const decision = this.#decide(job);
    const fate = this.#changed >= this.#limit ? 'none' : decision.fate;
    this.#groups[decision.verdict].add(() => this.#line(job, { ...decision, fate }));
    if (decision.verdict !== 'orphan') return 'none';
    if (decision.exhausted) this.#exhausted += 1;
    if (fate === 'none') this.#skipped += 1;
    else this.#changed += 1;
    return fate;
  }

  /** Of jobs that were decided together; the first few are sorted one by one, for the examples. */
  sortAlike(job: Job, count: number): void {
    const decision = this.#decide(job);
    this.#groups[decision.verdict].addMany(count);
    if (decision.exhausted) this.#exhausted += count;
    this.#changed += count;
  }

  build(): Sorted {
    const { orphan, obstructed, alive, unknown } = this.#groups;
    return {
      ...{ exhausted: this.#exhausted, skipped: this.#skipped },
      ...{ orphans: orphan.build(), obstructed: obstructed.build() },
      ...{ alive: alive.build(), unknown: unknown.build() },
    };
  }
}

/** The same for jobs that failed because of a lock. */
export class FailureSorter {
  readonly #group: GroupBuilder;
  readonly #line: (job: Job, decision: Decision) => JobLine;

  constructor(source: JobSource, nowMs: Milliseconds, { wish, examples }: SortRequest) {
    this.#group = new GroupBuilder(examples);
    this.#line = (job, decision) => toLine(job, decision, source.claims, nowMs, wish);
  }

  sort(job: Job): Fate {
    const decision = decideFailure(job);
    this.#group.add(() => this.#line(job, decision));
    return decision.fate;
  }

  build(): JobGroup {
    return this.#group.build();
  }
}
