/** `--scenario`: an incident or a phenomenon, as it was found or as it is cured. */
import { didYouMean } from '../../nearest.js';
import { quote, UsageProblem } from '../../problem.js';
import type { ScenarioResult } from '../../stress/result-shapes.js';
import type { RunResult } from '../../stress/run-shapes.js';
import { scenarios } from '../../stress/scenarios/index.js';
import type { Scenario, Variant } from '../../stress/scenarios/scenario.js';
import { evaluateThresholds, parseThreshold } from '../../stress/thresholds.js';
import type { Host } from '../host.js';
import { flagOf, type StressOptions } from './options.js';
import { readChoice, readParsed } from './values.js';

export interface Chosen {
  readonly scenario: Scenario;
  readonly variant: Variant;
  readonly isCured: boolean;
}

/** What a scenario says itself. */
const ITS_OWN = [
  ...[
    'inPlace',
    'writers',
    'readers',
    'checkpointers',
    'duration',
    'transactions',
    'workload',
    'table',
    'script',
  ],
  ...[
    'begin',
    'busyTimeout',
    'hold',
    'batch',
    'connection',
    'journalMode',
    'synchronous',
    'autocheckpoint',
    'cache',
  ],
  ...['mmap', 'retry', 'writerQueue', 'isolation', 'rate', 'think', 'ramp', 'seed', 'findLimit'],
];

const ISOLATIONS = ['process', 'thread'] as const;

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
  const given = Object.keys(options).find(
    (name) => ITS_OWN.includes(name) && !(name === 'isolation' && scenario.threadsToo),
  );
  if (given !== undefined) {
    throw new UsageProblem(`--scenario brings its own load: leave out ${flagOf(given)}.`);
  }
  const isCured = cured === true;
  const variant = isCured ? scenario.asCured : scenario.asFound;
  const isolation = readChoice('--isolation', options.isolation ?? variant.load.isolation, ISOLATIONS);
  return { scenario, isCured, variant: { ...variant, load: { ...variant.load, isolation } } };
}

export function listScenarios(host: Host): 0 {
  const width = Math.max(...scenarios.map(({ id }) => id.length)) + 2;
  host.stdout.write(scenarios.map(({ id, title }) => `${id.padEnd(width)}${title}\n`).join(''));
  return 0;
}

/** What was to be broken, and held in every run: then the hypothesis is wrong, or was not tried hard enough. */
export function unbroken({ variant }: Chosen, runs: readonly RunResult[]): string[] {
  const broken = runs.flatMap(({ truth }) => truth.filter(({ state }) => state === 'broken'));
  return variant.breaks.filter((id) => !broken.some((one) => one.id === id));
}

/** What was not to be broken, and was. */
function unexpected({ variant }: Chosen, runs: readonly RunResult[]): string[] {
  const broken = runs.flatMap(({ truth }) => truth.filter(({ state }) => state === 'broken'));
  return [...new Set(broken.map(({ id }) => id))].filter((id) => !variant.breaks.includes(id));
}

/** Of the runs as found, whatever else the user holds them to. */
export function scenarioResultOf(chosen: Chosen, runs: readonly RunResult[]): ScenarioResult {
  const { id, title, incident, hypothesis, cure } = chosen.scenario;
  const expected = chosen.variant.expect.map((text) => readParsed(`scenario ${id}`, text, parseThreshold));
  const thresholds = evaluateThresholds(expected, runs);
  return {
    ...{ id, title, incident, hypothesis, cure },
    variant: chosen.isCured ? 'as-cured' : 'as-found',
    missed: [
      ...thresholds.filter(({ state }) => state !== 'held').map(({ threshold }) => threshold),
      ...unbroken(chosen, runs).map((one) => `${one} to be broken`),
      ...unexpected(chosen, runs).map((one) => `${one} to hold`),
    ],
  };
}

export function cureNote({ scenario, isCured }: Chosen): string {
  return isCured
    ? `As cured: ${scenario.cure}`
    : `The cure: ${scenario.cure} To see it: --scenario ${scenario.id} --cured.`;
}
