/** JUnit XML of a stress run: a test for each threshold, and one for each thing that must be true of the data. */
import type { Comparison } from '../../stress/comparison-shapes.js';
import type { Limit } from '../../stress/limit-shapes.js';
import type { ThresholdResult } from '../../stress/result-shapes.js';
import type { Invariant } from '../../stress/run-shapes.js';
import { shortPath } from '../location.js';
import type { StressReport } from '../report.js';
import { sanitise } from '../sanitise.js';
import { comparisonSummaries, recommendationText } from '../stress/comparison.js';
import { countsText, measuredText, stressHeadline } from '../stress/headline.js';
import { axisHeads, breakRows } from '../stress/limit.js';
import { type LimitBreach, limitBreaches } from '../stress/limit-breaches.js';
import { arenaText, loadTexts, targetName } from '../stress/load.js';
import { spanText, truthText } from '../stress/texts.js';
import { type Element, element, xmlDocument } from '../xml.js';
import type { FormatContext } from './format.js';

interface Test {
  readonly kind: 'passed' | 'failure' | 'error' | 'skipped';
  readonly element: Element;
}

export function render(report: StressReport, { cwd }: FormatContext): string {
  const { durationMs, startedAt, runs } = report;
  const name = sanitise(shortPath(cwd, targetName(report)));
  const truths = runs.flatMap(({ truth }, index) =>
    truth.map((invariant) => truthTest(name, invariant, runs.length > 1 ? ` (run ${index + 1})` : '')),
  );
  const breaches = limitBreaches(report).map((breach) => breachTest(name, breach));
  const tests = [
    ...report.thresholds.map((threshold) => thresholdTest(name, threshold, report)),
    ...truths,
    ...breaches,
  ];
  // what nothing can be concluded of must not look as if it had passed
  if (report.exitCode === 2 && totals(tests).errors === 0) tests.push(loadTest(name, stressHeadline(report)));
  const time = (durationMs / 1000).toFixed(3);
  const suite = element(
    'testsuite',
    { name, ...totals(tests), skipped: skippedIn(tests), time, timestamp: startedAt },
    [element('properties', {}, propertiesOf(report)), ...tests.map((test) => test.element)],
  );
  return xmlDocument(element('testsuites', { name: 'dblock stress', ...totals(tests), time }, [suite]));
}

function totals(tests: readonly Test[]): { tests: number; failures: number; errors: number } {
  const count = (wanted: Test['kind']) => tests.filter(({ kind }) => kind === wanted).length;
  return { tests: tests.length, failures: count('failure'), errors: count('error') };
}

function skippedIn(tests: readonly Test[]): number {
  return tests.filter(({ kind }) => kind === 'skipped').length;
}

function propertiesOf(report: StressReport): Element[] {
  const { tool, verdict, exitCode, runs, comparison, capacity, limit } = report;
  const properties = {
    'dblock.version': tool.version,
    verdict,
    exit_code: String(exitCode),
    load: [...loadTexts(report), arenaText(report)].join(', '),
    ...Object.fromEntries(runs.map((run, index) => [`run ${index + 1}`, countsText(run)])),
    ...(comparison === null ? {} : comparisonProperties(comparison)),
    ...(capacity === null ? {} : { 'write lock': capacity.sentence }),
    ...(limit === null ? {} : { limit: limit.sentence, ...limitProperties(limit) }),
  };
  return Object.entries(properties).map(([name, value]) =>
    element('property', { name, value: sanitise(value) }),
  );
}

/** The tests are those of the load as found: a remedy that does not help is no failure. */
function comparisonProperties(comparison: Comparison): Record<string, string> {
  const remedies = comparisonSummaries(comparison).map(({ id, text }, index) => [
    index === 0 ? id : `remedy ${id}`,
    text,
  ]);
  return { ...Object.fromEntries(remedies), 'what helps': recommendationText(comparison) };
}

/** `wait.max<5s, cured`: `writers 24, transactions 510/s, hold 12 ms`. */
function limitProperties(limit: Limit): Record<string, string> {
  return Object.fromEntries(
    breakRows(limit).map(({ threshold, side, cells }) => [
      `limit: ${threshold}${side === '' ? '' : `, ${side}`}`,
      cells.map((cell, index) => `${axisHeads(limit)[index]} ${cell}`).join(', '),
    ]),
  );
}

function thresholdTest(database: string, threshold: ThresholdResult, report: StressReport): Test {
  const measured = measuredText(threshold);
  const name = threshold.threshold;
  switch (threshold.state) {
    case 'held':
      return test('passed', database, name, [element('system-out', {}, `Measured: ${measured}`)]);
    case 'broken':
      return test('failure', database, name, [
        element('failure', { type: 'broken', message: `Measured: ${measured}` }, errorText(report)),
      ]);
    case 'unknown':
      return test('error', database, name, [
        element('error', { type: 'unknown', message: `Measured: ${measured}` }, 'Not every run measured it.'),
      ]);
  }
}

/** What went wrong in the runs, since a broken threshold is seldom broken for another reason. */
function errorText({ runs }: StressReport): string {
  const lines = runs.flatMap(({ errors }) =>
    errors.map(
      (error) => `${error.count} × ${error.code} (${error.class}, ${spanText(error)}): ${error.sentence}`,
    ),
  );
  return lines.length === 0 ? 'No attempt failed.' : lines.map(sanitise).join('\n');
}

function truthTest(database: string, invariant: Invariant, where: string): Test {
  const { id, state } = invariant;
  const name = `${id}${where}`;
  const message = sanitise(truthText(invariant));
  if (state === 'held') return test('passed', database, name, [element('system-out', {}, message)]);
  if (state === 'unknown') return test('skipped', database, name, [element('skipped', { message })]);
  return test('failure', database, name, [element('failure', { type: state, message }, message)]);
}

function loadTest(database: string, message: string): Test {
  return test('error', database, 'the load was played', [
    element('error', { type: 'incomplete', message }, message),
  ]);
}

/** Of the load as it is it held: there is no other test that could fail for it. */
function breachTest(database: string, { id, where }: LimitBreach): Test {
  const message = sanitise(`While its limit was sought, ${where}, ${id} was not true.`);
  return test('failure', database, `${id} (limit: ${where})`, [
    element('failure', { type: 'broken', message }, message),
  ]);
}

function test(kind: Test['kind'], classname: string, name: string, content: readonly Element[]): Test {
  return { kind, element: element('testcase', { name: sanitise(name), classname }, content) };
}
