/** What goes through a whole run of requeueing, and the decisions that all of its parts share. */
import type { RowConnection } from '../sqlite/row-connection.js';
import type { Milliseconds } from '../units.js';
import type { BoundQueue } from './bind.js';
import type { JournalWriter } from './journal.js';
import type { Patience } from './patience.js';
import type { Decision } from './plan.js';
import type { Step } from './preset.js';
import type { Job, JobFilter, JobSource } from './read.js';
import type { Fate } from './shapes.js';
import type { Tally } from './tally.js';
import type { UpdatePlan } from './update-plan.js';

export interface ApplyRequest {
  readonly queue: BoundQueue;
  readonly source: JobSource;
  readonly filter: JobFilter;
  readonly nowMs: Milliseconds;
  readonly waitMs: Milliseconds;
  readonly signal: AbortSignal;
  /** Whether whole ranges of jobs may be changed by one statement: all of them are to be changed alike. */
  readonly inBulk: boolean;
  stepsFor(fate: Fate): readonly Step[];
}

export interface ApplyWorld {
  readonly connection: RowConnection;
  readonly journal: JournalWriter;
  /** Looks at the machine anew; afterwards `decide` goes by what it saw. */
  refreshFacts(): void;
  decide(job: Job): Decision;
  /** The same, and counts the job: called once for each. */
  sort(job: Job): Fate;
  /** Counts so many more that are like this one. */
  sortAlike(job: Job, count: number): void;
  sleep(ms: Milliseconds): Promise<void>;
  random(): number;
}

/** What goes through a whole run. */
export interface Run {
  readonly request: ApplyRequest;
  readonly world: ApplyWorld;
  readonly tally: Tally;
  readonly patience: Patience;
  readonly expectedSchema: number;
  /** The state of the database before which the facts were gathered; `null`: they are older than the connection. */
  factsVersion: number | null;
  chunk: number;
  /** Of the last jobs that were taken one by one: ranges are read for that. */
  usualFate: Fate;
  /** Of transitions that are a single UPDATE; `null`: that one is not. */
  readonly plans: Map<Fate, UpdatePlan | null>;
}

/** The automatic checkpoint would run at the end of a COMMIT, and this one does it where nobody waits for us. */
export function moveWalOn(connection: RowConnection): void {
  connection.rows('PRAGMA wal_checkpoint(PASSIVE)');
}

/** Facts must be younger than what they are to explain: else a worker may have come and claimed in between. */
export function keepFactsYoung(run: Run, version: number): void {
  if (run.factsVersion === version) return;
  run.world.refreshFacts();
  run.factsVersion = version;
}

/** Others retry at 1, 2, 5, 10, … ms (main.c, sqliteDefaultBusyCallback): a pause lets one of them in. */
export const PAUSE_MS: Milliseconds = 1;

/** Aimed at, so that the longest of many stays below 25 ms on a machine that is not overloaded. */
const HOLD_AIM_MS: Milliseconds = 12;
/** Fewer rows than this would not shorten a hold: then it is the disk that takes the time. */
const LEAST_CHUNK = 50;
const LARGEST_CHUNK = 20_000;

export function nextChunk(chunk: number, done: number, holdMs: Milliseconds): number {
  if (done < chunk && holdMs < HOLD_AIM_MS) return chunk;
  const factor = Math.min(2, Math.max(0.3, HOLD_AIM_MS / Math.max(holdMs, 0.1)));
  return Math.max(LEAST_CHUNK, Math.min(LARGEST_CHUNK, Math.floor(done * factor)));
}
