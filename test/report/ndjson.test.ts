import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { render } from '../../src/report/render.js';
import type { Report } from '../../src/report/report.js';
import { reportLineJsonSchema } from '../../src/report/shapes.js';
import { checkpointReport, complete, refused } from '../support/checkpoint-reports.js';
import { applied, fixReport } from '../support/fix-reports.js';
import { contended, HOSTILE, HOSTILE_NAME, hostileReport, incomplete } from '../support/report-examples.js';
import { context, LOCK_ROWS, locksReport } from '../support/reports.js';
import { found as orphansFound, requeueReport } from '../support/requeue-reports.js';
import { expectTranscript } from '../support/transcripts.js';

const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false });
addFormats.default(ajv);
const isLine = ajv.compile(reportLineJsonSchema());

const locks = locksReport([{ path: '/data/app.db', given: 'app.db', rows: LOCK_ROWS, limits: ['That.'] }], {
  unexamined: [{ path: '/x', given: 'x', reason: 'No.' }],
});

async function lines(report: Report) {
  const text = await render(report, 'ndjson', context());
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('ndjson', () => {
  it.each<[string, Report]>([
    ['doctor', contended],
    ['doctor-incomplete', incomplete],
    ['doctor-hostile', hostileReport(HOSTILE_NAME)],
    ['locks', locks],
    ['checkpoint', checkpointReport([complete, refused])],
    ['fix', fixReport(applied)],
    ['requeue-orphans', requeueReport([orphansFound])],
  ])('of %s has lines as the schema says', async (name, report) => {
    for (const line of await lines(report)) {
      isLine(line);
      expect(isLine.errors ?? []).toEqual([]);
    }
    await expectTranscript(`report-${name}-ndjson`, await render(report, 'ndjson', context()));
  });

  it.each(HOSTILE)('is whole, and harmless on a terminal: %j', async (text) => {
    const printed = await render(hostileReport(text), 'ndjson', context());
    expect(printed.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}]/u);
    const [first] = await lines(hostileReport(text));
    expect(first.summary).toBe(text);
  });

  it('has every outcome with its database, then the verdict', async () => {
    const all = await lines(incomplete);
    const outcomes = all.filter(({ type }) => type === 'outcome');
    const expected = incomplete.databases.flatMap(({ path, outcomes: list }) =>
      list.map(({ id, outcome }) => ({ path, id, outcome })),
    );
    expect(outcomes.map(({ path, id, outcome }) => ({ path, id, outcome }))).toEqual(expected);
    expect(all.at(-1)).toMatchObject({
      type: 'report',
      schema: 'dblock.report/1',
      verdict: 'incomplete',
      exit_code: 2,
      databases_examined: 3,
      databases_unexamined: 1,
    });
    expect(all.filter(({ type }) => type === 'report')).toHaveLength(1);
  });

  it('has a line for each process that holds a lock', async () => {
    const all = await lines(locks);
    expect(all.filter(({ type }) => type === 'lock').map(({ pid }) => pid)).toEqual(
      LOCK_ROWS.map(({ pid }) => pid),
    );
  });

  it('refuses lines that are none', () => {
    expect(isLine({ type: 'outcome', path: '/x', given: 'x', id: 'a', outcome: 'skipped' })).toBe(false);
    expect(isLine({ type: 'other' })).toBe(false);
  });

  it('ships the schema that is in the code', () => {
    const file = new URL('../../schemas/report-line.schema.json', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(reportLineJsonSchema());
  });
});
