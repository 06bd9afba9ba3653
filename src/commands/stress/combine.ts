/** Combinations, where no remedy is enough by itself. */
import { type Contender, compareRemedies } from '../../stress/comparison.js';
import type { Combined, ComparedVariant, Comparison } from '../../stress/comparison-shapes.js';
import { compareHelp } from '../../stress/help.js';
import { nextCombinations, partsOf } from '../../stress/remedies/search.js';
import { applyCombination, nameOf } from '../../stress/remedies/selection.js';
import { NEVER, playRounds, type Staging, type Variant } from './contenders.js';

export interface Compared {
  readonly asFound: Variant;
  readonly variants: readonly Variant[];
  readonly leftOut: Comparison['leftOut'];
  /** Combinations are looked for if none is enough. */
  readonly all: boolean;
}

/** Of two remedies, of three, of four: so many at most are tried of each, the most promising ones first. */
const MOST_OF = [6, 6, 6] as const;
/** Of those that hold, with one remedy less. */
const MOST_PARTS = 6;
/** Played again, in as many rounds as the others. */
const MOST_FINALISTS = 3;

/** No search plays more runs than that. */
export function mostRuns(rounds: number): number {
  return MOST_OF.reduce<number>((sum, most) => sum + most, 0) + MOST_PARTS + (MOST_FINALISTS + 1) * rounds;
}

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

type Wanted = Omit<Tried, 'outcome'>;

/** What a search has to do with. */
interface Trial {
  readonly compared: Compared;
  readonly before: Contender;
  readonly staging: Staging;
}

/** Together, what would do what the others leave: in one round each, then the best beside as-found. */
export async function combine(
  compared: Compared,
  { before, after }: Alone,
  staging: Staging,
): Promise<{ readonly finalists: readonly Contender[]; readonly combined: Combined }> {
  const trial: Trial = { compared, before, staging };
  const found = outcomesOf([], trial).asFound;
  const singles = after.flatMap((contender, index): Tried[] => {
    const [outcome] = outcomesOf([contender], trial).variants;
    const variant = compared.variants[index];
    return outcome === undefined || variant === undefined ? [] : [{ of: [index], variant, outcome }];
  });
  const tried: Tried[] = [];
  let bases: readonly Tried[] = singles;
  for (const most of MOST_OF) {
    if (tried.some(({ outcome }) => outcome.holds) || staging.director.signal.aborted) break;
    const wanted = nextCombinations(found, singles, bases).flatMap((of) => together(of, compared));
    bases = await tryOnce(wanted.slice(0, most), trial);
    tried.push(...bases);
  }
  tried.push(...(await tryParts(tried, trial)));
  const combined: Combined = {
    tried: tried.map(({ outcome }) => ({ id: outcome.id, holds: outcome.holds, broken: brokenIn(outcome) })),
    most: Math.max(1, ...tried.map(({ of }) => of.length)),
  };
  return { finalists: await playFinalists(compared.asFound, tried, staging), combined };
}

function outcomesOf(contenders: readonly Contender[], { before, staging }: Trial): Comparison {
  const { thresholds } = staging.director;
  return compareRemedies(before, contenders, { thresholds, seed: 0, leftOut: [], combined: null });
}

/** In one round. */
async function tryOnce(wanted: readonly Wanted[], trial: Trial): Promise<Tried[]> {
  const { staging } = trial;
  staging.clock.add(wanted.length);
  const contenders = await playRounds(
    wanted.map(({ variant }) => variant),
    { ...staging, rounds: 1 },
  );
  return contenders.flatMap((contender, index): Tried[] => {
    const [[outcome], one] = [outcomesOf([contender], trial).variants, wanted[index]];
    return contender.runs.length === 0 || outcome === undefined || one === undefined
      ? []
      : [{ ...one, outcome }];
  });
}

/** Without one of its remedies a combination may hold as well: those that were not tried, because they promised less. */
async function tryParts(tried: readonly Tried[], trial: Trial): Promise<Tried[]> {
  const parts: Tried[] = [];
  let holding = rankedOf(tried).filter(({ outcome }) => outcome.holds);
  while (holding.length > 0 && parts.length < MOST_PARTS && !trial.staging.director.signal.aborted) {
    const known = [...tried, ...parts].map(({ of }) => of);
    const wanted = holding
      .slice(0, MOST_FINALISTS)
      .flatMap(({ of }) => partsOf(of))
      .filter((of, index, all) => isNew(of, [...known, ...all.slice(0, index)]))
      .flatMap((of) => together(of, trial.compared));
    if (wanted.length === 0) break;
    const next = await tryOnce(wanted.slice(0, MOST_PARTS - parts.length), trial);
    parts.push(...next);
    holding = rankedOf(next).filter(({ outcome }) => outcome.holds);
  }
  return parts;
}

/** Each remedy alone was played before. */
function isNew(of: readonly number[], known: readonly (readonly number[])[]): boolean {
  return of.length > 1 && !known.some((one) => one.join() === of.join());
}

/** Nothing if one of them has nothing to do once the others are there. */
function together(of: readonly number[], { asFound, variants }: Compared): Wanted[] {
  const combination = of.flatMap((index) => variants[index]?.combination ?? []);
  const applied = applyCombination(combination, asFound.played);
  if (applied.kind !== 'applied') return [];
  return [{ of, variant: { name: nameOf(combination), combination, played: applied.played } }];
}

function brokenIn({ thresholds, untrue }: ComparedVariant): string[] {
  const broken = thresholds.filter(({ state }) => state !== 'held').map(({ threshold }) => threshold);
  return [...broken, ...untrue];
}

/** Those that hold first, of them the fewest remedies, and then what helps most. */
function rankedOf(tried: readonly Tried[]): Tried[] {
  const sizeOf = ({ of, outcome }: Tried) => (outcome.holds ? of.length : Number.POSITIVE_INFINITY);
  return [...tried].sort((a, b) => {
    const [one, other] = [sizeOf(a), sizeOf(b)];
    return one === other ? compareHelp(a.outcome, b.outcome) : one - other;
  });
}

/** Those that hold, or else the one that comes nearest, beside as-found. */
async function playFinalists(
  asFound: Variant,
  tried: readonly Tried[],
  staging: Staging,
): Promise<Contender[]> {
  const ranked = rankedOf(tried);
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
