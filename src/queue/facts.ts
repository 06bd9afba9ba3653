/** What a verdict on a claim is made from: the row, the machine, and what the user decided. */
import type { Milliseconds, Pid } from '../units.js';
import type { Zone } from './clock.js';
import type { Proof } from './shapes.js';

/** What the commands found out about the machine; the core of queue looks at nothing itself. */
export interface Facts {
  readonly nowMs: Milliseconds;
  readonly host: string;
  life(pid: Pid): Life;
  /** Processes that may use the database from within containers, where this is their pid. */
  contained(pid: Pid): readonly Pid[];
  readonly users: Users;
}

export type Life =
  | { readonly lives: false }
  | { readonly lives: true; readonly startedAtMs: Milliseconds | null };

/** Who else has the database open. */
export type Users =
  /** So many looks, one after the other, saw nobody. */
  | { readonly kind: 'nobody'; readonly looks: number; readonly overMs: Milliseconds }
  | {
      readonly kind: 'some';
      readonly pids: readonly Pid[];
      readonly names: readonly string[];
      /** All of them were gone again in the last look. */
      readonly gone: boolean;
    }
  | { readonly kind: 'unseen'; readonly reason: string };

/** What the user decided. */
export interface Rules {
  /** `--tz`: what times without a zone mean, where the framework may have written local time. */
  readonly zone: Zone;
  readonly olderThanMs: Milliseconds | null;
  /** `--workers-stopped`: the user's word that no worker of this database runs, on any host. */
  readonly stopped: boolean;
  /** Live workers protect their jobs no longer than `olderThanMs`; without that, not at all: the jobs are named. */
  readonly force: boolean;
}

/** One claimed row, as SQLite gave it. */
export interface ClaimRow {
  readonly claimedAt: unknown;
  readonly owner: string | null;
  readonly heartbeat: unknown;
  readonly lease: unknown;
  readonly disowned: boolean;
  /** Of an obstacle that was met; `null`: none was. */
  readonly obstacle: string | null;
}

export type Verdict =
  | {
      readonly verdict: 'orphan';
      readonly proof: Exclude<Proof, 'lock-failure'>;
      readonly because: string;
    }
  /** Its claimer lives, or its claim is still valid. */
  | { readonly verdict: 'alive'; readonly because: string }
  | { readonly verdict: 'unknown'; readonly because: string }
  /** An orphan that must be left alone. */
  | { readonly verdict: 'obstructed'; readonly because: string };

/** Clocks of one machine, rounded to seconds, may be so far apart. */
export const CLOCK_TOLERANCE_MS: Milliseconds = 2000;
