/** Which values to try. Pure. */

/** The values of an axis, from the least effort to the most. */
export interface Grid {
  readonly first: number;
  /** About twice as much. `null`: no more is tried. */
  up(value: number): number | null;
  /** About half as much, if already the first breaks. `null`: no less makes sense. */
  down(value: number): number | null;
  /** `null`: they are near enough. */
  between(held: number, broken: number): number | null;
}

export interface Answer {
  readonly held: boolean;
  /** More would tell nothing new. */
  readonly exhausted: boolean;
}

/** So often it goes on doubling after the first break, to see where the other thresholds do. */
const BEYOND = 2;

/**
 * Yields what to try next, and is told what came of it: doubles until the thresholds break, then a little further for
 * those that have not; halves if the first broke; then goes halfway between what held and what did not. Each value is
 * tried once, so that chance decides near the limit.
 */
export function* searchLimit(grid: Grid): Generator<number, void, Answer> {
  let lastHeld: number | null = null;
  let firstBroken: number | null = null;
  let beyond = 0;
  for (let value: number | null = grid.first; value !== null; value = grid.up(value)) {
    const { held, exhausted } = yield value;
    if (firstBroken !== null) beyond += 1;
    else if (held) lastHeld = value;
    else firstBroken = value;
    if (exhausted || beyond === BEYOND) break;
  }
  if (firstBroken === null) return;
  while (lastHeld === null) {
    const less = grid.down(firstBroken);
    if (less === null) return;
    if ((yield less).held) lastHeld = less;
    else firstBroken = less;
  }
  for (;;) {
    const middle = grid.between(lastHeld, firstBroken);
    if (middle === null) return;
    if ((yield middle).held) lastHeld = middle;
    else firstBroken = middle;
  }
}

/** Writers to the nearest tenth: more is not known from one run each. */
export function writersGrid(most: number): Grid {
  return {
    first: 1,
    up: (value) => (value >= most ? null : Math.min(value * 2, most)),
    down: () => null,
    between: (held, broken) =>
      broken - held <= Math.max(1, held / 10) ? null : Math.floor((held + broken) / 2),
  };
}

/** Values that are nearer to each other are one: runs of some seconds differ by as much. */
const NEAR = 1.2;

/** Rates and times, to a fifth. */
export function doublingGrid({ first, least, most }: Record<'first' | 'least' | 'most', number>): Grid {
  return {
    first,
    up: (value) => (value * 2 > most ? null : value * 2),
    down: (value) => (value / 2 < least ? null : short(value / 2)),
    between: (held, broken) => (broken / held <= NEAR ? null : short(Math.sqrt(held * broken))),
  };
}

/** Two digits say all that is meant. */
export function short(value: number): number {
  return Number(value.toPrecision(2));
}
