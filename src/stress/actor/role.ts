import type { Milliseconds, Pid } from '../../units.js';
import type { ActorPlan } from '../plan.js';
import type { Ledger } from '../protocol.js';
import type { OpenDatabase } from './connections.js';
import type { Tally } from './tally.js';

/** What an actor does, again and again. */
export interface Role {
  /**
   * One step: a try of a transaction, a read, a checkpoint.
   * @param dueMs when it should have begun, on the clock of performance.now()
   */
  step(dueMs: Milliseconds): Step | Promise<Step>;
  /** Before the common start. */
  warmUp?(): void | Promise<void>;
  /** It must hear from others while it waits, so that it may not block. */
  readonly listens?: boolean;
  /** Something is in hand that wants another step, although the run is over. */
  owes?(): boolean;
  ledger(): Ledger;
  /** Ends what is open. */
  close(): void | Promise<void>;
}

export interface Step {
  /** The transaction has ended, well or not: the next one is due. Else the same goes on. */
  readonly ended: boolean;
  /** A closed loop does not pause before the next one. */
  readonly goesOn?: true;
  /** There was nothing to do: it was no transaction. */
  readonly idle?: true;
  /** Before the next step. */
  readonly pauseMs: Milliseconds;
}

export interface Backstage {
  readonly plan: ActorPlan;
  readonly tally: Tally;
  readonly open: OpenDatabase;
  /** The process that started us. */
  readonly parent: Pid;
  /** No new try is worth while. */
  isOver(): boolean;
}
