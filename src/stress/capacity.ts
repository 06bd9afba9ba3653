/** Does the write lock suffice? SQLite has one, so what it can carry follows from how long it is held. */
import { formatDuration, type Milliseconds } from '../units.js';
import type { LoadSpec, RunResult } from './shapes.js';

/**
 * Above this, say so: with transactions that come by chance, one waits (1 / (1 − utilisation) − 1) holds on average
 * (M/M/1: Kleinrock, "Queueing Systems", 1975, §3.2), that is 2.3 at 0.7, 9 at 0.9, and no end at 1.
 */
export const BUSY_UTILISATION = 0.7;

export interface Capacity {
  /** Transactions per second that were due, or as many as came about. */
  readonly demandPerSecond: number;
  /** An open loop states its demand. In a closed one the writers wait for each other: it could be more. */
  readonly demand: 'stated' | 'as it came';
  readonly holdMs: Milliseconds;
  /** Share of the time for which the write lock is held: demand × mean hold. Above 1 it is more than there is. */
  readonly utilisation: number;
  /** How long a transaction may hold the lock, on average, at this demand. */
  readonly longestHoldMs: Milliseconds;
  /** How many transactions per second there may be with this hold. */
  readonly mostPerSecond: number;
  readonly sentence: string;
}

/** `null`: no transaction held the write lock, or none was committed. */
export function capacityOf({ pace }: Pick<LoadSpec, 'pace'>, run: RunResult): Capacity | null {
  const demandPerSecond = pace.kind === 'open' ? pace.perSecond : run.throughputPerSecond;
  const holdMs = run.hold.meanMs;
  if (run.hold.count === 0 || holdMs === 0 || demandPerSecond === 0) return null;
  const numbers = {
    ...{ demandPerSecond, holdMs, utilisation: (demandPerSecond * holdMs) / 1000 },
    longestHoldMs: (BUSY_UTILISATION * 1000) / demandPerSecond,
    mostPerSecond: (BUSY_UTILISATION * 1000) / holdMs,
  };
  const demand = pace.kind === 'open' ? 'stated' : 'as it came';
  return { ...numbers, demand, sentence: sentenceOf(numbers, demand) };
}

type Numbers = Omit<Capacity, 'sentence' | 'demand'>;

function sentenceOf(numbers: Numbers, demand: Capacity['demand']): string {
  const { utilisation, demandPerSecond, holdMs, longestHoldMs } = numbers;
  const percent = Math.round(utilisation * 100);
  const sum = `${rateText(demandPerSecond)} × ${holdText(holdMs)} = ${percent}% of the time the write lock is held`;
  if (demand === 'as it came') {
    return `${sum}. The writers of this run waited for each other, so that more could have been wanted; --rate states the demand.`;
  }
  const allowed = `A hold of ${holdText(longestHoldMs)} on average would leave it at 70%.`;
  if (utilisation >= 1) {
    return `${sum}: that is more than there is, so waits grow for as long as the demand lasts. ${allowed}`;
  }
  if (utilisation > BUSY_UTILISATION) {
    return `${sum}: above 70% waits grow steeply, and without bound towards 100%. ${allowed}`;
  }
  return `${sum}: there is room up to about 70%, or ${rateText(numbers.mostPerSecond)} with this hold.`;
}

function rateText(perSecond: number): string {
  return `${Number(perSecond.toPrecision(3))}/s`;
}

function holdText(ms: Milliseconds): string {
  return ms < 10 ? `${Number(ms.toPrecision(2))} ms` : formatDuration(ms);
}

/** What the authors of the incidents, and others, go by. None of them is about the write lock. */
export interface RuleOfThumb {
  readonly rule: string;
  /** Who says so. */
  readonly from: string;
}

export const RULES_OF_THUMB: readonly RuleOfThumb[] = [
  { rule: 'more than 100 concurrent writers', from: 'the topic pipeline (batch-herd)' },
  { rule: 'more than 10 GB', from: 'the topic pipeline (batch-herd)' },
  { rule: 'more than 10 active users at once', from: 'the music library (long-scan)' },
  { rule: 'more than 500 MB', from: 'the music library (long-scan)' },
  { rule: 'failures that stay above 5 % of writes', from: 'the music library (long-scan)' },
];
