/** `--compare`: the load as found and each remedy, in rounds, so that what slows the machine slows them all. */
import { quote, UsageProblem } from '../../problem.js';
import { type Contender, compareRemedies } from '../../stress/comparison.js';
import type { Combined } from '../../stress/comparison-shapes.js';
import type { Played } from '../../stress/played.js';
import { applyCombination, nameOf, type Selection } from '../../stress/remedies/selection.js';
import { newClock } from './clock.js';
import { type Compared, combine } from './combine.js';
import { NEVER, playRounds, type Staging, type Variant } from './contenders.js';
import { recipeFor } from './recipe.js';
import type { Director, Rounds } from './rounds.js';

export type { Compared };

/** What is to be played. @throws UsageProblem for a remedy that was named and changes nothing, or if none is left */
export function planComparison({ combinations, all }: Selection, played: Played): Compared {
  const variants: Variant[] = [];
  const leftOut: { id: string; reason: string }[] = [];
  for (const combination of combinations) {
    const applied = applyCombination(combination, played);
    const name = nameOf(combination);
    if (applied.kind === 'applied') variants.push({ name, combination, played: applied.played });
    else leftOut.push({ id: name, reason: applied.reason });
  }
  const [first] = leftOut;
  if (first !== undefined && (!all || variants.length === 0))
    throw new UsageProblem(`--compare ${quote(first.id)} would change nothing: ${first.reason}.`);
  return { asFound: { name: 'as found', combination: [], played }, variants, leftOut, all };
}

/** Only rounds that were played to their end count. */
export async function compareInRounds(
  compared: Compared,
  rounds: number,
  director: Director,
  cwd: string,
): Promise<Rounds> {
  const { asFound, variants, leftOut, all } = compared;
  const stage: Staging = { director, rounds, clock: newClock((variants.length + 1) * rounds) };
  const { load } = asFound.played;
  const [before = NEVER, ...after] = await playRounds([asFound, ...variants], stage);
  if (before.runs.length === 0) return { runs: [], limit: null, comparison: null, load };
  const comparing = { thresholds: director.thresholds, seed: load.seed, leftOut };
  const compareAll = (others: readonly Contender[], combined: Combined | null) =>
    compareRemedies(before, others, { ...comparing, combined });
  let comparison = compareAll(after, null);
  const isEnough = comparison.asFound.holds || comparison.recommended !== null;
  if (all && !isEnough && !director.signal.aborted) {
    const { finalists, combined } = await combine(compared, { before, after }, stage);
    comparison = compareAll([...after, ...finalists], combined);
  }
  return {
    runs: before.runs,
    limit: null,
    comparison: { ...comparison, recipe: recipeFor(comparison, cwd) },
    load,
  };
}
