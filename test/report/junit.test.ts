import { parse } from 'junit2json';
import { describe, expect, it } from 'vitest';
import { render } from '../../src/report/render.js';
import type { DoctorReport } from '../../src/report/report.js';
import {
  contended,
  examples,
  HOSTILE,
  HOSTILE_NAME,
  healthy,
  hostileReport,
  incomplete,
} from '../support/report-examples.js';
import { context } from '../support/reports.js';
import { expectTranscript } from '../support/transcripts.js';

interface Result {
  readonly message: string;
  readonly type?: string;
  readonly inner?: string;
}

interface Case {
  readonly name: string;
  readonly classname: string;
  readonly failure?: readonly Result[];
  readonly error?: readonly Result[];
  readonly skipped?: readonly Result[];
  readonly 'system-out'?: readonly string[];
}

interface Suite {
  readonly name: string;
  readonly tests: string;
  readonly failures: string;
  readonly errors: string;
  readonly skipped: string;
  readonly timestamp: string;
  readonly properties: readonly { readonly name: string; readonly value: string }[];
  readonly testcase: readonly Case[];
}

interface Suites extends Pick<Suite, 'name' | 'tests' | 'failures' | 'errors'> {
  readonly time: string;
  readonly testsuite: readonly Suite[];
}

async function read(report: DoctorReport): Promise<Suites> {
  const text = await render(report, 'junit', context());
  // XML 1.0, §2.2: what is not here can be in no document, not even as a reference.
  expect(text).toMatch(/^[\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
  // No options of its own, so that numbers stay text.
  return JSON.parse(JSON.stringify(await parse(text, {})));
}

/** The attributes and elements that Jenkins' junit-10.xsd allows. */
const ALLOWED = {
  testsuites: ['name', 'time', 'tests', 'failures', 'errors', 'testsuite'],
  testsuite: [
    ...['name', 'tests', 'failures', 'errors', 'time', 'skipped', 'timestamp', 'hostname', 'id', 'package'],
    ...['properties', 'testcase', 'system-out', 'system-err'],
  ],
  testcase: [
    ...['name', 'classname', 'time', 'group'],
    ...['skipped', 'error', 'failure', 'system-out', 'system-err'],
  ],
  result: ['type', 'message', 'inner'],
};

function expectOnly(element: object, allowed: readonly string[]): void {
  expect(Object.keys(element).filter((key) => !allowed.includes(key))).toEqual([]);
}

const having = (cases: readonly Case[], kind: 'failure' | 'error' | 'skipped') =>
  cases.filter((one) => one[kind] !== undefined);

describe('junit', () => {
  it.each([...examples, ['hostile', hostileReport(HOSTILE_NAME)] as const])('%s', async (name, report) => {
    await expectTranscript(`report-doctor-${name}-junit`, await render(report, 'junit', context()));
  });

  it.each([...examples, ...HOSTILE.map((text) => [JSON.stringify(text), hostileReport(text)] as const)])(
    '%s is what a reader expects',
    async (_, report) => {
      const suites = await read(report);
      expectOnly(suites, ALLOWED.testsuites);
      const all = suites.testsuite.flatMap(({ testcase }) => testcase);
      expect(suites).toMatchObject({
        tests: String(all.length),
        failures: String(having(all, 'failure').length),
        errors: String(having(all, 'error').length),
      });
      for (const suite of suites.testsuite) {
        expectOnly(suite, ALLOWED.testsuite);
        expect(suite.tests).toBe(String(suite.testcase.length));
        expect(suite.failures).toBe(String(having(suite.testcase, 'failure').length));
        expect(suite.errors).toBe(String(having(suite.testcase, 'error').length));
        expect(suite.skipped).toBe(String(having(suite.testcase, 'skipped').length));
        expect(new Date(suite.timestamp).toISOString()).toBe(report.startedAt);
        const names = suite.testcase.map(({ name, classname }) => `${classname} ${name}`);
        expect(new Set(names).size).toBe(names.length);
      }
      for (const one of all) {
        expectOnly(one, ALLOWED.testcase);
        const results = [one.failure, one.error, one.skipped].flatMap((list) => list ?? []);
        expect(results.length).toBeLessThanOrEqual(1);
        for (const result of results) {
          expectOnly(result, ALLOWED.result);
          expect(result.message.length).toBeGreaterThan(0);
        }
      }
    },
  );

  it('fails what counts as warning or critical, and shows the rest', async () => {
    const [suite] = (await read(contended)).testsuite;
    expect(suite?.name).toBe('app.db');
    const failed = having(suite?.testcase ?? [], 'failure');
    expect(failed.map(({ name, failure }) => [name, failure?.[0]?.type])).toEqual([
      ['reader-pins-wal', 'warning'],
      ['stopped-lock-holder', 'critical'],
    ]);
    const told = suite?.testcase.filter((one) => one['system-out'] !== undefined) ?? [];
    expect(told.map(({ name }) => name)).toEqual(['freelist', 'wal-reset-bug']);
    expect(told[1]?.['system-out']?.[0]).toContain('Muted because: the distribution patches it');
    expect(having(suite?.testcase ?? [], 'skipped')).toHaveLength(7);
  });

  it('has why and remedy in a failure', async () => {
    const [suite] = (await read(contended)).testsuite;
    const text = suite?.testcase.find(({ name }) => name === 'stopped-lock-holder')?.failure?.[0]?.inner;
    expect(text).toContain('Why: A process that is stopped');
    expect(text).toContain('\n    kill -CONT 4121\n');
  });

  it('makes an error of a crash and of a database that was not examined', async () => {
    const { errors, testsuite } = await read(incomplete);
    expect(errors).toBe('2');
    const erring = testsuite.flatMap(({ testcase }) => having(testcase, 'error'));
    expect(erring.map(({ classname, name, error }) => [classname, name, error?.[0]?.type])).toEqual([
      ['app.db', 'page-size', 'crashed'],
      ['x.db', 'examined', 'unexamined'],
    ]);
  });

  it('fails nothing where nothing was found', async () => {
    expect(await read(healthy)).toMatchObject({ failures: '0', errors: '0' });
  });

  it('keeps text as it was where XML can have it', async () => {
    const evil = `<a href="x">&amp; ]]> 'q'`;
    const [suite] = (await read(hostileReport(evil))).testsuite;
    expect(suite?.name).toBe(`${evil}.db`);
    const [failure] = having(suite?.testcase ?? [], 'failure');
    expect(failure?.failure?.[0]?.inner).toContain(evil);
  });
});
