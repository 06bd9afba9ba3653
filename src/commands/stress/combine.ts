/** Combinations, where no remedy is enough by itself. */
import { type Contender, compareRemedies } from '../../stress/comparison.js';
import type { Combined, ComparedVariant, Comparison } from '../../stress/comparison-shapes.js';
import { compareHelp } from '../../stress/help.js';
import { nextCombinations } from '../../stress/remedies/search.js';
import { applyCombination, nameOf } from '../../stress/remedies/selection.js';
import { NEVER, playRounds, type Staging, type Variant } from './contenders.js';

export interface Compared {
  readonly asFound: Variant;
  readonly variants: readonly Variant[];
  readonly leftOut: Comparison['leftOut'];
  /** Combinations are looked for if none is enough. */
  readonly all: boolean;
}

/** So many of two remedies are tried, and of three if those are not enough. */
const MOST_COMBINATIONS = 6;
const MOST_TOGETHER = 3;
/** Played again, in as many rounds as the others. */
const MOST_FINALISTS = 3;

interface Alone {
  readonly before: Contender;
  /** In the order of the variants. */
  readonly after: readonly Contender[];
}

interface Tried {
  readonly of: readonly number[];
  readonly variant: Variant;
  readonly outcome: ComparedVariant;
}

/** Together, what would do what the others leave: in one round each, then the best beside as-found. */
export async function combine(
  compared: Compared,
  { before, after }: Alone,
  staging: Staging,
): Promise<{ readonly finalists: readonly Contender[]; readonly combined: Combined }> {
  const { thresholds, signal } = staging.director;
  const outcomeOf = (contender: Contender, base: Contender) => {
    const comparing = { thresholds, seed: 0, leftOut: [], combined: null };
    return compareRemedies(base, [contender], comparing);
  };
  const found = outcomeOf(before, before).asFound;
  const singles = after.flatMap((contender, index): Tried[] => {
    const [outcome] = outcomeOf(contender, before).variants;
    const variant = compared.variants[index];
    return outcome === undefined || variant === undefined ? [] : [{ of: [index], variant, outcome }];
  });
  const tried: Tried[] = [];
  let bases: readonly Tried[] = singles;
  let most = 1;
  while (most < MOST_TOGETHER && !signal.aborted && !tried.some(({ outcome }) => outcome.holds)) {
    most += 1;
    const wanted = nextCombinations(found, singles, bases).flatMap((of) => together(of, compared));
    const next = wanted.slice(0, MOST_COMBINATIONS);
    staging.clock.add(next.length);
    const contenders = await playRounds(
      next.map(({ variant }) => variant),
      { ...staging, rounds: 1 },
    );
    bases = contenders.flatMap((contender, index): Tried[] => {
      const [[outcome], one] = [outcomeOf(contender, before).variants, next[index]];
      return contender.runs.length === 0 || outcome === undefined || one === undefined
        ? []
        : [{ ...one, outcome }];
    });
    tried.push(...bases);
  }
  const combined: Combined = {
    tried: tried.map(({ outcome }) => ({ id: outcome.id, holds: outcome.holds, broken: brokenIn(outcome) })),
    most,
  };
  return { finalists: await playFinalists(compared.asFound, tried, staging), combined };
}

/** Nothing if one of them has nothing to do once the others are there. */
function together(of: readonly number[], { asFound, variants }: Compared): Omit<Tried, 'outcome'>[] {
  const combination = of.flatMap((index) => variants[index]?.combination ?? []);
  const applied = applyCombination(combination, asFound.played);
  if (applied.kind !== 'applied') return [];
  return [{ of, variant: { name: nameOf(combination), combination, played: applied.played } }];
}

function brokenIn({ thresholds, untrue }: ComparedVariant): string[] {
  const broken = thresholds.filter(({ state }) => state !== 'held').map(({ threshold }) => threshold);
  return [...broken, ...untrue];
}

/** Those that hold, or else the one that comes nearest, beside as-found. */
async function playFinalists(
  asFound: Variant,
  tried: readonly Tried[],
  staging: Staging,
): Promise<Contender[]> {
  const ranked = [...tried].sort((a, b) => compareHelp(a.outcome, b.outcome));
  const holding = ranked.filter(({ outcome }) => outcome.holds).slice(0, MOST_FINALISTS);
  const chosen = holding.length > 0 ? holding : ranked.slice(0, 1);
  if (chosen.length === 0 || staging.director.signal.aborted) return [];
  staging.clock.add((chosen.length + 1) * staging.rounds);
  const [before = NEVER, ...contenders] = await playRounds(
    [asFound, ...chosen.map(({ variant }) => variant)],
    staging,
  );
  return before.runs.length === 0 ? [] : contenders.map((one) => ({ ...one, beside: before.runs }));
}
