/** An actor's life after the common start: step after step, at its pace, until its end. */
import { setTimeout as delay, setImmediate as yieldToEvents } from 'node:timers/promises';
import type { Milliseconds, Pid } from '../../units.js';
import type { ActorPlan } from '../plan.js';
import type { Progress } from '../protocol.js';
import { createRandom, type Random } from '../random.js';
import { sleepSync } from './clock.js';
import type { Role } from './role.js';
import type { Tally } from './tally.js';

export interface Control {
  /** The coordinator said so, or is gone. */
  stopped: boolean;
}

export interface Reporting {
  progress(progress: Progress): void;
  /** Everything so far, in case that we are killed. */
  state(): void;
}

/** A timer may be late by so much: what was due then could not begin. */
const TIMER_MS: Milliseconds = 20;
/** Messages are looked at so often; a turn of the event loop takes some microseconds. */
const YIELD_EVERY_MS: Milliseconds = 20;
const PROGRESS_EVERY_MS: Milliseconds = 250;
const STATE_EVERY_MS: Milliseconds = 1000;

interface Player {
  readonly plan: ActorPlan;
  readonly role: Role;
  readonly tally: Tally;
  readonly control: Control;
  readonly reporting: Reporting;
  readonly parent: Pid;
}

export async function play(player: Player): Promise<void> {
  const { plan, role, tally, control } = player;
  const rest = newRest(player);
  const pace = newPace(plan);
  const firstMs = tally.start + plan.startAfterMs;
  // the first of those that come by chance comes by chance too, or all writers would begin at once
  let dueMs = plan.pace.kind === 'open' ? pace(firstMs, firstMs) : firstMs;
  let ended = true;
  const overMs = plan.endAfterMs === null ? Number.POSITIVE_INFINITY : tally.start + plan.endAfterMs;
  await rest(Math.min(dueMs, overMs) - performance.now());
  const most = plan.transactions ?? Number.POSITIVE_INFINITY;
  const isClosed = plan.pace.kind === 'closed';
  let nowMs = performance.now();
  // that the machine could not start all at once is nothing that their transactions took
  if (isClosed) dueMs = nowMs;
  for (let transactions = 0; ; ) {
    const isEnd = control.stopped || nowMs >= overMs || transactions >= most;
    if (isEnd && (ended || !isReader(plan)) && !owesMore(player)) break;
    const stepping = role.step(dueMs);
    const step = stepping instanceof Promise ? await stepping : stepping;
    ended = step.ended;
    // one look at the clock a round: each costs as much as a hundredth of a commit
    nowMs = performance.now();
    let waitMs = step.pauseMs;
    if (ended) {
      if (!step.idle) transactions += 1;
      dueMs = isClosed && step.goesOn ? nowMs : pace(dueMs, nowMs);
      if (dueMs > nowMs + waitMs) waitMs = dueMs - nowMs;
    }
    if (waitMs > 0 || nowMs >= rest.nextYieldMs) {
      await rest(ended ? Math.min(waitMs, overMs - nowMs) : waitMs);
      nowMs = performance.now();
      // a closed loop begins when it can: only the pause before it is its own
      if (ended && isClosed) dueMs = nowMs;
    }
  }
  if (!ended && plan.role === 'writer') tally.unfinished += 1;
  if (plan.pace.kind === 'open') tally.overdue = countOverdue(player, dueMs, pace);
}

/** Who is told to stop, or is left alone, stops at once. */
function owesMore({ role, control }: Player): boolean {
  return !control.stopped && role.owes?.() === true;
}

/** A reader ends its transaction itself; nobody else begins a try when the run is over. */
function isReader(plan: ActorPlan): boolean {
  return plan.program.kind === 'reads';
}

export function isOver({ plan, tally, control }: Pick<Player, 'plan' | 'tally' | 'control'>): boolean {
  if (control.stopped) return true;
  return plan.endAfterMs !== null && performance.now() >= tally.start + plan.endAfterMs;
}

type NextDue = (dueMs: Milliseconds, nowMs: Milliseconds) => Milliseconds;

/** When the next transaction is due. Open: independent of how the last one went. */
function newPace({ pace, seed, index }: ActorPlan): NextDue {
  if (pace.kind === 'closed') return (_, nowMs) => nowMs + pace.thinkMs;
  const random = createRandom(seed, index + 1_000_000);
  return (dueMs) => dueMs + gap(random, pace.perSecond);
}

/** Between two arrivals of a Poisson process. */
function gap(random: Random, perSecond: number): Milliseconds {
  return (-Math.log(1 - random.uniform()) / perSecond) * 1000;
}

/** Beyond it the mean is as good as chance. */
const MOST_COUNTED = 100_000;

function countOverdue({ plan, tally }: Player, firstMs: Milliseconds, next: NextDue): number {
  const plannedMs = plan.endAfterMs === null ? Number.POSITIVE_INFINITY : tally.start + plan.endAfterMs;
  const endMs = Math.min(plannedMs, performance.now()) - TIMER_MS;
  let [count, dueMs] = [0, firstMs];
  for (; dueMs < endMs && count < MOST_COUNTED; dueMs = next(dueMs, dueMs)) count += 1;
  const perSecond = plan.pace.kind === 'open' ? plan.pace.perSecond : 0;
  return count + Math.round((Math.max(0, endMs - dueMs) / 1000) * perSecond);
}

interface Rest {
  (ms: Milliseconds): Promise<void>;
  nextYieldMs: Milliseconds;
}

/** Sleeps, and lets messages come in and go out. */
function newRest({ role, control, reporting, tally, parent }: Player): Rest {
  let [nextProgressMs, nextStateMs] = [0, performance.now() + STATE_EVERY_MS];
  const rest = async (ms: Milliseconds) => {
    const endMs = performance.now() + ms;
    for (;;) {
      const nowMs = performance.now();
      if (nowMs >= nextProgressMs) {
        nextProgressMs = nowMs + PROGRESS_EVERY_MS;
        const { committed, failed, retries } = tally;
        reporting.progress({ committed, failed, retries });
      }
      if (nowMs >= nextStateMs) {
        nextStateMs = nowMs + STATE_EVERY_MS;
        reporting.state();
      }
      await yieldToEvents();
      const leftMs = endMs - performance.now();
      if (leftMs <= 0 || control.stopped) break;
      if (role.listens) await delay(Math.min(leftMs, YIELD_EVERY_MS));
      else sleepSync(Math.min(leftMs, YIELD_EVERY_MS), parent);
    }
    rest.nextYieldMs = performance.now() + YIELD_EVERY_MS;
  };
  rest.nextYieldMs = 0;
  return rest;
}
