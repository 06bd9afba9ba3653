/** `--scenario`: an incident or a phenomenon, as it was found or as it is cured. */
import { didYouMean } from '../../nearest.js';
import { quote, UsageProblem } from '../../problem.js';
import { scenarios } from '../../stress/scenarios/index.js';
import type { Scenario, Variant } from '../../stress/scenarios/scenario.js';
import type { RunResult } from '../../stress/shapes.js';
import type { Host } from '../host.js';
import { flagOf, type StressOptions } from './options.js';

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
  const given = Object.keys(options).find((name) => ITS_OWN.includes(name));
  if (given !== undefined) {
    throw new UsageProblem(`--scenario brings its own load: leave out ${flagOf(given)}.`);
  }
  const isCured = cured === true;
  return { scenario, isCured, variant: isCured ? scenario.asCured : scenario.asFound };
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

export function scenarioNotes(chosen: Chosen, runs: readonly RunResult[]): string[] {
  const { scenario, isCured } = chosen;
  const missing = unbroken(chosen, runs);
  return [
    ...(scenario.incident === null ? [] : [`Seen in ${scenario.incident}.`]),
    scenario.hypothesis,
    isCured
      ? `As cured: ${scenario.cure}`
      : `The cure: ${scenario.cure} To see it: --scenario ${scenario.id} --cured.`,
    ...(missing.length === 0 ? [] : [`Expected to be broken, and held: ${missing.join(', ')}.`]),
  ];
}
