/** `--scenario`: an incident or a phenomenon, as it was found or as it is cured. */
import { didYouMean } from '../../nearest.js';
import { quote, UsageProblem } from '../../problem.js';
import type { Work } from '../../stress/load-shapes.js';
import type { ScenarioResult, ThresholdResult } from '../../stress/result-shapes.js';
import type { RunResult } from '../../stress/run-shapes.js';
import { scenarios } from '../../stress/scenarios/index.js';
import type { Scenario, Variant } from '../../stress/scenarios/scenario.js';
import { evaluateThresholds, parseThreshold } from '../../stress/thresholds.js';
import { untrueIn } from '../../stress/truth.js';
import { playedOn } from '../../stress/workloads/on-yours.js';
import type { Host } from '../host.js';
import { flagOf, ISOLATIONS, type StressOptions } from './options.js';
import { readChoice, readParsed } from './values.js';

export interface Chosen {
  readonly scenario: Scenario;
  readonly variant: Variant;
  readonly isCured: boolean;
}

/** What a scenario says itself. */
const ITS_OWN: readonly (keyof StressOptions)[] = [
  'inPlace',
  'writers',
  'readers',
  'checkpointers',
  'duration',
  'transactions',
  'workload',
  'script',
  'begin',
  'busyTimeout',
  'hold',
  'batch',
  'connection',
  'journalMode',
  'synchronous',
  'autocheckpoint',
  'cache',
  'mmap',
  'retry',
  'writerQueue',
  'isolation',
  'rate',
  'think',
  'ramp',
  'seed',
];

/** `null`: none was asked for. @throws UsageProblem with the nearest name */
export function chooseScenario(options: StressOptions): Chosen | null {
  const { scenario: id, cured } = options;
  if (id === undefined) {
    if (cured) throw new UsageProblem('--cured is for --scenario, which is not given.');
    return null;
  }
  const ids = scenarios.map((one) => one.id);
  const scenario = scenarios.find((one) => one.id === id);
  if (!scenario) {
    throw new UsageProblem(
      `There is no scenario ${quote(id)}.${didYouMean(id, ids)} dblock stress --list-scenarios lists them.`,
    );
  }
  const given = ITS_OWN.find(
    (name) => options[name] !== undefined && !(name === 'isolation' && scenario.threadsToo),
  );
  if (given !== undefined) {
    throw new UsageProblem(`--scenario brings its own load: leave out ${flagOf(given)}.`);
  }
  const isCured = cured === true;
  const variant = isCured ? scenario.asCured : scenario.asFound;
  const isolation = readChoice('--isolation', options.isolation ?? variant.load.isolation, ISOLATIONS);
  const load = { ...variant.load, isolation, work: workOn(options.table, variant.load.work) };
  return { scenario, isCured, variant: { ...variant, load } };
}

/** The same on rows of a table of the user's. @throws UsageProblem where that would be another thing */
function workOn(table: string | undefined, work: Work): Work {
  if (table === undefined || work.kind !== 'scenario') return work;
  const played = playedOn(work.workload);
  if (played.kind === 'jobs') return work;
  if (played.kind === 'rows') return { ...work, workload: played.workload };
  throw new UsageProblem(
    `--scenario ${work.scenario} is about rows that it has made itself, so that it cannot be played on those of ${quote(table)}: leave out --table.`,
  );
}

export function listScenarios(host: Host): 0 {
  const width = Math.max(...scenarios.map(({ id }) => id.length)) + 2;
  host.stdout.write(scenarios.map(({ id, title }) => `${id.padEnd(width)}${title}\n`).join(''));
  return 0;
}

/** What was to be broken, and held in every run: then the hypothesis is wrong, or was not tried hard enough. */
export function unbroken({ variant }: Chosen, runs: readonly RunResult[]): string[] {
  const broken = untrueIn(runs);
  return variant.breaks.filter((id) => !broken.includes(id));
}

/** What was not to be broken, and was. */
function unexpected({ variant }: Chosen, runs: readonly RunResult[]): string[] {
  return untrueIn(runs).filter((id) => !variant.breaks.includes(id));
}

/** @param complete `false`: interrupted, so that what did not come about might have */
export function scenarioResultOf(
  chosen: Chosen,
  runs: readonly RunResult[],
  complete: boolean,
): ScenarioResult {
  const { id, title, incident, hypothesis, cure } = chosen.scenario;
  return {
    ...{ id, title, incident, hypothesis, cure, complete },
    variant: chosen.isCured ? 'as-cured' : 'as-found',
    missed: complete
      ? [
          ...expectations(chosen, runs)
            .filter(({ state }) => state !== 'held')
            .map(({ threshold }) => threshold),
          ...unbroken(chosen, runs).map((one) => `${one} to be broken`),
          ...unexpected(chosen, runs).map((one) => `${one} to hold`),
        ]
      : [],
  };
}

/** Of the runs as they are, whatever else the user holds them to. */
export function expectations({ scenario, variant }: Chosen, runs: readonly RunResult[]): ThresholdResult[] {
  const source = `scenario ${scenario.id}`;
  return evaluateThresholds(
    variant.expect.map((text) => readParsed(source, text, parseThreshold)),
    runs,
  );
}

/** Where the report does not say it already. */
export function cureNotes({ scenario, isCured }: Chosen): string[] {
  if (isCured) return [];
  return [`The cure: ${scenario.cure} To see it: --scenario ${scenario.id} --cured.`];
}
