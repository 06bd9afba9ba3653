/** How many writers it takes to break a threshold. */
export interface LimitFound {
  /** `null`: not even one held. */
  readonly lastHeld: number | null;
  /** `null`: none broke. */
  readonly firstBroken: number | null;
}

/**
 * Yields how many writers to try next, and is told whether all thresholds held: 1, 2, 4, …, `most`, until they break,
 * then halfway between what held and what did not. Each number is tried once, so noise near the limit decides.
 */
export function* searchLimit(most: number): Generator<number, LimitFound, boolean> {
  let lastHeld = 0;
  let firstBroken: number | null = null;
  for (let writers = 1; firstBroken === null; writers = Math.min(writers * 2, most)) {
    if (yield writers) lastHeld = writers;
    else firstBroken = writers;
    if (writers >= most) break;
  }
  while (firstBroken !== null && firstBroken - lastHeld > 1) {
    const middle = (lastHeld + firstBroken) >> 1;
    if (yield middle) lastHeld = middle;
    else firstBroken = middle;
  }
  return { lastHeld: lastHeld === 0 ? null : lastHeld, firstBroken };
}
