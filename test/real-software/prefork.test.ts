/**
 * The one critical finding that frameworks bring about by themselves, and why it is true: a worker that was forked
 * while its parent had the database open holds none of SQLite's locks, even on a connection of its own. SQLite keeps
 * its list of locks by file for the whole process (os_unix.c, unixInodeInfo, unixShmNode), and the child has a copy.
 */
import { expect, it } from 'vitest';
import { diagnose } from '../support/diagnosis.js';
import { pythonPath, skipReason, titled } from '../support/programs.js';
import { fixtureScript, RealProgram } from '../support/real-program.js';
import { openStage } from '../support/stage.js';

const NEEDS = ['linux', 'python3'] as const;

it.skipIf(skipReason(NEEDS))(titled('a worker forked beside an open connection', NEEDS), async () => {
  await using stage = await openStage();
  const database = stage.path('app.db');
  const program = pythonPath() ?? expect.fail('no Python');
  await using server = new RealProgram({ program, args: [fixtureScript('prefork_server.py'), database] });
  const worker = await server.line();

  const { findings, summaries, status } = await diagnose(database);
  expect(findings).toContain('critical: lost-locks');
  expect(status).toBe(1);
  expect(summaries['lost-locks']).toContain(`(pid ${worker})`);
  expect(summaries['lost-locks']).not.toContain(`(pid ${server.pid})`);

  server.send('close');
  const rowsForOthers = await server.line();
  expect(rowsForOthers, 'the second of two commits is gone with the WAL').toBe('1');
  await server.end();
});
