/** A run of `dblock stress`, from its options to its report. */
import { tmpdir } from 'node:os';
import { checks } from '../../doctor/checks/index.js';
import { quote, UsageProblem } from '../../problem.js';
import type { ExitCode, StressReport } from '../../report/report.js';
import { startSpinner } from '../../report/spinner.js';
import { terminalOf } from '../../report/terminal.js';
import { type Arena, ArenaFailure, openArena } from '../../stress/arena.js';
import type { ArenaWorker } from '../../stress/arena-worker.js';
import type { LastWill } from '../../stress/last-will.js';
import type { Played } from '../../stress/played.js';
import { runLoad } from '../../stress/run.js';
import { formatCount } from '../../units.js';
import { deliver } from '../deliver.js';
import { envelope } from '../envelope.js';
import type { Host } from '../host.js';
import { untilInterrupted } from '../interrupt.js';
import { readDetail } from '../options.js';
import { filesOf, readOutputs } from '../outputs.js';
import { direct } from './direct.js';
import { machineNow } from './machine.js';
import type { StressOptions } from './options.js';
import { type Plan, readPlan, refuseDatabaseAsLimit, separate, timeNotes } from './plan.js';
import { exitCodeOf, type Result, toResult, verdictOf } from './result.js';
import type { Rounds } from './rounds.js';
import { chooseScenario } from './scenario.js';
import { checkInPlace, findTarget, type StressAim } from './target.js';
import { hint } from './values.js';

/** The processes of a run, beside its actors. */
export interface Crew {
  readonly will: LastWill;
  readonly worker: ArenaWorker;
}

/** Reads what is asked for, plays it, and delivers the report. @throws UsageProblem, FileProblem */
export async function perform(
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

interface Backstage extends Crew {
  readonly signal: AbortSignal;
}

async function playAll(aim: StressAim, plan: Plan, stage: Backstage, host: Host): Promise<Result> {
  const { signal } = stage;
  const machine = machineNow();
  const arena = await open(aim, plan, stage, host);
  const rounds = await play(arena, plan, stage, host).catch(async (error: unknown) => {
    // what prevented the one will have prevented the other
    await arena.remove();
    throw asProblem(error, aim);
  });
  if (plan.options.keep) arena.keep();
  const left = plan.options.keep ? null : await arena.remove();
  return toResult({ aim, plan, arena, rounds, signal, left, machine });
}

async function open(
  { target }: StressAim,
  { options }: Plan,
  { worker, signal }: Backstage,
  host: Host,
): Promise<Arena> {
  const surroundings = { platform: host.platform, worker, signal, places: temporaryFolders() };
  try {
    if (target === null) return await openArena({ kind: 'scratch', source: null, ...surroundings });
    const kind = options.inPlace ? 'in-place' : 'copy';
    return await openArena({ kind, source: target.path, ...surroundings });
  } catch (error) {
    throw asProblem(error, { target });
  }
}

/** The last one in case that the name of the first is too long for a socket. */
function temporaryFolders(): string[] {
  return [...new Set([tmpdir(), '/var/tmp', '/tmp'])];
}

function asProblem(error: unknown, { target }: Pick<StressAim, 'target'>): unknown {
  if (!(error instanceof ArenaFailure)) return error;
  const of = target === null || error.about === 'script' ? '' : `${quote(target.given)}: `;
  // that of a script is a sentence already
  const reason = error.message.replace(/\.$/, '');
  return new UsageProblem(`${of}${reason}.${hint(error.misnamed)}`, { cause: error });
}

async function play(arena: Arena, plan: Plan, { will, signal }: Backstage, host: Host): Promise<Rounds> {
  const spinner = await startSpinner(process.stderr, terminalOf(host.stderr, host.env, plan.options));
  const { played, thresholds, ground } = plan;
  const run = (one: Played, label: string) =>
    runLoad(
      { arena, ground, ...one, temporaryFolders: temporaryFolders() },
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
