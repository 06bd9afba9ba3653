import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { render } from '../../src/report/render.js';
import type { Report } from '../../src/report/report.js';
import { evidenceJsonSchema, reportJsonSchema, reportShape } from '../../src/report/shapes.js';
import { camelKeys } from '../../src/report/snake-case.js';
import { checkpointReport, complete, incomplete, refused } from '../support/checkpoint-reports.js';
import { evidence, healthyEvidence, rollbackSample } from '../support/evidence.js';
import { applied, failed, fixReport } from '../support/fix-reports.js';
import {
  context,
  database,
  doctorReport,
  found,
  LOCK_ROWS,
  locksReport,
  PINNED,
  RESTING,
  STOPPED,
} from '../support/reports.js';
import { found as orphansFound, requeueReport } from '../support/requeue-reports.js';
import { expectTranscript } from '../support/transcripts.js';

const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false });
addFormats.default(ajv);
const validReport = ajv.compile(reportJsonSchema());
const validEvidence = ajv.compile(evidenceJsonSchema());

const crashed = { id: 'page-size', outcome: 'crashed', reason: 'bug' } as const;
const doctor = doctorReport([
  database([...RESTING, STOPPED, PINNED, found('wal-reset-bug', { muted: 'known' }), crashed]),
  database(RESTING, { evidence: evidence(rollbackSample()) }),
]);
const locks = locksReport([{ path: '/data/app.db', given: '', rows: [...LOCK_ROWS], limits: ['That.'] }], {
  unexamined: [{ path: '/x', given: 'x', reason: 'No.' }],
});

async function parsed(report: Report) {
  return JSON.parse(await render(report, 'json', context()));
}

describe('json', () => {
  it.each<[string, Report]>([
    ['doctor', doctor],
    ['locks', locks],
    ['checkpoint', checkpointReport([complete, incomplete, refused])],
    ['fix', fixReport(applied)],
    ['failed fix', fixReport(failed)],
    ['requeue-orphans', requeueReport([orphansFound])],
  ])('of %s is what the schema says', async (_, report) => {
    validReport(await parsed(report));
    expect(validReport.errors ?? []).toEqual([]);
  });

  it('begins with the envelope, in its order', async () => {
    expect(Object.keys(await parsed(doctor))).toEqual([
      'schema',
      'tool',
      'command',
      'started_at',
      'duration_ms',
      'verdict',
      'exit_code',
      'databases',
      'unexamined',
    ]);
  });

  it('loses nothing: read back it is the report', async () => {
    const withSqlite = (report: Report) => ({ ...report, tool: { ...report.tool, sqliteVersion: '3.53.2' } });
    expect(camelKeys(await parsed(doctor))).toEqual(withSqlite(doctor));
    expect(reportShape.parse(camelKeys(await parsed(locks)))).toEqual(withSqlite(locks));
  });

  it('does not depend on the terminal', async () => {
    const plain = await render(locks, 'json', context());
    expect(await render(locks, 'json', context({ colour: true, columns: 20, unicode: false }, 'quiet'))).toBe(
      plain,
    );
    await expectTranscript('report-locks-json', plain);
  });
});

describe('the schema', () => {
  it.each<[string, (report: Record<string, unknown>) => unknown]>([
    ['a verdict of its own', (report) => ({ ...report, verdict: 'fine' })],
    ['a missing duration', ({ duration_ms: _, ...report }) => report],
    ['camelCase', (report) => ({ ...report, exitCode: 0 })],
    ['a row of another command', (report) => ({ ...report, command: 'doctor' })],
    ['a date that is none', (report) => ({ ...report, started_at: 'yesterday' })],
  ])('refuses %s', async (_, spoil) => {
    const report = await parsed(locks);
    expect(validReport(report)).toBe(true);
    expect(validReport(spoil(report))).toBe(false);
  });

  it('of an evidence file fits the evidence in a report', async () => {
    const report = await parsed(doctorReport([database([], { evidence: healthyEvidence() })]));
    const [{ given, evidence }] = report.databases;
    const tool = { name: 'dblock', version: '0.1.0' };
    validEvidence({ schema: 'dblock.evidence-file/1', tool, databases: [{ given, evidence }] });
    expect(validEvidence.errors ?? []).toEqual([]);
  });

  it.each([
    ['report', reportJsonSchema()],
    ['evidence', evidenceJsonSchema()],
  ])('that ships for a %s is the one in the code', (name, schema) => {
    const file = new URL(`../../schemas/${name}.schema.json`, import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(schema);
  });
});
