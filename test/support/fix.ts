/** `dblock fix`, as a user runs it, and what a database holds before and after. */
import { execFileSync } from 'node:child_process';
import { copyFile, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import { reportJsonSchema } from '../../src/report/shapes.js';
import { runDblock } from './dblock.js';
import type { Stage } from './stage.js';

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
const isReport = ajv.compile(reportJsonSchema());

/** Runs it with --format json, and holds what it prints to the schema. */
export async function fix(path: string, ...args: string[]) {
  const run = await runDblock(['fix', path, '--format', 'json', '--interval', '20ms', ...args]);
  if (run.stdout === '') throw new Error(`no report: ${run.stderr}`);
  const report = JSON.parse(run.stdout);
  expect(isReport(report) || isReport.errors).toBe(true);
  expect(report.exit_code).toBe(run.status);
  return { ...run, report, database: report.databases[0] };
}

interface JsonRepair {
  readonly repair: { readonly id: string };
  readonly result: { readonly result: string };
}

/** `{ 'page-size': 'cleared' }`. */
export function resultsOf({ database }: Awaited<ReturnType<typeof fix>>): Record<string, string> {
  const repairs: readonly JsonRepair[] = database.repairs;
  return Object.fromEntries(repairs.map(({ repair, result }) => [repair.id, result.result]));
}

/**
 * All rows, and the schema without its indexes, as SQLite's shell reads them from a copy: looking at the database itself
 * would recover it. Only while nobody writes.
 */
export async function dumpOf(stage: Stage, database: string): Promise<string> {
  const folder = await stage.elsewhere();
  const name = basename(database);
  const belongs = (entry: string) => [name, `${name}-wal`, `${name}-journal`].includes(entry);
  for (const entry of (await readdir(dirname(database))).filter(belongs)) {
    await copyFile(join(dirname(database), entry), join(folder, entry));
  }
  return shell(join(folder, name), '.dump').replace(/^CREATE INDEX .*\n/gm, '');
}

export function shell(database: string, command: string): string {
  return execFileSync('sqlite3', [database, command], { encoding: 'utf8', maxBuffer: 2 ** 28 });
}

/** Names beside the database that dblock has made. */
export async function traces(database: string): Promise<string[]> {
  const names = await readdir(dirname(database));
  return names.filter((name) => name.startsWith(`${basename(database)}.dblock-`)).sort();
}
