import type { Muted } from '../config.js';
import type { Check } from '../doctor/check.js';
import { checks } from '../doctor/checks/index.js';
import { examine, type Outcome } from '../doctor/examine.js';
import { quote, UsageProblem } from '../problem.js';
import type { DoctorDatabase, DoctorReport, ExitCode } from '../report/report.js';
import { exitCodeOf, type FailOn, verdictOf } from '../report/verdict.js';
import { withDeep } from './deep.js';
import { deliver } from './deliver.js';
import { envelope } from './envelope.js';
import { formatEvidenceFile } from './evidence-file.js';
import { type Gathering, gather } from './gather.js';
import type { Host } from './host.js';
import { type CommonOptions, readDetail, readFailOn, readInterval } from './options.js';
import { checkOutputFile, isSameFile, type OutputFile, writeOutputFile } from './output-file.js';
import { filesOf, type Output, readOutputs } from './outputs.js';
import { gatherSaved } from './saved.js';
import { listChecks, readSelection, type SelectionOptions } from './selection.js';
import { ownVersion } from './tool.js';

export interface DoctorOptions extends CommonOptions, SelectionOptions {
  readonly listChecks?: boolean;
  readonly deep?: boolean;
  readonly failOn?: string;
  /** A file to save the evidence to. */
  readonly evidence?: string;
  readonly includeProcesses?: boolean;
  /** Saved evidence to diagnose, instead of a database. */
  readonly from?: string;
}

/** `dblock doctor [db…]`: prints one report on all databases, and returns the exit code. */
export async function doctor(args: readonly string[], options: DoctorOptions, host: Host): Promise<ExitCode> {
  const selected = readSelection(options, checks);
  if (options.listChecks) return listChecks(args, selected, host);
  const outputs = readOutputs('doctor', options, host.cwd);
  const detail = readDetail(options);
  const intervalMs = readInterval(options.interval);
  const failOn = options.failOn === undefined ? null : readFailOn(options.failOn);

  const saving = readSaving(args, options, outputs, host);

  const startedAt = host.now();
  const configFile = options.config ?? null;
  const isDeep = options.deep === true && selected.some(({ group }) => group === 'deep');
  const files = [...filesOf(outputs), ...(saving ? [saving] : [])];
  const request = { args, configFile, intervalMs, detail, outputs: files, schemaFacts: true };
  const gathering =
    options.from === undefined
      ? await withDeep(isDeep, detail, host, (deep) => gather({ ...request, deep }, host))
      : await gatherSaved(options.from, configFile, host);
  if (gathering.examined.length === 0) return 2;
  if (saving) saveEvidence(gathering, saving, options);
  const databases = examineAll(gathering, selected);
  const report: DoctorReport = {
    ...envelope('doctor', startedAt, host),
    ...conclude(databases, gathering, failOn ?? gathering.config.failOn ?? 'critical'),
    databases,
    unexamined: gathering.unexamined,
  };
  await deliver(report, { outputs, checks, detail, options }, host);
  return report.exitCode;
}

/** Where to save evidence, if at all. @throws UsageProblem for options that contradict each other */
function readSaving(
  args: readonly string[],
  { evidence, includeProcesses, from, deep }: DoctorOptions,
  outputs: readonly Output[],
  host: Host,
): OutputFile | null {
  if (from !== undefined && args.length > 0) {
    throw new UsageProblem('--from diagnoses saved evidence: leave the database out, or leave --from out.');
  }
  if (from !== undefined && deep) {
    throw new UsageProblem(
      '--deep needs the database itself, and --from has only saved evidence: give one of them.',
    );
  }
  if (includeProcesses && evidence === undefined) {
    throw new UsageProblem('--include-processes is about what --evidence FILE saves: give that too.');
  }
  if (evidence === undefined) return null;
  if (evidence === '-')
    throw new UsageProblem(
      '--evidence saves to a file, and the report goes to standard output: name a file.',
    );
  const file = checkOutputFile('--evidence', evidence, host.cwd);
  const shared = outputs.find((output) => output.file !== null && isSameFile(output.file.path, file.path));
  if (!shared) return file;
  throw new UsageProblem(
    `${shared.format} and the evidence would both go to ${quote(evidence)}: give each a file of its own.`,
  );
}

function saveEvidence({ examined }: Gathering, file: OutputFile, { includeProcesses }: DoctorOptions): void {
  const options = { version: ownVersion(), includeProcesses: includeProcesses === true };
  writeOutputFile(file, formatEvidenceFile(examined, options));
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
