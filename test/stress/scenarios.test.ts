/** Each scenario does what its hypothesis says, as found and as cured: three times in a row if DBLOCK_SOAK=1. */
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { scenarios } from '../../src/stress/scenarios/index.js';
import { mixedJournal } from '../../src/stress/scenarios/mixed-journal.js';
import type { Scenario, Variant } from '../../src/stress/scenarios/scenario.js';
import { scraperFanIn } from '../../src/stress/scenarios/scraper-fan-in.js';
import type { Milliseconds } from '../../src/units.js';
import { runDblock } from '../support/dblock.js';
import { expectUnchanged, snapshotFolder } from '../support/snapshot.js';
import { soaked } from '../support/soak.js';
import { openStage } from '../support/stage.js';
import { stress } from '../support/stress.js';

const TIMES = soaked(1, 3);
const TIMES_IN_A_ROW = Array.from({ length: TIMES }, (_, nth) => nth + 1);

interface Truth {
  readonly id: string;
  readonly state: string;
}

const found = (scenario: Scenario, ...options: string[]) =>
  expectVariant(scenario.asFound, ['--scenario', scenario.id, ...options]);
const cured = (scenario: Scenario, ...options: string[]) =>
  expectVariant(scenario.asCured, ['--scenario', scenario.id, '--cured', ...options]);

/** @returns how long it was played: to start the processes takes longer the busier the machine is */
async function expectVariant(variant: Variant, args: readonly string[]): Promise<Milliseconds> {
  const { report, run, status } = await stress(args, { cwd: '/' });
  const thresholds = report.thresholds.map(
    ({ threshold, state, measured }: { threshold: string; state: string; measured: number }) =>
      `${threshold} ${state}${state === 'held' ? '' : `: ${measured}`}`,
  );
  expect(thresholds).toEqual(variant.expect.map((threshold) => `${threshold} held`));
  const broken = run.truth.filter(({ state }: Truth) => state === 'broken').map(({ id }: Truth) => id);
  expect(broken).toEqual(variant.breaks);
  expect(report.scenario.missed).toEqual([]);
  expect(status).toBe(variant.breaks.length > 0 ? 1 : 0);
  return run.duration_ms;
}

describe.each(scenarios.map((scenario) => ({ id: scenario.id, scenario })))('$id', ({ scenario }) => {
  it.each(TIMES_IN_A_ROW)('holds as found and as cured (%i)', async () => {
    const tookMs = (await found(scenario)) + (await cured(scenario));
    if (TIMES > 1) expect(tookMs).toBeLessThan(20_000);
  });
});

it.each(TIMES_IN_A_ROW)('scraper-fan-in holds with threads too (%i)', async () => {
  await found(scraperFanIn, '--isolation', 'thread');
  await cured(scraperFanIn, '--isolation', 'thread');
});

describe("on a copy of the user's", () => {
  it.each(TIMES > 1 ? scenarios : [mixedJournal])('$id', async (scenario) => {
    await using stage = await openStage();
    const path = stage.path('app.db');
    const database = new Database(path);
    // nothing of it is as dblock's own databases have it
    database.exec(`PRAGMA page_size = 1024; PRAGMA auto_vacuum = full; PRAGMA encoding = 'UTF-16';
      CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE jobs(id TEXT PRIMARY KEY) WITHOUT ROWID;
      INSERT INTO users(name) VALUES ('Ada'), ('Grace');`);
    database.close();
    const before = await snapshotFolder(stage.folder);
    await found(scenario, path);
    await cured(scenario, path);
    expectUnchanged(before, await snapshotFolder(stage.folder));
  });
});

it('are listed, and found by their nearest name', async () => {
  const list = await runDblock(['stress', '--list-scenarios']);
  expect(list.stdout.split('\n').map((line) => line.split(' ')[0])).toEqual([
    ...scenarios.map(({ id }) => id),
    '',
  ]);
  const wrong = await runDblock(['stress', '--scenario', 'claim-rase'], { cwd: '/' });
  expect(wrong).toMatchObject({ status: 2, stdout: '' });
  expect(wrong.stderr).toContain('Did you mean "claim-race"?');
  const both = await runDblock(['stress', '--scenario', 'claim-race', '--writers', '3'], { cwd: '/' });
  expect(both.stderr).toContain('leave out --writers');
});
