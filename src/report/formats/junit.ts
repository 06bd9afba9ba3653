/**
 * JUnit XML as Jenkins, GitLab and most other CI systems read it (junit-10.xsd of Jenkins' xUnit plugin):
 * a suite for each database, a test for each check. Counts of failures are counts of warnings and criticals that
 * nobody muted; whether they make the command fail is its exit code's matter.
 */
import type { Outcome } from '../../doctor/examine.js';
import { factsText } from '../describe.js';
import { shortPath } from '../location.js';
import { CRASHED, type Prose, proseOf, remedyLines } from '../prose.js';
import type { DoctorDatabase, DoctorReport } from '../report.js';
import { sanitise } from '../sanitise.js';
import type { Finding } from '../verdict.js';
import { type Element, element, xmlDocument } from '../xml.js';
import type { FormatContext } from './format.js';

export function render(report: DoctorReport, context: FormatContext): string {
  const suites = suitesOf(report, context);
  const attributes = {
    name: 'dblock doctor',
    ...totals(suites.flatMap(({ tests }) => tests)),
    time: (report.durationMs / 1000).toFixed(3),
  };
  return xmlDocument(
    element(
      'testsuites',
      attributes,
      suites.map((suite) => suiteElement(suite, report)),
    ),
  );
}

type Kind = 'passed' | 'failure' | 'error' | 'skipped';

interface Test {
  readonly kind: Kind;
  readonly element: Element;
}

interface Suite {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly tests: readonly Test[];
}

function suitesOf(report: DoctorReport, { cwd, checks }: FormatContext): Suite[] {
  const textOf = proseOf(checks);
  const examined = report.databases.map(({ path, evidence, outcomes }: DoctorDatabase) => {
    const name = sanitise(shortPath(cwd, path));
    const tests = outcomes.map((outcome) => testOf(name, outcome, textOf(outcome.id)));
    return { name, properties: { database: factsText(evidence) }, tests };
  });
  const unexamined = report.unexamined.map(({ path, reason }) => {
    const name = sanitise(shortPath(cwd, path));
    return { name, properties: {}, tests: [unexaminedTest(name, reason)] };
  });
  return [...examined, ...unexamined];
}

function suiteElement({ name, properties, tests }: Suite, report: DoctorReport): Element {
  const { tool, startedAt, verdict, exitCode } = report;
  const all = { 'dblock.version': tool.version, verdict, exit_code: String(exitCode), ...properties };
  const list = Object.entries(all).map(([key, value]) => element('property', { name: key, value }));
  const skipped = tests.filter(({ kind }) => kind === 'skipped').length;
  return element('testsuite', { name, ...totals(tests), skipped, timestamp: startedAt }, [
    element('properties', {}, list),
    ...tests.map((test) => test.element),
  ]);
}

function totals(tests: readonly Test[]): { tests: number; failures: number; errors: number } {
  const count = (wanted: Kind) => tests.filter(({ kind }) => kind === wanted).length;
  return { tests: tests.length, failures: count('failure'), errors: count('error') };
}

/** A test is known by `classname` and `name` from one run to the next. */
function testOf(database: string, outcome: Outcome, text: Prose): Test {
  const { kind, content } = resultOf(outcome, text);
  return {
    kind,
    element: element('testcase', { name: sanitise(outcome.id), classname: database }, content),
  };
}

interface Result {
  readonly kind: Kind;
  readonly content: readonly Element[];
}

function resultOf(outcome: Outcome, text: Prose): Result {
  switch (outcome.outcome) {
    case 'clear':
      return { kind: 'passed', content: [] };
    case 'found':
      return foundResult(outcome, text);
    case 'crashed':
      return failed('error', 'crashed', `A check crashed: ${outcome.reason}`, [outcome.reason, CRASHED]);
    default: {
      const message = sanitise(`${outcome.outcome}: ${outcome.reason}`);
      return { kind: 'skipped', content: [element('skipped', { message })] };
    }
  }
}

/** What is only good to know, and what somebody chose to live with, fails no test and stays visible. */
function foundResult(finding: Finding, text: Prose): Result {
  const { severity, muted } = finding;
  const lines = findingLines(finding, text);
  if (muted === undefined && severity !== 'info') return failed('failure', severity, text.title, lines);
  const head = muted === undefined ? `Info: ${text.title}` : `Muted ${severity}: ${text.title}`;
  const because = muted === undefined ? [] : [`Muted because: ${muted}`];
  const shown = [head, ...because, ...lines].map(sanitise).join('\n');
  return { kind: 'passed', content: [element('system-out', {}, shown)] };
}

function failed(kind: 'failure' | 'error', type: string, message: string, lines: readonly string[]): Result {
  const text = lines.map(sanitise).join('\n');
  return { kind, content: [element(kind, { type, message: sanitise(message) }, text)] };
}

function findingLines({ summary, remedy }: Finding, { why }: Prose): string[] {
  return [summary, ...(why === '' ? [] : [`Why: ${why}`]), ...remedyLines(remedy, '    ')];
}

function unexaminedTest(database: string, reason: string): Test {
  const { content } = failed('error', 'unexamined', `Not examined: ${reason}`, [reason]);
  return { kind: 'error', element: element('testcase', { name: 'examined', classname: database }, content) };
}
