/** What a run says is true, and what it does not call true: held against databases that somebody tampered with. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { PROGRAM } from '../support/dblock.js';
import { makeWalDatabase } from '../support/situations/database.js';
import { openStage } from '../support/stage.js';
import { expectTruth, stress } from '../support/stress.js';

describe('a breach is critical', () => {
  it.each([
    ['insert', 'DELETE FROM dblock_stress_rows WHERE id = 1', 'rows-present'],
    ['batch', 'UPDATE dblock_stress_rows SET actor = 1 - actor WHERE id = 1', 'rows-present'],
    ['update', 'UPDATE dblock_stress_counters SET value = value - 1 WHERE id = 7', 'no-lost-update'],
    ['claim', "UPDATE dblock_stress_jobs SET attempts = 2 WHERE status = 'done'", 'claimed-once'],
  ])('%s: %s', async (workload, tampering, breach) => {
    await using stage = await openStage();
    const path = stage.path('data.db');
    const actor = await stage.actor('node');
    const connection = await makeWalDatabase(actor, path);
    await connection.close();
    const load = ['--workload', workload, '--writers', '2', '--transactions', '10', '--hold', '50ms'];
    const settings = ['--begin', 'immediate', '--synchronous', 'off', '--busy-timeout', '60s'];
    const run = spawn(
      process.execPath,
      [PROGRAM, 'stress', path, '--in-place', '--yes', '--format', 'json', ...load, ...settings],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const report = text(run.stdout);
    const other = await actor.open(path, { timeoutMs: 60_000 });
    const isMade = "SELECT count(*) FROM sqlite_schema WHERE name = 'dblock_stress_made'";
    const changed = async () => Number((await other.query('SELECT total_changes()'))[0]?.[0]);
    for (const before = await changed(); run.exitCode === null && (await changed()) === before; )
      if (Number((await other.query(isMade))[0]?.[0]) === 1) await other.exec(tampering);
    await other.close();
    const { verdict, exit_code, runs } = JSON.parse(await report);
    expect({ verdict, exit_code }).toEqual({ verdict: 'critical', exit_code: 1 });
    const broken = runs[0].truth.filter(({ state }: { state: string }) => state === 'broken');
    expect(broken.map(({ id }: { id: string }) => id)).toContain(breach);
  });
});

describe('no breach is', () => {
  it.each(['insert', 'update'])('%s: what autocommit has committed before an error', async (workload) => {
    await using stage = await openStage();
    const load = ['--workload', workload, '--begin', 'autocommit', '--batch', '5', '--duration', '500ms'];
    const { run } = await stress([...load, '--busy-timeout', '0', '--synchronous', 'off'], {
      cwd: stage.folder,
    });
    expect(run.errors[0]).toMatchObject({ code: 'SQLITE_BUSY', phase: 'write' });
    expectTruth(run);
  });
});

describe('held is not', () => {
  it('what failed for other reasons than locks', async () => {
    await using stage = await openStage();
    const connection = await makeWalDatabase(await stage.actor('node'), stage.path('data.db'));
    await connection.close();
    await writeFile(stage.path('once.sql'), 'CREATE TABLE once (x);');
    const options = ['--script', 'once.sql', '--writers', '1', '--transactions', '5'];
    const { status, report, run } = await stress(['data.db', ...options], { cwd: stage.folder });
    expect(run).toMatchObject({ counters: { lock_successes: 1, lock_failures: 0 }, other_failures: 4 });
    expect(report.thresholds.map(({ state }: { state: string }) => state)).toEqual(['held', 'held', 'held']);
    expect([status, report.verdict]).toEqual([2, 'incomplete']);
  });
});

it('throughput is that of the whole run, although its writers think at the end of it', async () => {
  await using stage = await openStage();
  const options = ['--writers', '2', '--think', '1h', '--duration', '700ms'];
  const { run } = await stress(options, { cwd: stage.folder });
  expect(run.counters.lock_successes).toBe(2);
  expect(run.duration_ms).toBeGreaterThanOrEqual(700);
  expect(run.throughput_per_second).toBeLessThanOrEqual(2 / 0.7);
});
