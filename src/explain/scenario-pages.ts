import type { Scenario, Variant } from '../stress/scenarios/scenario.js';
import { playedOn } from '../stress/workloads/on-yours.js';
import { adviceSections, type Block, closingSections, HEADINGS, type Page, section, text } from './page.js';

/**
 * The pages of the scenarios.
 * @param taken ids of other pages: a scenario that has the name of a check is found as `ID scenario`
 */
export function scenarioPages(scenarios: readonly Scenario[], taken: ReadonlySet<string>): Page[] {
  return scenarios.map((scenario) => scenarioPage(scenario, taken.has(scenario.id)));
}

function scenarioPage(scenario: Scenario, isTaken: boolean): Page {
  const { id, title, incident, page } = scenario;
  const ownId = isTaken ? `${id} scenario` : id;
  return {
    kind: 'scenario',
    id: ownId,
    label: `${id} scenario`,
    title,
    names: [`scenario ${id}`, ...page.names],
    phrases: page.phrases ?? [],
    sections: [
      section(HEADINGS.looks, text(page.symptoms), { kind: 'output', lines: page.log }),
      section(HEADINGS.mechanism, text(page.mechanism)),
      ...adviceSections(page),
      section(HEADINGS.replay, ...replay(scenario)),
      section(HEADINGS.incident, text(incident === null ? SEEN_OFTEN : `In ${incident}.`)),
      ...closingSections(page),
    ],
  };
}

const SEEN_OFTEN = 'In many applications, and in most public reports of this kind.';

function replay({ id, hypothesis, cure, asFound, asCured }: Scenario): Block[] {
  return [
    text(hypothesis),
    { kind: 'commands', lines: [`dblock stress --scenario ${id}`] },
    text(`It holds if ${expectation(asFound)}.`),
    text(`The cure: ${cure}`),
    { kind: 'commands', lines: [`dblock stress --scenario ${id} --cured`] },
    text(`It holds if ${expectation(asCured)}.`),
    ...onYours(id, asFound),
  ];
}

const ON_YOURS = {
  jobs: 'In the job queue of a database of yours, on a copy of it:',
  rows: 'On rows of a table of yours, in a copy of the database, so that its triggers and indexes run:',
} as const;

function onYours(id: string, { load: { work } }: Variant): Block[] {
  const { kind } = playedOn(work.kind === 'scenario' ? work.workload : '');
  if (kind === 'own') return [];
  const table = kind === 'rows' ? ' --table NAME' : '';
  return [
    text(ON_YOURS[kind]),
    { kind: 'commands', lines: [`dblock stress app.db --scenario ${id}${table}`] },
  ];
}

/** The same expressions that the run is held to. */
function expectation({ expect, breaks }: Variant): string {
  const broken =
    breaks.length === 0
      ? ', and if nothing is broken that must be true at the end'
      : `, and if it finds broken: ${breaks.join(', ')}`;
  return `${expect.join(', ')}${broken}`;
}
