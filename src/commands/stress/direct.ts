/** What a stress test plays: its runs, a comparison, a search for limits, or both one after the other. */
import type { Comparison } from '../../stress/comparison-shapes.js';
import type { LimitRequest } from '../../stress/limit/request.js';
import type { LoadSpec } from '../../stress/load-shapes.js';
import type { Played } from '../../stress/played.js';
import { applyCombination, parseSelection } from '../../stress/remedies/selection.js';
import { type Bytes, formatDuration, type Milliseconds, plural } from '../../units.js';
import { type Compared, compareInRounds } from './compare.js';
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
  const cure = rounds.comparison === null ? null : bestCure(director.played, rounds.comparison);
  if (director.signal.aborted || cure === null) return rounds;
  const { limit } = await findLimits({ request: limits, cure, bytes }, director);
  return { ...rounds, limit };
}

/** `null`: there are several to choose from. */
export function onlyCure({ variants }: Compared): Cure | null {
  const [only, another] = variants;
  return only === undefined || another !== undefined ? null : { name: only.name, played: only.played };
}

/** The recommendation, which may be a combination that nobody named, or else what helps most. */
function bestCure(asFound: Played, { recommended, variants }: Comparison): Cure | null {
  const name = recommended ?? variants[0]?.id;
  const selection = name === undefined ? null : parseSelection(name);
  const [combination] = selection?.kind === 'selection' ? selection.combinations : [];
  if (name === undefined || combination === undefined) return null;
  const applied = applyCombination(combination, asFound);
  return applied.kind === 'applied' ? { name, played: applied.played } : null;
}

/** As it was seen: an axis takes about so many runs on each side. */
const RUNS_EACH = 8;
/** Of a run, besides its duration: its processes start, the last ones that wait end, and its rows are counted. */
const AROUND_MS: Milliseconds = 1500;

/** How long the search will take; `null`: not to be said before. */
export function searchNote({ compared, limits }: Direction, { end }: LoadSpec): string | null {
  if (limits === null || end.kind !== 'duration') return null;
  const { durationMs } = end;
  const runs = limits.axes.length * RUNS_EACH * (compared === null ? 1 : 2);
  const ms = Math.ceil((runs * (durationMs + AROUND_MS)) / 60_000) * 60_000;
  return `The limits of ${limits.axes.join(', ')}${compared === null ? '' : ', as found and cured'}: about ${plural(runs, 'run')} of ${formatDuration(durationMs)}, some ${formatDuration(ms)}. --find-limit writers looks for one of them, and --duration is that of each run.`;
}
