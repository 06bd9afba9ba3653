/** What is to be played: read from the options and the configuration, and refused if it makes no sense. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { shellQuote } from '../../doctor/quote.js';
import { quote, UsageProblem } from '../../problem.js';
import type { GroundRequest } from '../../stress/ground/request.js';
import { EVERY_LIMIT, type LimitRequest, parseLimitRequest } from '../../stress/limit/request.js';
import type { Played } from '../../stress/played.js';
import { parseSelection } from '../../stress/remedies/selection.js';
import {
  CURED_THRESHOLDS,
  DEFAULT_THRESHOLDS,
  parseThreshold,
  type Threshold,
} from '../../stress/thresholds.js';
import type { Host } from '../host.js';
import { type Baseline, readBaseline } from './baseline.js';
import { type Compared, longNote, planComparison } from './compare.js';
import { onlyCure, searchNote } from './direct.js';
import { readGround } from './ground.js';
import { MOST_ACTORS, readLoad, type StressOptions } from './options.js';
import type { Chosen } from './scenario.js';
import { readScripts } from './scripts.js';
import type { StressAim } from './target.js';
import { readNumber, readParsed } from './values.js';

/** `--threshold 'wait.p99<1s' app.db`: the last one is no threshold, but the database. */
export function separate(
  args: readonly string[],
  thresholds: readonly string[],
): { args: readonly string[]; thresholds: readonly string[] } {
  const last = thresholds.at(-1);
  if (args.length > 0 || last === undefined || thresholds.length < 2 || /[<>=]/.test(last))
    return { args, thresholds };
  return { args: [last], thresholds: thresholds.slice(0, -1) };
}

/** What takes minutes says so before. */
export function timeNotes(plan: Plan): string[] {
  const { compared, limits, runs, played } = plan;
  const isCompared = compared !== null && (limits === null || onlyCure(compared) === null);
  return [isCompared ? longNote(compared, runs) : null, searchNote(plan, played)].filter(
    (note) => note !== null,
  );
}

/** `--find-limit app.db`: its value may be left out, so that what follows is taken for it. */
export function refuseDatabaseAsLimit(
  args: readonly string[],
  { findLimit }: StressOptions,
  cwd: string,
): void {
  if (args.length > 0 || typeof findLimit !== 'string' || !existsSync(resolve(cwd, findLimit))) return;
  throw new UsageProblem(
    `--find-limit took ${quote(findLimit)} for what to look for: name the database before it, as in dblock stress ${shellQuote(findLimit)} --find-limit.`,
  );
}

export interface Plan {
  readonly played: Played;
  /** `null`: there is nothing to choose. */
  readonly ground: GroundRequest | null;
  readonly thresholds: readonly Threshold[];
  readonly baseline: Baseline | null;
  readonly runs: number;
  /** `null`: no search. */
  readonly limits: LimitRequest | null;
  /** `null`: no comparison. */
  readonly compared: Compared | null;
  /** `null`: the load is that of the options. */
  readonly chosen: Chosen | null;
  readonly options: StressOptions;
}

/** The least from which an interval can be told. */
const DEFAULT_ROUNDS = 3;

export async function readPlan(
  { config, target }: StressAim,
  given: readonly string[],
  { options, chosen }: Pick<Plan, 'options' | 'chosen'>,
  host: Host,
): Promise<Plan> {
  const load = chosen === null ? readLoad(options, config) : chosen.variant.load;
  const { findLimit: most, runs, baseline, compare } = options;
  const recast = chosen?.variant.cast ?? null;
  const played = { load, scripts: readScripts(load, host.cwd), recast };
  const usualRuns = compare === undefined ? 1 : DEFAULT_ROUNDS;
  // what would help, or how much is too much, is a question to what works
  const isAsked = compare !== undefined || most !== undefined;
  if (most !== undefined && runs !== undefined && compare === undefined)
    throw new UsageProblem(
      '--find-limit tries each value once: leave out --runs, and give a longer --duration.',
    );
  return {
    ...{ played, options, chosen },
    ground: readGround(played.load, options, { config, target }),
    thresholds: readThresholds(
      given,
      chosen === null
        ? config
        : { file: null, thresholds: isAsked ? wantedOf(chosen) : chosen.variant.expect },
    ),
    baseline: baseline === undefined ? null : await readBaseline(baseline, host.cwd),
    runs: runs === undefined ? usualRuns : readNumber('--runs', runs, { least: 1, most: 100 }),
    limits: readLimits(most),
    compared:
      compare === undefined ? null : planComparison(readParsed('--compare', compare, parseSelection), played),
  };
}

function readLimits(what: StressOptions['findLimit']): LimitRequest | null {
  if (what === undefined) return null;
  if (what === true) return EVERY_LIMIT;
  return readParsed('--find-limit', what, (text) => parseLimitRequest(text, MOST_ACTORS));
}

function readThresholds(
  given: readonly string[],
  { thresholds, file }: Pick<StressAim['config'], 'thresholds' | 'file'>,
): Threshold[] {
  if (given.length > 0) return given.map((text) => readParsed('--threshold', text, parseThreshold));
  if (thresholds.length === 0) return DEFAULT_THRESHOLDS.map((text) => readParsed('', text, parseThreshold));
  return thresholds.map((text) =>
    readParsed(`${file?.name ?? 'scenario'}: thresholds:`, text, parseThreshold),
  );
}

/** Of a cure. */
function wantedOf({ scenario }: Chosen): readonly string[] {
  return [...CURED_THRESHOLDS, ...(scenario.wanted ?? [])];
}
