/** JUnit XML of requeue-orphans: a suite for each database, a test for each queue, failed where orphans are left. */
import type { QueueReport, RequeueDatabase } from '../../queue/shapes.js';
import { formatCount, plural } from '../../units.js';
import { shortPath } from '../location.js';
import type { RequeueReport } from '../report.js';
import { leftIn, troubleOf } from '../requeue/left.js';
import { sanitise } from '../sanitise.js';
import { type Element, element, xmlDocument } from '../xml.js';
import type { FormatContext } from './format.js';

interface Test {
  readonly kind: 'passed' | 'failure' | 'error' | 'skipped';
  readonly element: Element;
}

export function render(report: RequeueReport, { cwd }: FormatContext): string {
  const { databases, unexamined, durationMs, startedAt } = report;
  const suites = [
    ...databases.map((database) => suite(sanitise(shortPath(cwd, database.path)), database)),
    ...unexamined.map(({ path, reason }) => {
      const name = sanitise(shortPath(cwd, path));
      return { name, tests: [errorTest(name, 'examined', [`Not examined: ${reason}`])] };
    }),
  ];
  const all = { ...totals(suites.flatMap(({ tests }) => tests)), time: (durationMs / 1000).toFixed(3) };
  const elements = suites.map(({ name, tests }) => {
    const skipped = tests.filter(({ kind }) => kind === 'skipped').length;
    return element('testsuite', { name, ...totals(tests), skipped, timestamp: startedAt }, [
      element('properties', {}, propertiesOf(report)),
      ...tests.map((test) => test.element),
    ]);
  });
  return xmlDocument(element('testsuites', { name: 'dblock requeue-orphans', ...all }, elements));
}

function propertiesOf({ tool, verdict, exitCode }: RequeueReport): Element[] {
  const properties = { 'dblock.version': tool.version, verdict, exit_code: String(exitCode) };
  return Object.entries(properties).map(([name, value]) => element('property', { name, value }));
}

function totals(tests: readonly Test[]): { tests: number; failures: number; errors: number } {
  const count = (wanted: Test['kind']) => tests.filter(({ kind }) => kind === wanted).length;
  return { tests: tests.length, failures: count('failure'), errors: count('error') };
}

function suite(name: string, database: RequeueDatabase): { name: string; tests: Test[] } {
  const trouble = troubleOf(database);
  return {
    name,
    tests: [
      ...(trouble === null ? [] : [errorTest(name, 'requeue-orphans', trouble)]),
      ...database.queues.map((queue) => queueTest(name, queue, database)),
      ...(trouble === null && database.queues.length === 0 ? [undoTest(name, database)] : []),
    ],
  };
}

function queueTest(classname: string, queue: QueueReport, { advice }: RequeueDatabase): Test {
  const { preset, tables, rowsAre, orphans, unknown } = queue;
  const name = `no orphans in ${Object.values(tables)[0] ?? preset} (${preset})`;
  const left = leftIn(queue);
  if (left > 0) {
    const message = sanitise(`${plural(left, rowsAre.one, rowsAre.many)} of a dead worker`);
    const lines = [...orphans.examples.map(({ id, because }) => `${id}: ${because}`), ...advice.commands];
    return test('failure', classname, name, [
      element('failure', { type: 'orphans', message }, lines.map(sanitise).join('\n')),
    ]);
  }
  if (unknown.count === 0) return test('passed', classname, name, []);
  const because = unknown.examples[0]?.because ?? '';
  const message = sanitise(`Of ${formatCount(unknown.count)} it cannot be told: ${because}`);
  return test('skipped', classname, name, [element('skipped', { message })]);
}

function undoTest(classname: string, { summary }: RequeueDatabase): Test {
  return test('passed', classname, 'requeue-orphans', [element('system-out', {}, sanitise(summary))]);
}

function errorTest(classname: string, name: string, lines: readonly string[]): Test {
  const [message = ''] = lines.map(sanitise);
  const text = lines.map(sanitise).join('\n');
  return test('error', classname, name, [element('error', { type: 'failed', message }, text)]);
}

function test(kind: Test['kind'], classname: string, name: string, content: readonly Element[]): Test {
  return { kind, element: element('testcase', { name: sanitise(name), classname }, content) };
}
