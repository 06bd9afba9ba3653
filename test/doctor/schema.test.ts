/** The checks of the schema on real files: found, and clear after their own remedy. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runDblock } from '../support/dblock.js';
import { skipReason, titled } from '../support/programs.js';
import { situationNamed } from '../support/situations/index.js';
import { expectUnchanged, snapshotFolder } from '../support/snapshot.js';
import { openStage } from '../support/stage.js';

interface Outcome {
  readonly id: string;
  readonly outcome: string;
  readonly severity?: string;
  readonly remedy?: { readonly commands: readonly string[] };
}

async function outcomesOf(...args: readonly string[]): Promise<Outcome[]> {
  const run = await runDblock(['doctor', ...args, '--format', 'json', '--fail-on', 'never']);
  expect(run).toMatchObject({ status: 0, stderr: '' });
  return JSON.parse(run.stdout).databases[0].outcomes;
}

const needs = ['linux', 'sqlite3'] as const;

describe('a remedy of the schema', () => {
  const cases = ['foreign-key-without-index', 'queue-claim-scan'];
  it.skipIf(skipReason(needs)).each(cases)(titled('%s ends the finding', needs), async (id) => {
    await using stage = await openStage();
    const { database } = await situationNamed(`${id}-node`).stage(stage);
    const [found] = await outcomesOf(database, '--only', id);
    expect(found?.outcome).toBe('found');
    expect(found?.remedy?.commands).not.toEqual([]);
    for (const command of found?.remedy?.commands ?? []) execFileSync('bash', ['-c', command]);
    expect(await outcomesOf(database, '--only', id)).toMatchObject([{ id, outcome: 'clear' }]);
  });
});

const QUEUES = new URL('../../fixtures/queues/', import.meta.url);

describe('a database as the framework of a queue leaves it', () => {
  it.each(readdirSync(QUEUES))('%s has no warning, and nothing crashes', async (file) => {
    await using stage = await openStage();
    const database = stage.path('queue.db');
    const maker = await stage.actor('node');
    const connection = await maker.open(database);
    await connection.exec('PRAGMA journal_mode=WAL', readFileSync(new URL(file, QUEUES), 'utf8'));
    await maker.exit({ closeSqlite: true });
    const before = await snapshotFolder(stage.folder);
    const outcomes = await outcomesOf(database, '--deep');
    const bad = outcomes.filter(
      ({ outcome, severity }) => outcome === 'crashed' || (outcome === 'found' && severity !== 'info'),
    );
    expect(bad).toEqual([]);
    expect(outcomes.find(({ id }) => id === 'integrity')).toMatchObject({ outcome: 'clear' });
    expectUnchanged(before, await snapshotFolder(stage.folder));
  });
});
