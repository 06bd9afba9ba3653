/** What a stress test plays: its runs, a comparison, a search for limits, or both one after the other. */
import type { Comparison } from '../../stress/comparison-shapes.js';
import type { LimitRequest } from '../../stress/limit/request.js';
import { MOST_FOR_SINGLE } from '../../stress/limit/search.js';
import { runMsOf } from '../../stress/limit/subject.js';
import type { Played } from '../../stress/played.js';
import { applyWhereItCan, parseSelection } from '../../stress/remedies/selection.js';
import { type Bytes, formatDuration, type Milliseconds, plural } from '../../units.js';
import { type Compared, compareInRounds } from './compare.js';
import { whyNotSearched } from './explore.js';
import { type Cure, findLimits } from './limit.js';
import { type Director, type Rounds, severalRuns } from './rounds.js';

export interface Direction {
  /** Rounds of a comparison, or runs. */
  readonly runs: number;
  /** `null`: no comparison. */
  readonly compared: Compared | null;
  /** `null`: no search. */
  readonly limits: LimitRequest | null;
}

export interface Ground {
  /** Of the database; `null`: it is a scratch one. */
  readonly bytes: Bytes | null;
  readonly cwd: string;
}

/** A comparison says which cure the limits are sought with; where only one was named, there is nothing to compare. */
export async function direct(
  { runs, compared, limits }: Direction,
  director: Director,
  { bytes, cwd }: Ground,
): Promise<Rounds> {
  if (limits === null) {
    return compared === null ? severalRuns(runs, director) : compareInRounds(compared, runs, director, cwd);
  }
  const named = compared === null ? null : onlyCure(compared);
  if (compared === null || named !== null)
    return findLimits({ request: limits, cure: named, bytes }, director);
  const rounds = await compareInRounds(compared, runs, director, cwd);
  const cure = rounds.comparison === null ? null : bestCure(rounds.comparison);
  if (director.signal.aborted || cure === null) return rounds;
  const { limit } = await findLimits({ request: limits, cure, bytes }, director);
  return { ...rounds, limit };
}

/** `null`: there are several to choose from. */
export function onlyCure({ variants }: Compared): Cure | null {
  const [only, another] = variants;
  if (only === undefined || another !== undefined) return null;
  return { name: only.name, apply: (played) => applyWhereItCan(only.combination, played) };
}

/** The recommendation, which may be a combination that nobody named, or else what helps most. */
function bestCure({ recommended, variants }: Comparison): Cure | null {
  const name = recommended ?? variants[0]?.id;
  const selection = name === undefined ? null : parseSelection(name);
  const [combination] = selection?.kind === 'selection' ? selection.combinations : [];
  if (name === undefined || combination === undefined) return null;
  return { name, apply: (played) => applyWhereItCan(combination, played) };
}

/** As it was seen: the limit of all together takes about so many runs on each side. */
const RUNS_EACH = 8;
/** Of a run, besides its duration: its processes start, the last ones that wait end, and its rows are counted. */
const AROUND_MS: Milliseconds = 1500;

/** How long the search will take; `null`: nobody asked for one, or there is nothing to search. */
export function searchNote({ compared, limits }: Direction, asFound: Played): string | null {
  if (limits === null) return null;
  const searched = limits.axes.filter((axis) => whyNotSearched(axis, { asFound, cure: null }) === null);
  if (searched.length === 0) return null;
  const curves = searched.length * (compared === null ? 1 : 2);
  const durationMs = runMsOf(asFound.load);
  const time = (runs: number) =>
    formatDuration(Math.ceil((runs * (durationMs + AROUND_MS)) / 60_000) * 60_000);
  const [usual, most] = [curves * RUNS_EACH, curves * MOST_FOR_SINGLE];
  const hints = [
    ...(searched.length > 1 ? [`--find-limit ${searched[0]} looks for one of them`] : []),
    ...(asFound.load.work.kind === 'scenario' ? [] : ['--duration is that of each run']),
  ];
  const hint = hints.length === 0 ? '' : ` ${hints.join(', and ')}.`;
  return `The limits of ${searched.join(', ')}${compared === null ? '' : ', as found and cured'}: about ${plural(usual, 'run')} of ${formatDuration(durationMs)}, some ${time(usual)}, and ${most} more at most (${time(most)}) for thresholds that break later than the first.${hint}`;
}
