/** A whole checkpoint of one database: tries, each a passive step and perhaps a blocking one, until nothing is left. */
import type { Frames, Milliseconds } from '../units.js';
import type { Look } from './blockers.js';
import { type Checkpointer, startCheckpointer } from './child.js';
import { isBlocking, judgeRow, type RowVerdict } from './mode.js';
import type { Failure } from './protocol.js';
import type { CheckpointMode, CheckpointRun, CheckpointStep } from './shapes.js';
import { runStep, type StepResult, type Watcher } from './step.js';
import { heldTime, microseconds } from './write-lock.js';

export interface RunRequest {
  readonly path: string;
  readonly mode: CheckpointMode;
  /** For what a blocking mode waits for, and in every mode for another checkpoint to end. */
  readonly waitMs: Milliseconds;
  /** From the beginning; `null`: one try. */
  readonly retryForMs: Milliseconds | null;
  /** When the only try must have ended, by the clock of the world; `null`: `waitMs` counts from when it begins. */
  readonly untilMs: Milliseconds | null;
  /** Of one frame in the WAL, its header included. */
  readonly frameBytes: number;
  readonly signal: AbortSignal;
}

export interface RunWorld extends Watcher {
  /** Why the files must not be touched any more: removed or replaced; `null`: they are still the same. */
  changed(): string | null;
  /** Whether the connection is to be closed as usual, and not abandoned. */
  mayClose(): boolean;
  /** Unix or any other clock in milliseconds. */
  now(): Milliseconds;
  sleep(ms: Milliseconds): Promise<void>;
  /** From 0 to 1. */
  random(): number;
}

export type RunResult =
  | {
      readonly kind: 'ran';
      readonly run: CheckpointRun;
      readonly verdict: RowVerdict;
      /** In which it was found out who was in the way; `null`: nobody was, or nobody looked. */
      readonly look: Look | null;
      readonly pid: number;
    }
  | {
      readonly kind: 'failed';
      readonly run: CheckpointRun | null;
      readonly code: string;
      readonly message: string;
      readonly look: Look | null;
      readonly pid: number;
    };

/** What all tries together came to. */
interface Tally {
  tries: number;
  steps: readonly CheckpointStep[];
  framesMoved: Frames;
  framesMovedAtLeast: boolean;
  heldMs: Milliseconds;
  heldPlusMinusMs: Milliseconds;
}

/** Rejects only with the reason of the signal. */
export async function runCheckpoint(request: RunRequest, world: RunWorld): Promise<RunResult> {
  const child = startCheckpointer(request.signal);
  const tally: Tally = {
    ...{ tries: 0, steps: [], framesMoved: 0, framesMovedAtLeast: false },
    ...{ heldMs: 0, heldPlusMinusMs: 0 },
  };
  try {
    const end = await tryUntilDone(child, request, world, tally);
    const connection = await part(child, world, end);
    const run = tally.tries === 0 ? null : toRun(request, tally, connection);
    if (end.kind === 'failure' || run === null)
      return { ...asFailure(end), kind: 'failed', run, pid: child.pid };
    return { kind: 'ran', run, verdict: end.verdict, look: end.look, pid: child.pid };
  } finally {
    await child.abandon();
  }
}

type End =
  | { readonly kind: 'rows'; readonly verdict: RowVerdict; readonly look: Look | null }
  | { readonly kind: 'failure'; readonly code: string; readonly message: string; readonly look: Look | null };

function asFailure(end: End): { code: string; message: string; look: Look | null } {
  return end.kind === 'failure' ? end : { code: 'ENDED', message: 'nothing was tried', look: end.look };
}

/** Ends the connection. As the last one, a close deletes the WAL by its name: not if others may still need it. */
async function part(child: Checkpointer, world: RunWorld, end: End): Promise<CheckpointRun['connection']> {
  if (end.kind === 'failure' || !world.mayClose() || world.changed() !== null) {
    await child.abandon();
    return 'abandoned';
  }
  const answer = await child.close();
  return answer.answer === 'failure' ? 'abandoned' : 'closed';
}

async function tryUntilDone(
  child: Checkpointer,
  request: RunRequest,
  world: RunWorld,
  tally: Tally,
): Promise<End> {
  const deadlineMs = request.retryForMs === null ? null : world.now() + request.retryForMs;
  let isOpen = false;
  for (let tries = 1; ; tries += 1) {
    const leftMs = deadlineMs === null ? Number.POSITIVE_INFINITY : Math.max(0, deadlineMs - world.now());
    const waitMs = Math.min(request.waitMs, leftMs);
    const opened: End | null = isOpen ? null : await open(child, { ...request, waitMs }, world);
    isOpen = opened === null;
    const end = opened ?? (await tryOnce(child, { ...request, waitMs }, world, tally));
    if (isFinal(end) || deadlineMs === null) return end;
    const pauseMs = pauseBefore(tries, world);
    if (world.now() + pauseMs >= deadlineMs) return end;
    await pause(pauseMs, request.signal, world);
  }
}

/** Trying again helps against those who are in the way, and against nothing else. */
function isFinal(end: End): boolean {
  if (end.kind === 'failure') return !end.code.startsWith('SQLITE_BUSY');
  return end.verdict.verdict === 'complete' || end.verdict.verdict === 'no-wal';
}

const FIRST_PAUSE_MS: Milliseconds = 100;
const LONGEST_PAUSE_MS: Milliseconds = 2000;

/** Doubles, with half of it left to chance, so that two that are in each other's way get out of step. */
function pauseBefore(tries: number, { random }: RunWorld): Milliseconds {
  const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries - 1, 10));
  return pauseMs * (0.5 + random() / 2);
}

/** In pieces, so that a signal is heeded at once. */
async function pause(ms: Milliseconds, signal: AbortSignal, { sleep }: RunWorld): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= PIECE_MS) {
    await sleep(Math.min(PIECE_MS, leftMs));
    signal.throwIfAborted();
  }
}

const PIECE_MS: Milliseconds = 100;

async function open(child: Checkpointer, { path, waitMs }: RunRequest, world: RunWorld): Promise<End | null> {
  const answer = await child.ask({ order: 'open', path, busyTimeoutMs: waitMs });
  if (answer.answer !== 'failure') return null;
  return failed(answer, world, answer.code.startsWith('SQLITE_BUSY') ? world.look() : null);
}

/** SQLite may say CORRUPT, IOERR or nothing at all of a file that is not there any more. */
function failed({ code, message }: Failure, world: RunWorld, look: Look | null): End {
  return { kind: 'failure', code, message: world.changed() ?? message, look };
}

/**
 * First what can be copied without keeping writers out; only the rest while they wait. Once a try has failed, a
 * blocking step is only worth the writers' time if nothing is pinned.
 */
async function tryOnce(
  child: Checkpointer,
  request: RunRequest,
  world: RunWorld,
  tally: Tally,
): Promise<End> {
  const patience = { leftMs: patienceFor(request, world.now()) };
  tally.tries += 1;
  tally.steps = [];
  const passive = await countedStep(child, 'passive', patience, world, tally);
  if (passive.kind === 'failure' || !isBlocking(request.mode)) return passive;
  const goesOn =
    passive.verdict.verdict === 'complete' || (passive.verdict.verdict === 'partial' && tally.tries === 1);
  return goesOn ? countedStep(child, request.mode, patience, world, tally) : passive;
}

/** A quarter of the wait is left however long it took to come so far: on a busy machine to look may take all of it. */
const LEAST_SHARE = 0.25;

/** What is left of the wait at this moment. */
export function patienceFor(
  { waitMs, untilMs }: Pick<RunRequest, 'waitMs' | 'untilMs'>,
  nowMs: Milliseconds,
): Milliseconds {
  if (untilMs === null) return waitMs;
  return Math.min(waitMs, Math.max(untilMs - nowMs, waitMs * LEAST_SHARE));
}

interface Patience {
  leftMs: Milliseconds;
}

/** The pragma does not wait for another checkpoint, so we do. */
const COLLISION_PAUSE_MS: Milliseconds = 10;

async function countedStep(
  child: Checkpointer,
  mode: CheckpointMode,
  patience: Patience,
  world: RunWorld,
  tally: Tally,
): Promise<End> {
  for (;;) {
    const reason = world.changed();
    if (reason !== null) return { kind: 'failure', code: 'CHANGED', message: reason, look: null };
    const result = await runStep(child, { mode, busyTimeoutMs: patience.leftMs }, world);
    if (!('kind' in result)) return failed(result, world, null);
    const verdict = judgeRow(mode, result.step.row);
    if (verdict.verdict !== 'elsewhere' || patience.leftMs <= 0) {
      count(tally, result);
      return { kind: 'rows', verdict, look: result.look };
    }
    const pauseMs = Math.min(patience.leftMs, COLLISION_PAUSE_MS * (0.5 + world.random()));
    patience.leftMs -= pauseMs;
    await world.sleep(pauseMs);
  }
}

function count(tally: Tally, { step, framesMoved, framesMovedAtLeast }: StepResult): void {
  const held = heldTime(step.writeLock);
  tally.steps = [...tally.steps, step];
  tally.framesMoved += framesMoved;
  tally.framesMovedAtLeast ||= framesMovedAtLeast;
  tally.heldMs += held.ms;
  tally.heldPlusMinusMs += held.plusMinusMs;
}

function toRun(
  { mode, frameBytes }: RunRequest,
  { tries, steps, framesMoved, framesMovedAtLeast, heldMs, heldPlusMinusMs }: Tally,
  connection: CheckpointRun['connection'],
): CheckpointRun {
  return {
    ...{ mode, tries, steps: [...steps], framesMoved, framesMovedAtLeast },
    bytesMoved: framesMoved * frameBytes,
    writersKeptWaitingMs: microseconds(heldMs),
    writersKeptWaitingPlusMinusMs: microseconds(heldPlusMinusMs),
    connection,
  };
}
