/** Which values to try. Pure. */
import { type Bracket, bracketOf } from './bracket.js';

/** The values of an axis, from the least effort to the most. */
export interface Grid {
  readonly first: number;
  /** If already the first breaks; less makes no sense. */
  readonly least: number;
  /** About twice as much. `null`: no more is tried. */
  up(value: number): number | null;
  /** `null`: they are near enough. */
  between(held: number, broken: number): number | null;
}

export interface Answer {
  /** All thresholds, and everything else that must be. */
  readonly held: boolean;
  /** The thresholds that broke. */
  readonly broken: readonly string[];
  /** More would tell nothing new. */
  readonly exhausted: boolean;
}

interface Told extends Answer {
  readonly value: number;
}

/** So often it goes on doubling after the first break, to see where the other thresholds do. */
const BEYOND = 2;
/** Runs for the limits of single thresholds, once that of all together is known; report/stress/limit.ts says so. */
export const MOST_FOR_SINGLE = 6;

/**
 * Yields what to try next, and is told what came of it: doubles until a threshold breaks, then a little further for
 * those that have not; tries the least if the first broke; then goes halfway between what held and what did not, for all
 * thresholds together and, in a few runs more, for each that broke later. Each value is tried once, so that chance decides near the limit.
 */
export function* searchLimit(grid: Grid, thresholds: readonly string[]): Generator<number, void, Answer> {
  const told: Told[] = [];
  yield* double(grid, told);
  if (told.every(({ held }) => held)) return;
  if (!told.some(({ held }) => held) && !told.some(({ value }) => value <= grid.least)) {
    told.push({ value: grid.least, ...(yield grid.least) });
  }
  yield* narrow(grid, told, ({ held }) => held, Number.POSITIVE_INFINITY);
  let left = MOST_FOR_SINGLE;
  for (const threshold of thresholds) {
    left -= yield* narrow(grid, told, ({ broken }) => !broken.includes(threshold), left);
  }
}

function* double(grid: Grid, told: Told[]): Generator<number, void, Answer> {
  let beyond = 0;
  for (let value: number | null = grid.first; value !== null; value = grid.up(value)) {
    if (told.some(({ held }) => !held)) beyond += 1;
    const answer: Answer = yield value;
    told.push({ value, ...answer });
    if (answer.exhausted || beyond === BEYOND) return;
  }
}

/** @returns how many values it tried, `most` at most */
function* narrow(
  grid: Grid,
  told: Told[],
  holds: (told: Told) => boolean,
  most: number,
): Generator<number, number, Answer> {
  for (let tried = 0; tried < most; tried += 1) {
    const value = openIn(grid, bracketOf(told, holds));
    if (value === null) return tried;
    told.push({ value, ...(yield value) });
  }
  return most;
}

/** What would narrow it down. `null`: it is as narrow as it gets, or has but one end. */
export function openIn(grid: Grid, { lastHeld, firstBroken }: Bracket): number | null {
  return lastHeld === null || firstBroken === null ? null : grid.between(lastHeld, firstBroken);
}

/** Writers to the nearest tenth: more is not known from one run each. */
export function writersGrid(most: number): Grid {
  return {
    ...{ first: 1, least: 1 },
    up: (value) => (value >= most ? null : Math.min(value * 2, most)),
    between: (held, broken) =>
      broken - held <= Math.max(1, held / 10) ? null : Math.floor((held + broken) / 2),
  };
}

/** Values that are nearer to each other are one: runs of some seconds differ by as much. */
const NEAR = 1.2;

/** Rates and times, to a fifth. */
export function doublingGrid({ first, least, most }: Record<'first' | 'least' | 'most', number>): Grid {
  return {
    ...{ first, least: short(least) },
    up: (value) => (value * 2 > most ? null : value * 2),
    between: (held, broken) => {
      if (held <= 0) return broken > short(least) ? short(least) : null;
      return broken / held <= NEAR ? null : short(Math.sqrt(held * broken));
    },
  };
}

/** Two digits say all that is meant. */
export function short(value: number): number {
  return Number(value.toPrecision(2));
}
