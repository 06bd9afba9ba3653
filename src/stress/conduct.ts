/** One run: start the actors, let them begin together, hear them out, and end every one of them, whatever happens. */
import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type Bytes, type Milliseconds, plural } from '../units.js';
import { type Act, type Performance, startActors, toPerformance } from './act.js';
import { monotonicMs } from './actor/clock.js';
import { ArenaFailure } from './arena.js';
import type { LastWill } from './last-will.js';
import type { RunPlan } from './plan.js';
import type { Progress } from './protocol.js';

export interface Conducting {
  readonly signal: AbortSignal;
  readonly will: LastWill;
  /** The sums over all actors; often. */
  onProgress(progress: Progress): void;
}

export interface WalSample {
  readonly atMs: Milliseconds;
  readonly bytes: Bytes;
}

export interface Conducted {
  readonly performances: readonly Performance[];
  /** Of the WAL of the first actor's database. */
  readonly wal: readonly WalSample[];
  readonly interrupted: boolean;
}

/** Time for the last transactions beyond those that the plan knows of: a slow machine, a slow disk. */
const GRACE_MS: Milliseconds = 10_000;
/** After Ctrl-C nobody wants to wait. */
const INTERRUPTED_GRACE_MS: Milliseconds = 1000;
/** Between the word and the common start: the word must reach everybody. */
const HEADS_UP_MS: Milliseconds = 30;
const WAL_LOOK_MS: Milliseconds = 50;

export async function conduct(plan: RunPlan, conducting: Conducting): Promise<Conducted> {
  const acts = startActors(plan, conducting.will);
  try {
    const wal = await perform(acts, conducting);
    return { performances: acts.map(toPerformance), wal, interrupted: conducting.signal.aborted };
  } finally {
    for (const act of acts) if (act.end === null) act.performer.kill();
    await Promise.all(acts.map(({ ended }) => ended));
  }
}

async function perform(acts: readonly Act[], { signal, onProgress }: Conducting): Promise<WalSample[]> {
  const isAborted = aborted(signal);
  await Promise.race([makeReady(acts), oneHasFailed(acts), tooLate(acts), isAborted]);
  if (!signal.aborted) refuseIncomplete(acts);
  const startMs = monotonicMs() + HEADS_UP_MS;
  for (const { performer } of acts) performer.send({ to: 'go', startMs });
  const killings = acts.flatMap((act) => killLater(act, startMs));
  const wal: WalSample[] = [];
  const stopLooking = everySoOften(async () => {
    onProgress(sumOf(acts));
    const bytes = await walBytes(acts);
    if (bytes !== null) wal.push({ atMs: monotonicMs() - startMs, bytes });
  });
  try {
    const [leaders, followers] = [acts.filter(leads), acts.filter((act) => !leads(act))];
    await endAll(leaders, deadlineOf(acts, startMs), isAborted);
    await stopAll(
      followers.filter(({ plan }) => plan.role !== 'queue'),
      signal,
      isAborted,
    );
    await stopAll(acts, signal, isAborted);
  } finally {
    for (const killing of killings) clearTimeout(killing);
    await stopLooking();
  }
  return wal;
}

/** One that could not be started, or had not the memory to, and did not say why itself. */
function failedToStart({ end, refusal }: Act): boolean {
  return end?.end === 'died' && refusal === null;
}

/** Resolves then: the others may never get ready, where there are too many. */
function oneHasFailed(acts: readonly Act[]): Promise<void> {
  return new Promise((resolve) => {
    for (const act of acts) void act.ended.then(() => failedToStart(act) && resolve());
  });
}

/** Fewer would be another load. @throws ArenaFailure */
function refuseIncomplete(acts: readonly Act[]): void {
  const failed = acts.find(failedToStart);
  if (failed === undefined && acts.every(({ isReady }) => isReady)) return;
  const how = failed?.end?.end === 'died' ? failed.end.how : 'not all were ready after a long time';
  throw new ArenaFailure(
    `its ${plural(acts.length, 'process', 'processes')} could not be started (${how}): with fewer writers and readers, this user may have enough processes, open files and memory`,
  );
}

/** As the plan wants it: that is no actor that is stuck. */
function killLater({ plan, performer }: Act, startMs: Milliseconds): NodeJS.Timeout[] {
  const { killAfterMs } = plan;
  if (killAfterMs === undefined) return [];
  return [setTimeout(() => performer.kill(), startMs + killAfterMs - monotonicMs())];
}

/** The queue first: the others want to reach it. */
async function makeReady(acts: readonly Act[]): Promise<void> {
  const isQueue = ({ plan }: Act) => plan.role === 'queue';
  for (const group of [acts.filter(isQueue), acts.filter((act) => !isQueue(act))]) {
    for (const { performer, plan } of group) performer.send({ to: 'play', plan });
    await Promise.all(group.map(({ ready }) => ready));
  }
}

/** Writers end by themselves, and the others with them; without writers everybody ends by the clock. */
function leads({ plan }: Act): boolean {
  return plan.role === 'writer' || plan.endAfterMs !== null;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** `null`: they end after a number of transactions, however long those take. */
function deadlineOf(acts: readonly Act[], startMs: Milliseconds): Milliseconds | null {
  const ends = acts.filter(leads).map(({ plan }) => plan.endAfterMs);
  if (ends.includes(null)) return null;
  return startMs + Math.max(0, ...ends.map((end) => end ?? 0)) + patienceWith(acts);
}

/** How long one transaction may take, as far as the plan knows. */
function patienceWith(acts: readonly Act[]): Milliseconds {
  const longest = acts.map(({ plan: { connection, program } }) => {
    const holdMs = 'holdMs' in program ? program.holdMs : 0;
    return connection.busyTimeoutMs * 2 + holdMs;
  });
  return Math.max(0, ...longest) + GRACE_MS;
}

async function endAll(
  acts: readonly Act[],
  deadlineMs: Milliseconds | null,
  isAborted: Promise<void>,
): Promise<void> {
  const all = Promise.all(acts.map(({ ended }) => ended));
  if (deadlineMs === null) await Promise.race([all, isAborted]);
  else await Promise.race([all, isAborted, delay(deadlineMs - monotonicMs(), null, { ref: false })]);
}

/** A process needs some milliseconds to start; 256 on a slow machine, which others use too, some seconds. */
const START_MS: Milliseconds = 60_000;

async function tooLate(acts: readonly Act[]): Promise<void> {
  await delay(START_MS + patienceWith(acts), null, { ref: false });
}

/** Tells them to stop, and ends those who do not. */
async function stopAll(acts: readonly Act[], signal: AbortSignal, isAborted: Promise<void>): Promise<void> {
  for (const { performer, end } of acts) if (end === null) performer.send({ to: 'stop' });
  const all = Promise.all(acts.map(({ ended }) => ended));
  const patience = isAborted.then(() => delay(INTERRUPTED_GRACE_MS, null, { ref: false }));
  const graceMs = signal.aborted ? INTERRUPTED_GRACE_MS : patienceWith(acts);
  await Promise.race([all, patience, delay(graceMs, null, { ref: false })]);
  for (const act of acts) {
    if (act.end !== null) continue;
    act.killed = true;
    act.performer.kill();
  }
  await all;
}

function sumOf(acts: readonly Act[]): Progress {
  const writers = acts.filter(({ plan }) => plan.role === 'writer').map(({ progress }) => progress);
  const sum = (what: keyof Progress) => writers.reduce((total, one) => total + one[what], 0);
  return { committed: sum('committed'), failed: sum('failed'), retries: sum('retries') };
}

/** stat only: opening the files here would be harmless too, but nothing is gained by it. */
async function walBytes(acts: readonly Act[]): Promise<Bytes | null> {
  const path = acts[0]?.plan.connection.path;
  const found = await stat(`${path}-wal`).catch(() => null);
  return found?.size ?? null;
}

/** Never two at a time. @returns a function that ends it, after a last time */
function everySoOften(work: () => Promise<void>): () => Promise<void> {
  const controller = new AbortController();
  const looking = (async () => {
    while (!controller.signal.aborted) {
      await work();
      await delay(WAL_LOOK_MS, null, { signal: controller.signal }).catch(() => undefined);
    }
    await work();
  })();
  return async () => {
    controller.abort();
    await looking;
  };
}
