/** Does the write lock suffice? SQLite has one, so what it can carry follows from how long it is held. */
import { formatCount, formatDuration, type Milliseconds } from '../units.js';
import { SHARED_SESSION } from './cast.js';
import type { LoadSpec } from './load-shapes.js';
import type { Capacity } from './result-shapes.js';
import type { RunResult } from './run-shapes.js';

/**
 * Above this, say so. If those who wait stood in a queue, and came by chance, one would wait u / (1 − u) holds on
 * average (M/M/1: Kleinrock, "Queueing Systems", 1975, §3.2; half of that if all holds are alike), and only at u = 1
 * without end. They do not: sqliteDefaultBusyCallback (main.c) looks again after 1, 2, 5, … 100 ms, and between a
 * commit and the next look nobody has the lock. Measured with 8 writers and holds of 20, 5 and 1 ms: waits of 2.6,
 * 3.9 and 6.9 holds at 0.7; and from about 0.85 on more was due than was done: however much more was due, the lock was
 * held for 84 to 96 % of the time. So 0.7 is where it is still certain that waits end. In a writer queue they do stand in line: 8 writers
 * waited 1.5 holds at 0.73, 2 at 0.82, 3 at 0.92, and nothing was overdue.
 */
const BUSY_UTILISATION = 0.7;

/** What people take for none. */
const FEW_FAILURES = 0.01;

type Circumstances = Pick<LoadSpec, 'pace' | 'work' | 'writerQueue' | 'busyTimeoutMs' | 'retry'>;

/** `null`: nobody was seen to hold the write lock, nothing was committed, or several transactions shared one hold. */
export function capacityOf(load: Circumstances, run: RunResult): Capacity | null {
  const { pace } = load;
  const demandPerSecond = pace.kind === 'open' ? pace.perSecond : run.throughputPerSecond;
  const holdMs = run.hold.meanMs;
  const isShared = run.actors.some(({ name }) => name === SHARED_SESSION);
  if (run.hold.count === 0 || holdMs === 0 || demandPerSecond === 0 || isShared) return null;
  const numbers = {
    ...{ demandPerSecond, holdMs, utilisation: (demandPerSecond * holdMs) / 1000 },
    longestHoldMs: pace.kind === 'open' ? (BUSY_UTILISATION * 1000) / demandPerSecond : null,
    mostPerSecond: (BUSY_UTILISATION * 1000) / holdMs,
  };
  return {
    ...numbers,
    demand: pace.kind === 'open' ? 'stated' : 'as it came',
    sentence: sentenceOf(numbers, waitingOf(load, run), load.work.kind !== 'scenario'),
  };
}

type Numbers = Omit<Capacity, 'sentence' | 'demand'>;

/** What somebody does who finds the write lock held. */
type Waiting = 'is alone' | 'queues' | 'fails' | 'tries again' | 'polls' | 'polls or fails';

function waitingOf({ writerQueue, busyTimeoutMs, retry }: Circumstances, run: RunResult): Waiting {
  if (run.actors.filter(({ role }) => role === 'writer').length < 2) return 'is alone';
  if (writerQueue) return 'queues';
  // who has read before asks for it in vain, whatever the timeout
  if (busyTimeoutMs > 0) return run.counters.failureRate > FEW_FAILURES ? 'polls or fails' : 'polls';
  return retry.kind === 'none' ? 'fails' : 'tries again';
}

/** @param isAsked the rate was that of the options, so that another one can be asked for */
function sentenceOf(numbers: Numbers, waiting: Waiting, isAsked: boolean): string {
  const { utilisation, demandPerSecond, holdMs, longestHoldMs, mostPerSecond } = numbers;
  const percent = percentText(utilisation);
  const sum = `${rateText(demandPerSecond)} × ${holdText(holdMs)} = the write lock is`;
  if (longestHoldMs === null) {
    // COMMIT returns a moment after it has let go: by then the next one may have the lock, and both moments count
    const share = utilisation >= 0.995 ? 'all' : percent;
    return `${sum} held ${share} of the time. ${CLOSED[waiting]}, ${MORE}${isAsked ? ': --rate states a demand' : ''}.`;
  }
  const asked = `${sum} asked for ${percent} of the time`;
  if (waiting === 'fails') return `${asked}. ${failingText(utilisation, demandPerSecond)}`;
  const allowed = `A hold of ${holdText(longestHoldMs)} on average would leave it at 70%.`;
  if (utilisation >= 1) return `${asked}: more than there is, so that ${BEYOND[waiting]}. ${allowed}`;
  if (utilisation > BUSY_UTILISATION) return `${asked}. ${ABOVE[waiting]} ${allowed}`;
  return `${asked}. There is room up to about 70%, which is ${rateText(mostPerSecond)} with this hold.`;
}

const MORE = 'so that more could have been wanted';

/** Nobody said how much was wanted. */
const CLOSED = {
  'is alone': 'Its one writer began each transaction when the last one had ended',
  queues: 'The writers of this run waited for each other',
  polls: 'The writers of this run waited for each other',
  'polls or fails': 'The writers of this run waited for each other, or failed',
  'tries again': 'The writers of this run kept each other from writing',
  fails: 'The writers of this run failed where others would have waited',
} as const satisfies Record<Waiting, string>;

const LATER = 'waits grow for as long as the demand lasts';

const BEYOND = {
  'is alone': 'transactions begin later and later for as long as the demand lasts',
  queues: LATER,
  polls: LATER,
  'polls or fails': `${LATER}, or transactions fail`,
  'tries again': 'retries grow for as long as the demand lasts, until they are used up',
} as const satisfies Record<Exclude<Waiting, 'fails'>, string>;

const ABOVE = {
  'is alone':
    'Nobody else wants it, so nobody waits for it; but transactions begin the later, the nearer this comes to 100%, because the last one has not ended.',
  queues:
    'Above 70% waits grow steeply, but below 100% they end: the queue hands the lock on at once, in the order in which it was asked for.',
  polls:
    'Above 70% waits grow steeply, and before 100% without bound: those who wait look for the lock up to 100 ms apart, and leave it idle in between.',
  'polls or fails':
    'Above 70% waits grow steeply, and failures with them: those who wait look for the lock up to 100 ms apart, and leave it idle in between.',
  'tries again':
    'Above 70% retries grow steeply: with a busy timeout of 0, who finds it held tries again after a pause, and may find it held again, or leaves it idle in between.',
} as const satisfies Record<Exclude<Waiting, 'fails'>, string>;

/**
 * Erlang's loss formula for one server (Kleinrock, "Queueing Systems", 1975, §3.7): of those that come by chance
 * u / (1 + u) find it held. Measured with 4 writers, holds of 2 ms and more: 49 % at 0.97, 39 % at 0.70, 26 % at 0.21.
 */
function failingText(utilisation: number, demandPerSecond: number): string {
  const holdMs = (FEW_FAILURES * 1000) / (1 - FEW_FAILURES) / demandPerSecond;
  return `With a busy timeout of 0 nobody waits: who finds it held fails at once, which is about ${percentText(utilisation / (1 + utilisation))} of those that come by chance. For 1% the hold would have to be ${holdText(holdMs)} on average; a busy timeout lets them wait.`;
}

function percentText(share: number): string {
  return `${Math.round(share * 100)}%`;
}

function rateText(perSecond: number): string {
  const short = Number(perSecond.toPrecision(3));
  return `${short < 1000 ? short : formatCount(short)}/s`;
}

function holdText(ms: Milliseconds): string {
  return ms < 10 ? `${Number(ms.toPrecision(2))} ms` : formatDuration(ms);
}
