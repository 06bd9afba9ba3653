import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { render } from '../../src/report/render.js';
import type { DoctorReport } from '../../src/report/report.js';
import {
  contended,
  examples,
  HOSTILE,
  HOSTILE_NAME,
  hostileReport,
  incomplete,
} from '../support/report-examples.js';
import { CHECK_TEXTS, context, database, doctorReport, found } from '../support/reports.js';
import { expectTranscript } from '../support/transcripts.js';

/** Microsoft's copy of the schema of the standard, in draft 4; it uses nothing that later drafts read otherwise. */
const schemaFile = createRequire(import.meta.url).resolve(
  '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json',
);
const { $schema: _, id: __, ...schema } = JSON.parse(readFileSync(schemaFile, 'utf8'));
const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false });
addFormats.default(ajv);
const isSarif = ajv.compile(schema);

async function read(report: DoctorReport, cwd = '/data') {
  const log = JSON.parse(await render(report, 'sarif', { ...context(), cwd }));
  isSarif(log);
  expect(isSarif.errors ?? []).toEqual([]);
  expect(log.runs).toHaveLength(1);
  return log.runs[0];
}

describe('sarif', () => {
  it.each([...examples, ['hostile', hostileReport(HOSTILE_NAME)] as const])('%s', async (name, report) => {
    await read(report);
    await expectTranscript(`report-doctor-${name}-sarif`, await render(report, 'sarif', context()));
  });

  it.each(HOSTILE)('holds %j', async (text) => {
    const { results } = await read(hostileReport(text));
    const { uri } = results[0].locations[0].physicalLocation.artifactLocation;
    expect(uri).toMatch(/^[A-Za-z0-9%._~!*'()/-]+$/);
    expect(results[0].message.text).not.toMatch(/[^\n\P{Cc}]|\p{Bidi_C}/u);
  });

  it('is judged by a schema that refuses what is wrong', async () => {
    const log = JSON.parse(await render(contended, 'sarif', context()));
    log.runs[0].results[0].level = 'fatal';
    log.runs[0].invocations[0].exit_code = 1;
    expect(isSarif(log)).toBe(false);
    expect(isSarif.errors?.map(({ keyword }) => keyword)).toEqual(
      expect.arrayContaining(['enum', 'additionalProperties']),
    );
  });

  it('has a rule for each check, whatever was found, and results that point to theirs', async () => {
    const { tool, results } = await read(contended);
    const { rules } = tool.driver;
    expect(rules.slice(0, CHECK_TEXTS.length).map(({ id }: { id: string }) => id)).toEqual(
      CHECK_TEXTS.map(({ id }) => id),
    );
    for (const { ruleId, ruleIndex } of results) expect(rules[ruleIndex].id).toBe(ruleId);
    expect(rules[1]).toMatchObject({
      defaultConfiguration: { level: 'warning' },
      helpUri: 'https://sqlite.org/wal.html#avoiding_excessively_large_wal_files',
    });
  });

  it('has a result for each finding, the worst first, and the muted one suppressed', async () => {
    const { results } = await read(contended);
    expect(
      results.map(({ ruleId, level, suppressions }: Record<string, unknown>) => [
        ruleId,
        level,
        suppressions,
      ]),
    ).toEqual([
      ['stopped-lock-holder', 'error', []],
      ['reader-pins-wal', 'warning', []],
      [
        'wal-reset-bug',
        'warning',
        [
          {
            kind: 'external',
            status: 'accepted',
            justification: 'the distribution patches it with the next update, see OPS-112',
          },
        ],
      ],
      ['freelist', 'note', []],
    ]);
  });

  it.each([
    ['below the working directory', '/data/a b/ü#?%.db', '/data', 'a%20b/%C3%BC%23%3F%25.db', '%SRCROOT%'],
    ['with a colon, which would be a scheme', '/data/c:d.db', '/data', 'c%3Ad.db', '%SRCROOT%'],
    ['elsewhere', '/srv/app.db', '/data', 'file:///srv/app.db', undefined],
    ['in a folder whose name begins alike', '/data2/app.db', '/data', 'file:///data2/app.db', undefined],
    ['below the root', '/app.db', '/', 'app.db', '%SRCROOT%'],
  ])('names a database %s', async (_name, path, cwd, uri, uriBaseId) => {
    const { results, originalUriBaseIds } = await read(
      doctorReport([database([found('freelist')], { path })]),
      cwd,
    );
    const { artifactLocation } = results[0].locations[0].physicalLocation;
    expect(artifactLocation).toEqual(uriBaseId === undefined ? { uri } : { uri, uriBaseId });
    const base = uriBaseId === undefined ? undefined : originalUriBaseIds[uriBaseId].uri;
    expect(decodeURIComponent(new URL(uri, base).pathname)).toBe(path);
  });

  it('knows a finding again on another day, with other processes and numbers', async () => {
    const fingerprints = async (summary: string, path: string, id = 'reader-pins-wal') => {
      const { results } = await read(doctorReport([database([found(id, { summary })], { path })]));
      return results[0].partialFingerprints;
    };
    const first = await fingerprints('pid 4130 reads', '/data/app.db');
    expect(first.primaryLocationLineHash).toMatch(/^[0-9a-f]{16}:1$/);
    expect(await fingerprints('pid 77 reads', '/data/app.db')).toEqual(first);
    expect(await fingerprints('pid 4130 reads', '/data/b.db')).not.toEqual(first);
    expect(await fingerprints('pid 4130 reads', '/data/app.db', 'freelist')).not.toEqual(first);
  });

  it('says how the run went', async () => {
    const [fine] = (await read(contended)).invocations;
    expect(fine).toMatchObject({ executionSuccessful: true, exitCode: 1 });
    expect(Date.parse(fine.endTimeUtc) - Date.parse(fine.startTimeUtc)).toBe(contended.durationMs);
    const [broken] = (await read(incomplete)).invocations;
    expect(broken).toMatchObject({ executionSuccessful: false, exitCode: 2 });
    const errors = broken.toolExecutionNotifications.filter(
      ({ level }: { level: string }) => level === 'error',
    );
    expect(errors).toMatchObject([
      { message: { text: 'Not examined: No permission to read /data/x.db.' } },
      { associatedRule: { id: 'page-size' } },
    ]);
  });

  it('lets no text become a placeholder or a link', async () => {
    const { results } = await read(hostileReport('{0} [x](https://evil.example)'));
    expect(results[0].message.text.split('\n')[0]).toBe('{{0}} [x]\\(https://evil.example)');
  });
});
