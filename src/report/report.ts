/** The envelope of every command's result. JSON prints it in snake_case; see shapes.ts for its schema. */
import type { CheckpointMode, CheckpointOutcome, WalStatus } from '../checkpoint/shapes.js';
import type { Outcome } from '../doctor/examine.js';
import type { FixBackup, FixRepair, Unrepaired } from '../doctor/repair/shapes.js';
import type { Evidence } from '../doctor/shapes.js';
import type { LockRow } from '../locks/shapes.js';
import type { RequeueDatabase } from '../queue/shapes.js';
import type { Comparison } from '../stress/comparison-shapes.js';
import type { StressResult } from '../stress/result-shapes.js';
import type { Milliseconds } from '../units.js';

export const REPORT_SCHEMA = 'dblock.report/1';

/** `incomplete`: a check crashed or a database could not be looked at, so that nothing may be concluded. */
export type Verdict = 'ok' | 'warning' | 'critical' | 'incomplete';

/** design.md, "Exit codes"; 130 and 143 belong to the process, not to a report. */
export type ExitCode = 0 | 1 | 2;

interface Envelope {
  readonly schema: typeof REPORT_SCHEMA;
  readonly tool: { readonly name: 'dblock'; readonly version: string };
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: Milliseconds;
  readonly verdict: Verdict;
  readonly exitCode: ExitCode;
}

export interface DoctorDatabase {
  readonly path: string;
  /** What named it: the argument, variable or configuration entry, as it was typed. */
  readonly given: string;
  readonly evidence: Evidence;
  readonly outcomes: readonly Outcome[];
}

/** A database that was asked for and could not be looked at; makes the verdict `incomplete`. */
export interface Unexamined {
  readonly path: string;
  readonly given: string;
  readonly reason: string;
}

export interface DoctorReport extends Envelope {
  readonly command: 'doctor';
  readonly databases: readonly DoctorDatabase[];
  readonly unexamined: readonly Unexamined[];
}

export interface LocksDatabase {
  readonly path: string;
  readonly given: string;
  readonly rows: readonly LockRow[];
  /** What could not be seen, and why: one sentence each. */
  readonly limits: readonly string[];
}

export interface LocksReport extends Envelope {
  readonly command: 'locks';
  readonly databases: readonly LocksDatabase[];
  readonly unexamined: readonly Unexamined[];
}

/** A database before or after a checkpoint. */
export interface CheckpointStatus extends WalStatus {
  readonly attached: readonly LockRow[];
  /** Why somebody may be missing among them. */
  readonly limits: readonly string[];
}

export interface CheckpointDatabase {
  readonly path: string;
  readonly given: string;
  readonly requestedMode: CheckpointMode;
  readonly before: CheckpointStatus;
  readonly outcome: CheckpointOutcome;
  /** `null`: nothing was done, or it could not be looked at again. */
  readonly after: CheckpointStatus | null;
  /** Copies of what a crash had left. */
  readonly savedFiles: readonly string[];
  /** What the user should know about how it was done: a sentence or two each. */
  readonly notes: readonly string[];
}

export interface CheckpointReport extends Envelope {
  readonly command: 'checkpoint';
  readonly databases: readonly CheckpointDatabase[];
  readonly unexamined: readonly Unexamined[];
}

export interface RequeueReport extends Envelope {
  readonly command: 'requeue-orphans';
  readonly databases: readonly RequeueDatabase[];
  readonly unexamined: readonly Unexamined[];
}

export interface StressReport extends Envelope, StressResult {
  readonly command: 'stress';
  /** `null`: --compare was not given, or no round of it was played to its end. */
  readonly comparison: Comparison | null;
}

export interface FixDatabase {
  readonly path: string;
  readonly given: string;
  readonly mode: 'preview' | 'apply';
  /** A sentence or two: what would be, or was, done. */
  readonly summary: string;
  readonly repairs: readonly FixRepair[];
  readonly unrepaired: readonly Unrepaired[];
  /** `null`: nothing was begun. */
  readonly backup: FixBackup | null;
  /** Ids of findings that the second diagnosis has and the first had not. */
  readonly appeared: readonly string[];
  /** What the user should know about how it was done: a sentence or two each. */
  readonly notes: readonly string[];
}

export interface FixReport extends Envelope {
  readonly command: 'fix';
  readonly databases: readonly FixDatabase[];
  readonly unexamined: readonly Unexamined[];
}

/** Which command makes which report. */
export interface Reports {
  readonly doctor: DoctorReport;
  readonly locks: LocksReport;
  readonly checkpoint: CheckpointReport;
  readonly 'requeue-orphans': RequeueReport;
  readonly stress: StressReport;
  readonly fix: FixReport;
}

export type Command = keyof Reports;
export type Report = Reports[Command];
