/** Incident 1, as its users would walk through it: reproduce it, keep the database, put the orphaned jobs back. */
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, expect, it } from 'vitest';
import { claimRace } from '../../src/stress/scenarios/claim-race.js';
import { runDblock } from '../support/dblock.js';
import { openStage } from '../support/stage.js';
import { playScratch, stress } from '../support/stress.js';

const ID = 'claim-race';
const kept: string[] = [];

afterAll(async () => {
  for (const folder of kept) await rm(folder, { recursive: true, force: true });
});

interface Truth {
  readonly id: string;
  readonly state: string;
  readonly detail: string;
}

interface Failure {
  readonly class: string;
  readonly code: string;
  readonly sentence: string;
  readonly fastest_ms: number;
}

/** Why they came when they came, and that BEGIN IMMEDIATE does wait. */
function expectBothKindsOfError(errors: readonly Failure[]): void {
  const upgrade = errors.find(({ class: kind, code }) => kind === 'instant' && code === 'SQLITE_BUSY');
  expect(upgrade?.sentence).toMatch(
    /had read before it wrote.*SQLite does not wait then, whatever the timeout/,
  );
  expect(upgrade?.sentence).toContain('BEGIN IMMEDIATE does wait');
  const timedOut = errors.find(({ class: kind }) => kind === 'timed-out');
  expect(timedOut?.sentence).toMatch(/busy timeout of 1 s was used up.*others held the lock/);
  expect(timedOut?.fastest_ms).toBeGreaterThanOrEqual(999);
}

function statuses(path: string): Map<string, number> {
  const database = new Database(path, { readonly: true });
  try {
    const rows = database
      .prepare<[], { status: string; jobs: number }>(
        'SELECT status, count(*) AS jobs FROM dblock_stress_jobs GROUP BY 1',
      )
      .all();
    return new Map(rows.map(({ status, jobs }) => [status, jobs]));
  } finally {
    database.close();
  }
}

it('leaves a database whose orphans are found, and put back', async () => {
  await using stage = await openStage();
  const { report, run, status } = await stress(['--scenario', ID, '--keep'], { cwd: '/' });
  kept.push(dirname(report.arena.path));
  expect(status).toBe(1);
  expect(report.scenario).toMatchObject({ id: ID, variant: 'as-found', missed: [] });

  expectBothKindsOfError(run.errors);
  const { path } = report.arena;
  const orphans = statuses(path).get('running') ?? 0;
  expect(orphans).toBeGreaterThan(0);
  const truth = run.truth.find(({ id }: Truth) => id === 'none-orphaned');
  expect(truth.detail).toMatch(new RegExp(`^${orphans} jobs? (is|are) still running`));
  expect(report.notes.join(' ')).toContain(`dblock requeue-orphans ${path}`);

  const requeue = (...args: string[]) =>
    runDblock(['requeue-orphans', '--interval', '10ms', path, ...args], {
      cwd: stage.folder,
      env: { COLUMNS: '1000' },
    });
  const preview = await requeue();
  expect(preview.status).toBe(1);
  expect(preview.stdout).toMatch(new RegExp(`${orphans} jobs? left running by a dead worker`));
  expect(preview.stdout).toContain('is not running on this host');
  expect(statuses(path).get('running') ?? 0).toBe(orphans);
  // what it advises
  expect(preview.stdout).toMatch(/dblock requeue-orphans \S+ --apply --yes/);
  const applied = await requeue('--apply', '--yes');
  expect(applied.status).toBe(0);
  expect(applied.stdout).toMatch(new RegExp(`${orphans} jobs? requeued`));
  expect(statuses(path).has('running')).toBe(false);
  expect((await requeue()).status).toBe(0);
});

it('has far fewer failures with 2 workers', async () => {
  const found = { ...claimRace.asFound.load, end: { kind: 'duration', durationMs: 4000 } } as const;
  const four = await playScratch(found, ID);
  const two = await playScratch({ ...found, writers: 2 }, ID);
  expect(two.counters.lockFailures).toBeLessThan(four.counters.lockFailures / 2);
});
