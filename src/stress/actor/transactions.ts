/** The hot loop's body: one try of a transaction, measured. */
import type { Milliseconds } from '../../units.js';
import type { BeginMode } from '../load-shapes.js';
import type { WorkloadPlan } from '../plan.js';
import type { Ledger } from '../protocol.js';
import { createRandom, type Random } from '../random.js';
import type { Part } from '../workloads/workload.js';
import { sleepSync } from './clock.js';
import { companionOf } from './companion.js';
import { type Connections, connectionsOf, hasRead, type Link, rollBack } from './connections.js';
import { failureOf, isLockError } from './failure.js';
import { type Leaks, leaksOf } from './leaks.js';
import { partOf } from './part.js';
import { pauseBefore } from './retry.js';
import type { Backstage, Role, Step } from './role.js';
import { enter, type Watch } from './watch.js';

const NEXT: Step = { ended: true, pauseMs: 0 };
const AT_ONCE: Step = { ...NEXT, goesOn: true };
/** Looks again after 20 ms, as workers do that poll. */
const IDLE: Step = { ended: true, idle: true, pauseMs: 20 };

export interface TransactionsRole extends Role {
  /**
   * What comes before the next transaction, apart from it: others come in between.
   * @returns as `Turn.before`; `null`: there is nothing, or it failed, and fails again with the transaction
   */
  look(): Milliseconds | 'idle' | null;
}

export function transactionsRole(program: WorkloadPlan, backstage: Backstage): TransactionsRole {
  return new Transactions(program, backstage);
}

/** A class for the sake of the hot loop: its fields are found faster than closures over closures. */
class Transactions implements TransactionsRole {
  readonly #watch: Watch = { phase: 'open', since: 0 };
  readonly #part: Part;
  readonly #connections: Connections;
  readonly #random: Random;
  readonly #begin: BeginMode;
  readonly #batch: number;
  readonly #holdMs: Milliseconds;
  #retries = 0;
  /** Rows that this transaction has yet to write: all, but in autocommit what was written before an error stays. */
  #left: number;
  /** Of them, those that this try has committed by themselves. */
  #alone = 0;
  /** `null`: none is forgotten. */
  readonly #leaks: Leaks | null;
  /** The wait of this try is counted. */
  #counted = false;
  /** What comes before the next try is done. */
  #looked = false;

  constructor(
    readonly program: WorkloadPlan,
    readonly backstage: Backstage,
  ) {
    const { plan, open } = backstage;
    this.#begin = program.begin;
    this.#batch = program.batch;
    this.#left = program.batch;
    this.#holdMs = program.holdMs;
    this.#leaks = leaksOf(plan.connection);
    this.#random = createRandom(plan.seed, plan.index);
    const companion = companionOf(backstage);
    this.#part = partOf(program, { index: plan.index, random: this.#random, companion });
    this.#connections = connectionsOf({
      ...{ open, plan: plan.connection, begin: program.begin, watch: this.#watch },
      prepare: (database) => this.#part.prepare(database),
    });
  }

  /** A connection that stays open is opened before the start; what fails now will fail again, and be counted. */
  warmUp(): void {
    if (this.backstage.plan.connection.mode.kind === 'per-operation') return;
    try {
      this.#connections.acquire();
    } catch (error) {
      failureOf(error);
    }
  }

  step(dueMs: Milliseconds): Step {
    this.#leaks?.closeDue();
    let link: Link | null = null;
    this.#counted = false;
    try {
      link = this.#connections.acquire();
      const lookMs = this.#lookWith(link);
      if (lookMs === 'idle') return IDLE;
      if (lookMs > 0) sleepSync(lookMs, this.backstage.parent);
      const endedMs = link.begin === null ? this.#autocommit(link) : this.#transaction(link);
      this.backstage.tally.done(dueMs, endedMs, this.#retries, this.#part.committed(this.#left));
      link.spent = false;
      this.#startAnew();
      return this.#part.goesOn?.() === true ? AT_ONCE : NEXT;
    } catch (error) {
      const step = this.#failed(error, link, dueMs);
      if (step.ended && this.#leaks !== null && link !== null) {
        this.#leaks.add(link.database);
        link = null;
      }
      return step;
    } finally {
      if (link !== null) this.#connections.release(link);
    }
  }

  owes(): boolean {
    return this.#part.owes?.() === true;
  }

  ledger(): Ledger {
    return this.#part.ledger();
  }

  close(): void {
    this.#part.ended?.();
    this.#leaks?.closeAll();
    this.#connections.close();
  }

  look(): Milliseconds | 'idle' | null {
    try {
      const link = this.#connections.acquire();
      if (link.turn.before === undefined || this.#looked) return null;
      const lookMs = this.#lookWith(link);
      this.#looked = lookMs !== 'idle';
      return lookMs;
    } catch (error) {
      failureOf(error);
      return null;
    }
  }

  #lookWith({ turn }: Link): Milliseconds | 'idle' {
    const isDone = this.#looked;
    this.#looked = false;
    if (turn.before === undefined || isDone) return 0;
    enter(this.#watch, 'read');
    return turn.before();
  }

  /** @returns when it was committed */
  #transaction({ begin, commit, turn }: Link): Milliseconds {
    const { tally } = this.backstage;
    const watch = this.#watch;
    const askedMs = enter(watch, 'begin');
    begin?.run();
    let gainedMs: Milliseconds | null = null;
    if (this.#begin !== 'deferred') {
      gainedMs = performance.now();
      this.#waited(gainedMs - askedMs, gainedMs);
    }
    if (turn.read !== null) {
      enter(watch, 'read');
      turn.read();
    }
    const writingMs = enter(watch, 'write');
    turn.write(0);
    if (gainedMs === null) {
      gainedMs = performance.now();
      this.#waited(gainedMs - writingMs, gainedMs);
    }
    if (this.#holdMs > 0) sleepSync(this.#holdMs, this.backstage.parent);
    for (let nth = 1; nth < this.#batch; nth += 1) turn.write(nth);
    const committingMs = enter(watch, 'commit');
    commit.run();
    const endedMs = performance.now();
    tally.commit.record(endedMs - committingMs);
    tally.hold.record(endedMs - gainedMs);
    return endedMs;
  }

  /** Each statement is a transaction of its own: where its wait ends and its work begins cannot be seen from here. */
  #autocommit({ turn }: Link): Milliseconds {
    const watch = this.#watch;
    this.#alone = 0;
    if (turn.read !== null) {
      enter(watch, 'read');
      turn.read();
    }
    if (this.#holdMs > 0) sleepSync(this.#holdMs, this.backstage.parent);
    const askedMs = enter(watch, 'write');
    turn.write(0);
    let endedMs = performance.now();
    this.#waited(endedMs - askedMs, endedMs);
    for (this.#alone = 1; this.#alone < this.#left; this.#alone += 1) {
      enter(watch, 'write');
      turn.write(this.#alone);
      endedMs = performance.now();
    }
    return endedMs;
  }

  /** What was committed before the error is there, whether the rest is tried again or not. */
  #keepWhatIsCommitted(): void {
    if (this.#alone === 0) return;
    this.backstage.tally.rows += this.#part.committed(this.#alone);
    this.#left -= this.#alone;
    this.#alone = 0;
  }

  #startAnew(): void {
    this.#retries = 0;
    this.#left = this.#batch;
    this.#alone = 0;
  }

  #waited(ms: Milliseconds, atMs: Milliseconds): void {
    this.#counted = true;
    this.backstage.tally.waited(ms, atMs);
  }

  #failed(error: unknown, link: Link | null, dueMs: Milliseconds): Step {
    const nowMs = performance.now();
    const { tally, plan } = this.backstage;
    const { code, message } = failureOf(error);
    const { phase, since } = this.#watch;
    const elapsedMs = nowMs - since;
    const { busyTimeoutMs } = plan.connection;
    const readBefore = this.#begin === 'deferred' && link !== null && hasRead(link);
    tally.error(
      { code, phase, elapsedMs, busyTimeoutMs, readBefore, spentBefore: link?.spent === true },
      message,
    );
    if (!this.#counted) this.#waited(elapsedMs, nowMs);
    this.#keepWhatIsCommitted();
    const step = this.#afterFailure(isLockError(code), dueMs, nowMs);
    const isForgotten = step.ended && this.#leaks !== null;
    if (link !== null && !isForgotten) rollBack(link, elapsedMs >= busyTimeoutMs);
    return step;
  }

  #afterFailure(isLock: boolean, dueMs: Milliseconds, nowMs: Milliseconds): Step {
    const { tally } = this.backstage;
    const pauseMs = isLock ? pauseBefore(this.program.retry, this.#retries + 1, this.#random) : null;
    if (pauseMs === null) {
      tally.gaveUp(dueMs, nowMs, isLock);
      this.#part.gaveUp?.();
      this.#startAnew();
      return NEXT;
    }
    this.#retries += 1;
    tally.retried(nowMs);
    return { ended: false, pauseMs };
  }
}
