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
 * held for 84 to 96 % of the time. So 0.7 is where it is still certain that waits end.
 */
const BUSY_UTILISATION = 0.7;

/**
 * `null`: nobody was seen to hold the write lock, nothing was committed, or workers shared a session, whose transaction is that of
 * several at a time.
 */
export function capacityOf({ pace, work }: Pick<LoadSpec, 'pace' | 'work'>, run: RunResult): Capacity | null {
  const demandPerSecond = pace.kind === 'open' ? pace.perSecond : run.throughputPerSecond;
  const holdMs = run.hold.meanMs;
  if (run.hold.count === 0 || holdMs === 0 || demandPerSecond === 0) return null;
  if (run.actors.some(({ name }) => name === SHARED_SESSION)) return null;
  const numbers = {
    ...{ demandPerSecond, holdMs, utilisation: (demandPerSecond * holdMs) / 1000 },
    longestHoldMs: pace.kind === 'open' ? (BUSY_UTILISATION * 1000) / demandPerSecond : null,
    mostPerSecond: (BUSY_UTILISATION * 1000) / holdMs,
  };
  return {
    ...numbers,
    demand: pace.kind === 'open' ? 'stated' : 'as it came',
    sentence: sentenceOf(numbers, work.kind !== 'scenario'),
  };
}

type Numbers = Omit<Capacity, 'sentence' | 'demand'>;

/** @param isAsked the rate was that of the options, so that another one can be asked for */
function sentenceOf(
  { utilisation, demandPerSecond, holdMs, longestHoldMs, mostPerSecond }: Numbers,
  isAsked: boolean,
): string {
  const percent = `${Math.round(utilisation * 100)}% of the time`;
  const sum = `${rateText(demandPerSecond)} × ${holdText(holdMs)} = the write lock is held`;
  if (longestHoldMs === null) {
    // COMMIT returns a moment after it has let go: by then the next one may have the lock, and both moments count
    const share = utilisation >= 0.995 ? 'all of the time' : percent;
    const rate = isAsked ? ': --rate states a demand' : '';
    return `${sum} ${share}. Each writer of this run began when its last transaction had ended, so that more could have been wanted${rate}.`;
  }
  const allowed = `A hold of ${holdText(longestHoldMs)} on average would leave it at 70%.`;
  if (utilisation >= 1) {
    return `${rateText(demandPerSecond)} × ${holdText(holdMs)} = the write lock is wanted ${percent}: more than there is, so that waits grow for as long as the demand lasts. ${allowed}`;
  }
  if (utilisation > BUSY_UTILISATION) {
    return `${sum} ${percent}. Above 70% waits grow steeply, and before 100% without bound: those who wait look for the lock up to 100 ms apart, and leave it idle in between. ${allowed}`;
  }
  return `${sum} ${percent}. There is room up to about 70%, which is ${rateText(mostPerSecond)} with this hold.`;
}

function rateText(perSecond: number): string {
  const short = Number(perSecond.toPrecision(3));
  return `${short < 1000 ? short : formatCount(short)}/s`;
}

function holdText(ms: Milliseconds): string {
  return ms < 10 ? `${Number(ms.toPrecision(2))} ms` : formatDuration(ms);
}
