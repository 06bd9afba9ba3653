/** `--compare`: the load as found and each remedy, in rounds, so that what slows the machine slows them all. */
import { quote, UsageProblem } from '../../problem.js';
import { type Contender, compareRemedies } from '../../stress/comparison.js';
import type { Combined } from '../../stress/comparison-shapes.js';
import type { Played } from '../../stress/played.js';
import { remedies } from '../../stress/remedies/index.js';
import { applyCombination, nameOf, type Selection } from '../../stress/remedies/selection.js';
import { formatDuration, plural } from '../../units.js';
import type { Host } from '../host.js';
import { newClock } from './clock.js';
import { type Compared, combine, mostRuns } from './combine.js';
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

/** `--compare list`: what can be compared. */
export function listRemedies(host: Host): 0 {
  const rows = remedies.map(({ id, parameter, title }) => ({
    name: parameter === null ? id : `${id}(${parameter.usual})`,
    title,
  }));
  const width = Math.max(...rows.map(({ name }) => name.length)) + 2;
  host.stdout.write(rows.map(({ name, title }) => `${name.padEnd(width)}${title}\n`).join(''));
  return 0;
}

/** From here on people want to know before they wait. */
const LONG_MS = 60_000;
/** Of a run, besides its duration: its processes start, the last ones that wait end, and its rows are counted. */
const AROUND_MS = 1500;

/** How long it will take; `null`: not long, or not to be said before. */
export function longNote({ asFound, variants, all }: Compared, rounds: number): string | null {
  const { end, work } = asFound.played.load;
  const isOwn = work.kind === 'scenario';
  const runs = (variants.length + 1) * rounds;
  const most = all ? mostRuns(rounds) : 0;
  const who = `${plural(variants.length, 'remedy', 'remedies')} and the load as found, in ${plural(rounds, 'round')}`;
  const hint = isOwn
    ? '--runs 1 is the quickest, and says least about the noise'
    : '--runs and --duration change that';
  if (end.kind !== 'duration') {
    // nobody knows how long they take, but those of a scenario are some seconds each
    return isOwn ? `${who}: ${plural(runs, 'run')}${moreText(most, null)}. ${hint}.` : null;
  }
  const msOf = (count: number) => count * (end.durationMs + AROUND_MS);
  if (msOf(runs + most) < LONG_MS) return null;
  const about = (count: number) => formatDuration(Math.ceil(msOf(count) / 60_000) * 60_000);
  return `${who}: ${plural(runs, 'run')} of ${formatDuration(end.durationMs)}, about ${about(runs)}${moreText(most, about(most))}. ${hint}.`;
}

function moreText(most: number, time: string | null): string {
  if (most === 0) return '';
  const about = time === null ? '' : ` (${time})`;
  return `, and if no remedy is enough by itself, combinations in ${plural(most, 'run')} more at most${about}`;
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
  const [before = NEVER, ...others] = await playRounds([asFound, ...variants], stage);
  const after = others.filter(({ runs }) => runs.length > 0);
  if (before.runs.length === 0) return { runs: [], limit: null, comparison: null, load };
  const notPlayed = others.length - after.length;
  const comparing = { thresholds: director.thresholds, seed: load.seed, leftOut, notPlayed };
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
