/** What each actor of a run is told: plain data, so that it can be sent to a process, and changed by a remedy. */
import type { CheckpointMode } from '../checkpoint/shapes.js';
import type { Milliseconds } from '../units.js';
import type { BeginMode, ConnectionMode, Pragmas, RetryPolicy } from './load-shapes.js';
import type { RoleName } from './run-shapes.js';
import type { CheckedScript } from './script/check.js';
import type { Weighed } from './script/mix.js';

export interface ConnectionPlan {
  /** Of the database; a scenario may have several. */
  readonly path: string;
  readonly mode: ConnectionMode;
  readonly busyTimeoutMs: Milliseconds;
  /** `last`: only after the pragmas, as those do who set it too late. */
  readonly timeoutSet: 'first' | 'last';
  readonly pragmas: Pragmas;
  readonly readOnly: boolean;
  /** One whose transaction failed for good is not closed, nor rolled back, before its actor goes on, and not before so long: as by code that forgets it. */
  readonly leaksForMs?: Milliseconds;
}

/** How transactions that write are done. */
export interface TransactionPlan {
  readonly begin: BeginMode;
  readonly batch: number;
  /** Work inside the transaction, after the first write. */
  readonly holdMs: Milliseconds;
  /** Work before the transaction begins, once for all of its tries. */
  readonly beforeMs?: Milliseconds;
  readonly retry: RetryPolicy;
}

/** Transactions of a workload of dblock's own. */
export interface WorkloadPlan extends TransactionPlan {
  readonly workload: string;
  readonly facts: Facts;
}

export type Program =
  | ({ readonly kind: 'transactions' } & WorkloadPlan)
  | {
      readonly kind: 'scripts';
      readonly scripts: readonly Weighed<CheckedScript>[];
      readonly retry: RetryPolicy;
    }
  /** Hands each transaction to the process behind the socket and waits for its answer. */
  | ({ readonly kind: 'queued'; readonly socket: string } & WorkloadPlan)
  /** The same in the transaction of the session behind the socket, which others share. */
  | ({ readonly kind: 'sharing'; readonly socket: string } & WorkloadPlan)
  /** `forMs` inside a read transaction; `null`: to the end of the run. */
  | { readonly kind: 'reads'; readonly sql: string; readonly forMs: Milliseconds | null }
  | { readonly kind: 'checkpoints'; readonly mode: CheckpointMode }
  /** The one writer behind the socket. */
  | { readonly kind: 'queue'; readonly socket: string }
  /** The session behind the socket. */
  | { readonly kind: 'session'; readonly socket: string }
  /** Lends turns to those who ask behind the socket: `most` at once. */
  | { readonly kind: 'turns'; readonly socket: string; readonly most: number };

/** What somebody asks for before each try of a transaction, and gives back after it. */
export interface TurnPlan {
  readonly socket: string;
  /** `all`: nobody else may have one meanwhile. */
  readonly share: 'one' | 'all';
}

/** What the preparation of a workload found out and its actors need, such as which rows there are. */
export type Facts = Readonly<Record<string, unknown>>;

export type PacePlan =
  | { readonly kind: 'closed'; readonly thinkMs: Milliseconds }
  /** Of this actor alone; by chance, as arrivals are (Poisson), and from its seed. */
  | { readonly kind: 'open'; readonly perSecond: number };

export interface ActorPlan {
  /** From 0, over all roles. */
  readonly index: number;
  readonly name: string;
  readonly role: RoleName;
  readonly connection: ConnectionPlan;
  /** A second database that its workload works with. */
  readonly companion?: ConnectionPlan;
  readonly program: Program;
  /** Without: it asks nobody. */
  readonly turn?: TurnPlan;
  readonly pace: PacePlan;
  readonly startAfterMs: Milliseconds;
  /** After the common start no transaction begins any more; `null`: until told to stop. */
  readonly endAfterMs: Milliseconds | null;
  /** The coordinator kills it then (SIGKILL), whatever it is doing. */
  readonly killAfterMs?: Milliseconds;
  /** It ends after so many; `null`: no limit. */
  readonly transactions: number | null;
  readonly seed: number;
  /** Of a point of the series. */
  readonly stepMs: Milliseconds;
}

/** One run: the actors, and whether they are processes. */
export interface RunPlan {
  readonly actors: readonly ActorPlan[];
  readonly isolation: 'process' | 'thread';
}
