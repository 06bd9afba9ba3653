/** A Celery worker and a producer that share a queue and its results through SQLAlchemy. */
import { expect, it } from 'vitest';
import { diagnose } from '../support/diagnosis.js';
import { pythonWith, skipReason, titled } from '../support/programs.js';
import { fixtureScript, RealProgram } from '../support/real-program.js';
import { expectUnchanged, snapshotFolder } from '../support/snapshot.js';
import { openStage } from '../support/stage.js';

const NEEDS = ['linux', 'celery'] as const;
/** SQLAlchemy 1.4 closes each connection after use: whether two processes have one open is a matter of the moment. */
const TRUE_AT_TIMES = ['warning: rollback-journal'];
const DIAGNOSES = 2;

it.skipIf(skipReason(NEEDS))(titled('Celery on SQLite', NEEDS), async () => {
  await using stage = await openStage();
  const databases = ['broker.db', 'results.db'].map((name) => stage.path(name));
  const program = pythonWith('celery', 'kombu', 'sqlalchemy') ?? expect.fail('no Python');
  const env = { DBLOCK_FIXTURE_FOLDER: stage.folder, PYTHONPATH: fixtureScript('') };
  const options = ['--concurrency=2', '--without-gossip', '--without-mingle', '--without-heartbeat'];
  await using worker = new RealProgram({
    program,
    args: ['-m', 'celery', '-A', 'celery_tasks', 'worker', ...options],
    env,
  });
  await using producer = new RealProgram({ program, args: [fixtureScript('celery_tasks.py')], env });
  await producer.line();

  for (let done = 0; done < DIAGNOSES; done += 1) {
    const live = await diagnose(...databases);
    expect(live.crashed).toEqual([]);
    expect([...TRUE_AT_TIMES, 'info: foreign-key-without-index']).toEqual(
      expect.arrayContaining([...live.findings]),
    );
  }

  await producer.end();
  await worker.terminate();
  const before = await snapshotFolder(stage.folder);
  const closed = await diagnose(...databases);
  expectUnchanged(before, await snapshotFolder(stage.folder));
  // kombu_message.queue_id refers to kombu_queue, and none of its three indexes begins with it
  expect(closed).toMatchObject({ findings: ['info: foreign-key-without-index'], crashed: [], status: 0 });
});
