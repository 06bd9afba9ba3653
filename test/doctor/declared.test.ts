/** What the configuration declares about connections reaches the checks. */
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { runDblock } from '../support/dblock.js';
import { makeWalDatabase } from '../support/situations/database.js';
import { openStage } from '../support/stage.js';

const CHECKS = [
  'busy-timeout-missing',
  'deferred-upgrade',
  'connection-churn',
  'autocheckpoint-off',
  'synchronous-off',
  'synchronous-full-in-wal',
];

/** `id: outcome, severity` of the checks of connections, on a WAL database that nobody has open. */
async function outcomesWith(connections: object): Promise<string[]> {
  await using stage = await openStage();
  const actor = await stage.actor('node');
  await makeWalDatabase(actor, stage.path('app.db'));
  await actor.exit({ closeSqlite: true });
  await writeFile(stage.path('dblock.config.json'), JSON.stringify({ connections }));
  const args = ['doctor', 'app.db', '--format', 'json', '--fail-on', 'never', '--only', CHECKS.join()];
  const run = await runDblock(args, { cwd: stage.folder });
  expect(run).toMatchObject({ status: 0, stderr: '' });
  const outcomes: { id: string; outcome: string; severity?: string }[] = JSON.parse(run.stdout).databases[0]
    .outcomes;
  return outcomes.map(({ id, outcome, severity }) =>
    [id, outcome, ...(severity ? [severity] : [])].join(' '),
  );
}

describe('connections in dblock.config.json', () => {
  it('that cannot go well', async () => {
    const bad = {
      busy_timeout_ms: 0,
      begin: 'deferred',
      synchronous: 'off',
      autocheckpoint_pages: 0,
      persistent: false,
    };
    expect(await outcomesWith(bad)).toEqual([
      'busy-timeout-missing found warning',
      'deferred-upgrade found warning',
      'connection-churn found warning',
      'autocheckpoint-off found warning',
      'synchronous-off found warning',
      'synchronous-full-in-wal clear',
    ]);
  });

  it('as they should be', async () => {
    const good = {
      ...{ busy_timeout_ms: 5000, begin: 'immediate', synchronous: 'normal', autocheckpoint_pages: 1000 },
      persistent: true,
    };
    expect(await outcomesWith(good)).toEqual(CHECKS.map((id) => `${id} clear`));
  });

  it('of which some are not declared', async () => {
    expect(await outcomesWith({ synchronous: 'full' })).toEqual([
      'busy-timeout-missing skipped',
      'deferred-upgrade skipped',
      'connection-churn skipped',
      'autocheckpoint-off skipped',
      'synchronous-off clear',
      'synchronous-full-in-wal found info',
    ]);
  });
});
