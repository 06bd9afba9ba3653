/** Rounds in which everything that is compared is played once, in turn. */
import type { Contender } from '../../stress/comparison.js';
import type { Played } from '../../stress/played.js';
import { type Combination, expectedOf, stepsOf } from '../../stress/remedies/selection.js';
import type { RunResult } from '../../stress/run-shapes.js';
import type { Clock } from './clock.js';
import type { Director } from './rounds.js';

/** As found, or with remedies. */
export interface Variant {
  readonly name: string;
  readonly combination: Combination;
  readonly played: Played;
}

export const NEVER: Contender = { remedies: [], runs: [], expected: null, steps: [] };

/** How the runs of a comparison are played. */
export interface Staging {
  readonly director: Director;
  readonly rounds: number;
  readonly clock: Clock;
}

/**
 * The contenders, with the runs of all rounds that were played to their end. Of a first one that was interrupted those who had
 * played.
 */
export async function playRounds(
  variants: readonly Variant[],
  { director, rounds, clock }: Staging,
): Promise<Contender[]> {
  const { signal, run } = director;
  const whole: (readonly (RunResult | undefined)[])[] = [];
  for (let round = 1; round <= rounds && !signal.aborted; round += 1) {
    const results = new Map<Variant, RunResult>();
    for (const variant of rotated(variants, round - 1)) {
      if (signal.aborted) break;
      const { load } = variant.played;
      const played = { ...variant.played, load: { ...load, seed: load.seed + round - 1 } };
      const result = await run(played, `${clock.next()}, round ${round} of ${rounds}, ${variant.name}`);
      if (!signal.aborted) results.set(variant, result);
    }
    if (!signal.aborted || round === 1) whole.push(variants.map((variant) => results.get(variant)));
  }
  return variants.map(({ combination }, index) => ({
    remedies: combination.map(({ name }) => name),
    runs: whole.flatMap((results) => results[index] ?? []),
    ...{ expected: expectedOf(combination), steps: stepsOf(combination) },
  }));
}

/** Each round begins with another one: the database grows from run to run. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
