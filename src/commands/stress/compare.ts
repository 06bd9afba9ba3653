/** `--compare`: the load as found and each remedy, in rounds, so that what slows the machine slows them all. */
import { quote, UsageProblem } from '../../problem.js';
import { type Contender, compareRemedies } from '../../stress/comparison.js';
import type { Comparison } from '../../stress/comparison-shapes.js';
import type { Played } from '../../stress/played.js';
import {
  applyCombination,
  type Combination,
  expectedOf,
  nameOf,
  type Selection,
} from '../../stress/remedies/selection.js';
import type { RunResult } from '../../stress/shapes.js';
import type { Cure } from './limit.js';
import type { Director, Rounds } from './rounds.js';

/** As found, or with remedies. */
interface Variant {
  readonly name: string;
  readonly combination: Combination;
  readonly played: Played;
}

export interface Compared {
  readonly variants: readonly Variant[];
  readonly leftOut: Comparison['leftOut'];
}

/** What is to be played. @throws UsageProblem for a remedy that was named and changes nothing, or if none is left */
export function planComparison(selection: Selection, played: Played): Compared {
  const variants: Variant[] = [{ name: 'as found', combination: [], played }];
  const leftOut: { id: string; reason: string }[] = [];
  for (const combination of selection.combinations) {
    const applied = applyCombination(combination, played);
    const name = nameOf(combination);
    if (applied.kind === 'applied') variants.push({ name, combination, played: applied.played });
    else leftOut.push({ id: name, reason: applied.reason });
  }
  const [first] = leftOut;
  if (first !== undefined && (!selection.all || variants.length === 1))
    throw new UsageProblem(`--compare ${quote(first.id)} would change nothing: ${first.reason}.`);
  return { variants, leftOut };
}

/** `null`: there are several to choose from. */
export function onlyCure({ variants }: Compared): Cure | null {
  const [, only, another] = variants;
  return only === undefined || another !== undefined ? null : { name: only.name, played: only.played };
}

/** The recommendation, or else what helps most. */
export function bestCure({ variants }: Compared, { recommended, variants: ranked }: Comparison): Cure | null {
  const name = recommended ?? ranked[0]?.id;
  const best = variants.find((variant) => variant.name === name);
  return best === undefined ? null : { name: best.name, played: best.played };
}

/** Only rounds that were played to their end count. */
export async function compareInRounds(
  { variants, leftOut }: Compared,
  rounds: number,
  { played: { load }, thresholds, signal, run }: Director,
): Promise<Rounds> {
  const whole: (readonly RunResult[])[] = [];
  for (let round = 1; round <= rounds && !signal.aborted; round += 1) {
    const results = new Map<Variant, RunResult>();
    for (const variant of rotated(variants, round - 1)) {
      if (signal.aborted) break;
      const { name, played } = variant;
      const seed = played.load.seed + round - 1;
      const label = `round ${round} of ${rounds}, ${name}`;
      results.set(variant, await run({ ...played, load: { ...played.load, seed } }, label));
    }
    if (!signal.aborted) whole.push(variants.flatMap((variant) => results.get(variant) ?? []));
  }
  const contenders = variants.map((variant, index) => contenderOf(variant, whole, index));
  const [asFound, ...others] = contenders;
  if (asFound === undefined || whole.length === 0) return { runs: [], limit: null, comparison: null, load };
  const comparison = compareRemedies(asFound, others, { thresholds, seed: load.seed, leftOut });
  return { runs: asFound.runs, limit: null, comparison, load };
}

/** Each round begins with another one: the database grows from run to run. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

function contenderOf(
  { combination }: Variant,
  rounds: readonly (readonly RunResult[])[],
  index: number,
): Contender {
  return {
    remedies: combination.map(({ name }) => name),
    runs: rounds.flatMap((results) => results[index] ?? []),
    expected: expectedOf(combination),
  };
}
