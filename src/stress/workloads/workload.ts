/** A workload: what a transaction of a writer does, and how one can tell afterwards that none was lost. */
import type { Database } from 'better-sqlite3';
import type { Milliseconds } from '../../units.js';
import type { Companion } from '../actor/companion.js';
import type { Facts } from '../plan.js';
import type { Ledger } from '../protocol.js';
import type { Random } from '../random.js';
import type { Invariant } from '../run-shapes.js';

/** With one connection: its statements are prepared once. */
export interface Turn {
  /**
   * Before the transaction begins: what reads here reads by itself.
   * @returns how long it takes from there to the transaction; `idle`: there is nothing to do now
   */
  readonly before?: () => Milliseconds | 'idle';
  /** Inside the transaction, before the first write; `null`: it does not read. */
  readonly read: (() => void) | null;
  /** Whether it has read in this transaction, and not only seen that it need not. Without: whenever it may. */
  readonly hasRead?: () => boolean;
  /** @param index of the row within the batch, from 0 */
  write(index: number): void;
}

/** One actor's part: it survives its connections. */
export interface Part {
  prepare(database: Database): Turn;
  /** The transaction is committed. @param written rows: fewer than a batch has, if each was committed by itself and the next one failed. @returns rows that it wrote */
  committed(written: number): number;
  /** The transaction failed for good. */
  gaveUp?(): void;
  /** After its last transaction it does not pause. */
  goesOn?(): boolean;
  /** Something is in hand that it wants to bring to its end before it ends itself. */
  owes?(): boolean;
  /** The run is over: what is not a connection is closed. */
  ended?(): void;
  /** What this actor knows to be in the database. */
  ledger(): Ledger;
}

export interface Cast {
  /** Of the actor, from 0. */
  readonly index: number;
  readonly batch: number;
  /** Rows that are committed together: the batch, or 1 where each statement is a transaction of its own. */
  readonly together: number;
  readonly random: Random;
  readonly facts: Facts;
  /** The second database; `null`: the plan has none. */
  readonly companion: Companion | null;
}

/** An actor when the run is over. */
export interface Entry {
  readonly index: number;
  readonly name: string;
  /** `false`: it was killed, so that the ledger may be older than its last commit. */
  readonly complete: boolean;
  readonly ledger: Ledger;
}

export interface Workload {
  readonly name: string;
  /** A transaction reads before it writes: begun as deferred, it may fail without having waited. */
  readonly readsFirst: boolean;
  /** It plays jobs, and wants so many at first: it can do so in a queue of the database. */
  readonly jobs?: number;
  /**
   * Makes its tables; what the actors need to know is the result. In a transaction of its own.
   * @param ground what there is for it in the database
   */
  prepare(database: Database, ground: Facts): Facts;
  /** The tables of a second database, at the path `companion` of the facts, which is in WAL mode. */
  prepareCompanion?(database: Database): void;
  join(cast: Cast): Part;
  /** Compares what the actors know with what is there. */
  verify(database: Database, entries: readonly Entry[], facts: Facts): Invariant[];
}

/** Every table of ours begins with this, and nothing of anybody else's may. */
export const OWN_PREFIX = 'dblock_stress_';

/** 100 bytes: about what a row of a job or a log table has. */
export const PAYLOAD = 'dblock stress '.padEnd(100, '.');

/** Jobs to copy. They outlast the preparation of the next run, for which none may be left; their columns are called otherwise than in the queue, or this would be one. */
export const SAMPLES_TABLE = `${OWN_PREFIX}samples`;
