/** `dblock stress` for tests: as a user runs it, or its engine on a scratch database. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import { reportJsonSchema } from '../../src/report/shapes.js';
import type { LoadSpec } from '../../src/stress/load-shapes.js';
import type { RunResult } from '../../src/stress/run-shapes.js';
import { type RunOptions, runDblock } from './dblock.js';

const run = promisify(execFile);
const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
export const isReport = ajv.compile(reportJsonSchema());

/** Runs it with --format json, and holds what it prints to the schema. */
export async function stress(args: readonly string[], options: RunOptions = {}) {
  const done = await runDblock(['stress', '--format', 'json', ...args], options);
  if (done.stdout === '') throw new Error(`no report: ${done.stderr}`);
  const report = JSON.parse(done.stdout);
  expect(isReport(report) || isReport.errors).toBe(true);
  expect(report.exit_code).toBe(done.status);
  return { ...done, report, run: report.runs[0], counters: report.runs[0].counters };
}

/** Everything that was to hold did. */
export function expectTruth({ truth }: { truth: readonly { id: string; state: string }[] }): void {
  expect(truth.map(({ id, state }) => `${id} ${state}`)).toEqual(truth.map(({ id }) => `${id} held`));
}

const CALM: LoadSpec = {
  ...{ writers: 1, readers: 0, checkpointers: 0, begin: 'immediate', busyTimeoutMs: 5000, holdMs: 0 },
  ...{ batch: 1, connection: { kind: 'persistent' }, retry: { kind: 'none' }, writerQueue: false },
  pragmas: {
    ...{ journalMode: null, synchronous: 'off', autocheckpointPages: 100 },
    ...{ cacheSize: null, mmapBytes: null },
  },
  ...{ work: { kind: 'workload', name: 'insert' }, isolation: 'process', rampMs: 0, seed: 1 },
  ...{ pace: { kind: 'closed', thinkMs: 0 }, end: { kind: 'transactions', perWriter: 100 } },
};

/** One run of the engine on a scratch database; `endless`: its readers begin a read and never end it; else the id of a scenario. */
export async function playScratch(load: Partial<LoadSpec>, who = 'short'): Promise<RunResult> {
  const program = join(import.meta.dirname, 'play-load.mjs');
  const { stdout } = await run(process.execPath, [program, JSON.stringify({ ...CALM, ...load }), who]);
  return JSON.parse(stdout);
}
