import type { Muted } from '../config.js';
import type { Check } from '../doctor/check.js';
import { checks } from '../doctor/checks/index.js';
import { examine, type Outcome } from '../doctor/examine.js';
import { render } from '../report/render.js';
import { type DoctorDatabase, type DoctorReport, type ExitCode, REPORT_SCHEMA } from '../report/report.js';
import { terminalOf } from '../report/terminal.js';
import { exitCodeOf, type FailOn, verdictOf } from '../report/verdict.js';
import { type Gathering, gather } from './gather.js';
import type { Host } from './host.js';
import { type CommonOptions, readDetail, readFailOn, readFormat, readInterval } from './options.js';
import { listChecks, readSelection, type SelectionOptions } from './selection.js';
import { toolInfo } from './tool.js';

export interface DoctorOptions extends CommonOptions, SelectionOptions {
  readonly listChecks?: boolean;
  readonly failOn?: string;
}

/** `dblock doctor [db…]`: prints one report on all databases, and returns the exit code. */
export async function doctor(args: readonly string[], options: DoctorOptions, host: Host): Promise<ExitCode> {
  const selected = readSelection(options, checks);
  if (options.listChecks) return listChecks(args, selected, host);
  const format = readFormat('doctor', options.format);
  const detail = readDetail(options);
  const intervalMs = readInterval(options.interval);
  const failOn = options.failOn === undefined ? null : readFailOn(options.failOn);

  const startedAt = host.now();
  const gathering = await gather({ args, configFile: options.config ?? null, intervalMs, detail }, host);
  if (gathering.examined.length === 0) return 2;
  const databases = examineAll(gathering, selected);
  const report: DoctorReport = {
    schema: REPORT_SCHEMA,
    tool: await toolInfo(),
    command: 'doctor',
    startedAt: new Date(startedAt).toISOString(),
    durationMs: host.now() - startedAt,
    ...conclude(databases, gathering, failOn ?? gathering.config.failOn ?? 'critical'),
    databases,
    unexamined: gathering.unexamined,
  };
  const context = { terminal: terminalOf(host.stdout, host.env, options), detail, checks };
  host.stdout.write(await render(report, format, context));
  return report.exitCode;
}

function examineAll({ examined, config }: Gathering, selected: readonly Check[]): DoctorDatabase[] {
  return examined.map((database) => {
    const siblings = examined.filter((other) => other !== database).map(({ evidence }) => evidence);
    const outcomes = examine({ evidence: database.evidence, siblings }, selected);
    return { ...database, outcomes: outcomes.map((outcome) => mute(outcome, config.mute)) };
  });
}

function mute(outcome: Outcome, muted: readonly Muted[]): Outcome {
  const entry = muted.find(({ check }) => check === outcome.id);
  return entry && outcome.outcome === 'found' ? { ...outcome, muted: entry.reason } : outcome;
}

/** A database that could not be looked at makes the whole run incomplete: nothing may be concluded from it. */
function conclude(
  databases: readonly DoctorDatabase[],
  { unexamined }: Gathering,
  failOn: FailOn,
): Pick<DoctorReport, 'verdict' | 'exitCode'> {
  if (unexamined.length > 0) return { verdict: 'incomplete', exitCode: 2 };
  const outcomes = databases.flatMap((database) => database.outcomes);
  return { verdict: verdictOf(outcomes), exitCode: exitCodeOf(outcomes, failOn) };
}
