/** A large application that has SQLite built into its executable. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { diagnose } from '../support/diagnosis.js';
import { skipReason, titled } from '../support/programs.js';
import { RealProgram } from '../support/real-program.js';
import { expectUnchanged, snapshotFolder } from '../support/snapshot.js';
import { openStage } from '../support/stage.js';

const NEEDS = ['linux', 'fossil'] as const;

it.skipIf(skipReason(NEEDS))(titled('a Fossil repository', NEEDS), async () => {
  await using stage = await openStage();
  const repository = stage.path('repository.fossil');
  const env = { HOME: await stage.elsewhere(), USER: 'fixture' };
  execFileSync('fossil', ['init', repository], { env: { ...process.env, ...env }, stdio: 'ignore' });
  await using shell = new RealProgram({ program: 'fossil', args: ['sql', '-R', repository], env });
  shell.send('.mode list');
  shell.send('SELECT sqlite_version() FROM repository.config LIMIT 1;');
  const sqliteVersion = await shell.line();

  const before = await snapshotFolder(stage.folder);
  const live = await diagnose(repository);
  expectUnchanged(before, await snapshotFolder(stage.folder));
  expect(live).toMatchObject({ crashed: [], status: 0, verdict: 'ok' });
  expect(live.processes).toEqual([
    { pid: shell.pid, command: ['fossil', 'sql', '-R', repository], sqliteVersions: [sqliteVersion] },
  ]);

  shell.send('.quit');
  await shell.end();
  expect(await diagnose(repository)).toMatchObject({ crashed: [], status: 0, verdict: 'ok', processes: [] });
});
