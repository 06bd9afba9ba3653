import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { checks } from '../doctor/checks/index.js';
import { shellQuote } from '../doctor/quote.js';
import { quote, UsageProblem } from '../problem.js';
import type { ExitCode, StressReport, Verdict } from '../report/report.js';
import { startSpinner } from '../report/spinner.js';
import { shownRun } from '../report/stress/headline.js';
import { terminalOf } from '../report/terminal.js';
import { showPath } from '../sqlite/errors.js';
import { type Arena, ArenaFailure, openArena } from '../stress/arena.js';
import { type ArenaWorker, arenaWorker } from '../stress/arena-worker.js';
import { capacityOf } from '../stress/capacity.js';
import { type LastWill, writeLastWill } from '../stress/last-will.js';
import { EVERY_LIMIT, type LimitRequest, parseLimitRequest } from '../stress/limit/request.js';
import type { Played } from '../stress/played.js';
import { parseSelection } from '../stress/remedies/selection.js';
import { runLoad } from '../stress/run.js';
import type { LoadSpec, StressResult } from '../stress/shapes.js';
import { compareWithBaseline, loadDifferences } from '../stress/statistics/baseline.js';
import { spreadOf } from '../stress/statistics/spread.js';
import {
  CURED_THRESHOLDS,
  DEFAULT_THRESHOLDS,
  evaluateThresholds,
  parseThreshold,
  type Threshold,
} from '../stress/thresholds.js';
import { formatCount } from '../units.js';
import { deliver } from './deliver.js';
import { envelope } from './envelope.js';
import type { Host } from './host.js';
import { Interrupted, untilInterrupted } from './interrupt.js';
import { readDetail } from './options.js';
import { filesOf, readOutputs } from './outputs.js';
import { type Baseline, readBaseline } from './stress/baseline.js';
import { type Compared, listRemedies, longNote, planComparison } from './stress/compare.js';
import { direct, onlyCure, searchNote } from './stress/direct.js';
import { MOST_ACTORS, readLoad, type StressOptions } from './stress/options.js';
import type { Rounds } from './stress/rounds.js';
import {
  type Chosen,
  chooseScenario,
  cureNote,
  listScenarios,
  scenarioResultOf,
  unbroken,
} from './stress/scenario.js';
import { hint, readScripts } from './stress/scripts.js';
import { checkInPlace, findTarget, type StressAim } from './stress/target.js';
import { readNumber, readParsed } from './stress/values.js';

/** `dblock stress [db]`: 0 every threshold held, 1 one broke or a commit was lost, 2 nothing can be concluded. */
export async function stress(args: readonly string[], options: StressOptions, host: Host): Promise<ExitCode> {
  if (options.listScenarios) return listScenarios(host);
  if (options.compare?.trim() === 'list') return listRemedies(host);
  const will = writeLastWill();
  const worker = arenaWorker(will);
  // it starts up while the options are read and the target is looked at
  worker.start();
  try {
    return await stressWith({ will, worker }, args, options, host);
  } finally {
    await worker.end();
    will.end();
  }
}

/** The processes of a run, beside its actors. */
interface Crew {
  readonly will: LastWill;
  readonly worker: ArenaWorker;
}

async function stressWith(
  crew: Crew,
  args: readonly string[],
  options: StressOptions,
  host: Host,
): Promise<ExitCode> {
  const outputs = readOutputs('stress', options, host.cwd);
  const detail = readDetail(options);
  const given = separate(args, options.threshold ?? []);
  refuseDatabaseAsLimit(given.args, options, host.cwd);
  const chosen = chooseScenario(options);
  const aim = await findTarget(given.args, options, filesOf(outputs), host);
  const plan = await readPlan(aim, given.thresholds, { options, chosen }, host);
  await checkInPlace(aim, options, host);
  if (detail !== 'quiet') for (const note of aim.notes) host.stderr.write(`dblock: ${note}\n`);
  if (detail !== 'quiet') for (const note of timeNotes(plan)) host.stderr.write(`dblock: ${note}\n`);
  const startedAt = host.now();
  return untilInterrupted(async (signal) => {
    const result = await playAll(aim, plan, { ...crew, signal }, host);
    const exitCode = exitCodeOf(result, chosen);
    const report: StressReport = {
      ...envelope('stress', startedAt, host),
      ...{ verdict: verdictOf(result, exitCode), exitCode },
      ...result,
    };
    await deliver<'stress'>(report, { outputs, checks, detail, options }, host);
    return exitCode;
  });
}

/** `--threshold 'wait.p99<1s' app.db`: the last one is no threshold, but the database. */
function separate(
  args: readonly string[],
  thresholds: readonly string[],
): { args: readonly string[]; thresholds: readonly string[] } {
  const last = thresholds.at(-1);
  if (args.length > 0 || last === undefined || thresholds.length < 2 || /[<>=]/.test(last))
    return { args, thresholds };
  return { args: [last], thresholds: thresholds.slice(0, -1) };
}

/** What takes minutes says so before. */
function timeNotes(plan: Plan): string[] {
  const { compared, limits, runs, load, scripts } = plan;
  const isCompared = compared !== null && (limits === null || onlyCure(compared) === null);
  return [
    isCompared ? longNote(compared, runs) : null,
    searchNote(plan, { load, scripts, recast: null }),
  ].filter((note) => note !== null);
}

/** `--find-limit app.db`: its value may be left out, so that what follows is taken for it. */
function refuseDatabaseAsLimit(args: readonly string[], { findLimit }: StressOptions, cwd: string): void {
  if (args.length > 0 || typeof findLimit !== 'string' || !existsSync(resolve(cwd, findLimit))) return;
  throw new UsageProblem(
    `--find-limit took ${quote(findLimit)} for what to look for: name the database before it, as in dblock stress ${shellQuote(findLimit)} --find-limit.`,
  );
}

interface Plan {
  readonly load: LoadSpec;
  readonly scripts: ReturnType<typeof readScripts>;
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

async function readPlan(
  { config }: StressAim,
  given: readonly string[],
  { options, chosen }: Pick<Plan, 'options' | 'chosen'>,
  host: Host,
): Promise<Plan> {
  const load = chosen === null ? readLoad(options, config) : chosen.variant.load;
  const { findLimit: most, runs, baseline, compare } = options;
  const scripts = readScripts(load, host.cwd);
  const usualRuns = compare === undefined ? 1 : DEFAULT_ROUNDS;
  if (most !== undefined && runs !== undefined && compare === undefined)
    throw new UsageProblem(
      '--find-limit tries each value once: leave out --runs, and give a longer --duration.',
    );
  return {
    ...{ load, scripts, options, chosen },
    thresholds: readThresholds(
      given,
      chosen === null
        ? config
        : { file: null, thresholds: compare === undefined ? chosen.variant.expect : CURED_THRESHOLDS },
    ),
    baseline: baseline === undefined ? null : await readBaseline(baseline, host.cwd),
    runs: runs === undefined ? usualRuns : readNumber('--runs', runs, { least: 1, most: 100 }),
    limits: readLimits(most),
    compared:
      compare === undefined
        ? null
        : planComparison(readParsed('--compare', compare, parseSelection), {
            ...{ load, scripts, recast: recastOf(chosen) },
          }),
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

interface Backstage extends Crew {
  readonly signal: AbortSignal;
}

async function playAll(aim: StressAim, plan: Plan, stage: Backstage, host: Host): Promise<Result> {
  const { signal } = stage;
  const arena = await open(aim, plan, stage, host);
  let kept = false;
  try {
    const rounds = await play(arena, plan, stage, host);
    kept = plan.options.keep === true;
    return toResult({ aim, plan, arena, rounds, signal });
  } catch (error) {
    throw asProblem(error, aim);
  } finally {
    if (kept) arena.keep();
    else await arena.remove();
  }
}

async function open(
  { target }: StressAim,
  { options }: Plan,
  { worker, signal }: Backstage,
  host: Host,
): Promise<Arena> {
  const kind = options.inPlace ? 'in-place' : target === null ? 'scratch' : 'copy';
  try {
    return await openArena({
      ...{ kind, source: target?.path ?? null, platform: host.platform, worker, signal },
      places: [tmpdir(), '/var/tmp'],
    });
  } catch (error) {
    throw asProblem(error, { target });
  }
}

function asProblem(error: unknown, { target }: Pick<StressAim, 'target'>): unknown {
  if (!(error instanceof ArenaFailure)) return error;
  const of = target === null || error.about === 'script' ? '' : `${quote(target.given)}: `;
  return new UsageProblem(`${of}${error.message}.${hint(error.misnamed)}`.replace(/\.\.$/, '.'), {
    cause: error,
  });
}

async function play(arena: Arena, plan: Plan, { will, signal }: Backstage, host: Host): Promise<Rounds> {
  const spinner = await startSpinner(process.stderr, terminalOf(host.stderr, host.env, plan.options));
  const { load, scripts, thresholds } = plan;
  const played = { load, scripts, recast: recastOf(plan.chosen) };
  const run = (one: Played, label: string) =>
    runLoad(
      { arena, ...one, temporaryFolder: tmpdir(), pid: host.pid },
      {
        // one of its own, so that no run leaves a listener at the one of the command
        signal: AbortSignal.any([signal]),
        will,
        onProgress: ({ committed, failed, retries }) =>
          spinner.say(
            `${label}${label === '' ? '' : ': '}${formatCount(committed)} committed, ${formatCount(failed)} failed, ${formatCount(retries)} retried`,
          ),
      },
    );
  const director = { played, thresholds, signal, run };
  try {
    return await direct(plan, director, {
      bytes: arena.kind === 'scratch' ? null : arena.bytes,
      cwd: host.cwd,
    });
  } finally {
    spinner.stop();
  }
}

function recastOf(chosen: Chosen | null): Played['recast'] {
  return chosen?.variant.cast ?? null;
}

type Result = StressResult & Pick<StressReport, 'comparison'>;

interface PlayedOut {
  readonly aim: StressAim;
  readonly plan: Plan;
  readonly arena: Arena;
  readonly rounds: Rounds;
  readonly signal: AbortSignal;
}

function toResult({ aim, plan, arena, rounds, signal }: PlayedOut): Result {
  const { runs, limit, load, comparison } = rounds;
  const { kind, path, bytes, readyMs, reflinked, fileSystem } = arena;
  const baseline = plan.baseline === null ? null : compareWithBaseline(plan.baseline.runs, runs);
  const shown = shownRun({ runs: [...runs] });
  return {
    target: aim.target === null ? null : { path: aim.target.path, given: aim.target.given },
    arena: { kind, path, bytes, readyMs, reflinked, fileSystem, kept: plan.options.keep === true },
    ...{ load, runs: [...runs], limit, baseline, comparison },
    capacity: shown === null ? null : capacityOf(load, shown.run),
    scenario: plan.chosen === null ? null : scenarioResultOf(plan.chosen, runs),
    thresholds: evaluateThresholds(plan.thresholds, runs),
    spread: runs.length > 1 ? spreadOf(runs) : [],
    interrupted: signal.reason instanceof Interrupted ? signal.reason.signal : null,
    notes: [
      ...notesOf(aim, plan, arena),
      ...(plan.compared !== null && comparison === null && limit === null
        ? ['Interrupted before the load as found had been played once: there is nothing to compare.']
        : []),
      ...(plan.chosen === null ? [] : [cureNote(plan.chosen), ...orphanNotes(runs, plan, arena)]),
    ],
  };
}

function notesOf(aim: StressAim, { load, baseline }: Plan, arena: Arena): string[] {
  const differences = baseline === null ? [] : loadDifferences(baseline.load, load);
  return [
    ...aim.notes,
    ...arena.removed.map(
      (folder) => `Removed what an earlier run had left when it was killed: ${showPath(folder)}.`,
    ),
    ...(arena.fileSystem === 'tmpfs'
      ? ['The arena is in memory (tmpfs): a disk takes longer to commit.']
      : []),
    ...(differences.length === 0 ? [] : [`The baseline had another load: ${differences.join(', ')}.`]),
    ...(arena.kind === 'in-place'
      ? ["dblock's own tables were dropped; the pages that they had are free pages of the database now."]
      : []),
  ];
}

/** What a kept database is good for. */
function orphanNotes(runs: Rounds['runs'], { options }: Plan, { path }: Arena): string[] {
  const last = runs.at(-1)?.truth.find(({ id }) => id === 'none-orphaned');
  if (last?.state !== 'broken') return [];
  return options.keep
    ? [`Its orphaned jobs: dblock requeue-orphans ${shellQuote(path)}`]
    : ['With --keep the database stays, and dblock requeue-orphans puts its orphaned jobs back.'];
}

function exitCodeOf(result: StressResult, chosen: Chosen | null): ExitCode {
  const { runs, thresholds } = result;
  if (chosen !== null && unbroken(chosen, runs).length > 0) return 1;
  if (isUntrue(result)) return 1;
  if (thresholds.some(({ state }) => state === 'broken')) return 1;
  return thresholds.some(({ state }) => state === 'unknown') ? 2 : 0;
}

function verdictOf(result: StressResult, exitCode: ExitCode): Verdict {
  if (exitCode === 2) return 'incomplete';
  if (exitCode === 0) return 'ok';
  return isUntrue(result) ? 'critical' : 'warning';
}

/** In any run, those of a search among them. */
function isUntrue({ runs, limit }: Pick<StressResult, 'runs' | 'limit'>): boolean {
  if (runs.some(({ truth }) => truth.some(({ state }) => state === 'broken'))) return true;
  const curves = limit?.searches.flatMap(({ asFound, cured }) => [asFound, cured]) ?? [];
  return curves.some(
    (curve) => curve?.state === 'searched' && curve.points.some(({ untrue }) => untrue.length > 0),
  );
}
