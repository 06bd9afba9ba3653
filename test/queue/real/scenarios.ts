/** A worker is killed inside a job, dblock gives the job back, and a real worker completes it exactly once. */
import { expect } from 'vitest';
import { expectUnchanged, snapshotFolder } from '../../support/snapshot.js';
import { openStage } from '../../support/stage.js';
import { requeueOrphans } from '../requeue.js';
import { type Queue, QueueStage } from './queue-program.js';

export async function killedInside(queue: Queue): Promise<void> {
  await using stage = await openStage();
  const jobs = await QueueStage.open(queue, stage);
  jobs.enqueue('first', 'second', 'third');
  await using killed = jobs.startWorker('hold');
  expect(await killed.line()).toBe('inside first');
  await killed.kill();
  const orphaned = jobs.claimed();
  expect(orphaned).toHaveLength(1);

  const before = await snapshotFolder(stage.folder);
  const preview = await requeueOrphans(jobs.database);
  expectUnchanged(before, await snapshotFolder(stage.folder));
  expect(preview).toMatchObject({ status: 1, orphans: orphaned });
  expect(preview.proofs).toEqual([queue.namesItsProcess ? 'owner-gone' : 'nobody-attached']);
  expect(jobs.claimed()).toEqual(orphaned);

  expect(await requeueOrphans(jobs.database, '--apply')).toMatchObject({ status: 0, requeued: 1 });
  expect(await requeueOrphans(jobs.database)).toMatchObject({ status: 0, orphans: [] });
  expect(jobs.claimed()).toEqual([]);

  const fresh = await jobs.drain();
  const once = [`started by ${fresh.pid}`, `finished by ${fresh.pid}`];
  expect(jobs.runs('first')).toEqual([`started by ${killed.pid}`, ...once]);
  expect(jobs.runs('second')).toEqual(once);
  expect(jobs.runs('third')).toEqual(once);
  expect(jobs.unfinished()).toEqual([]);
  expect(jobs.integrity()).toBe('ok');
}

/** One worker has died inside a job, and another lives inside the next. */
export async function besideALiveWorker(queue: Queue): Promise<void> {
  await using stage = await openStage();
  const jobs = await QueueStage.open(queue, stage);
  jobs.enqueue('first', 'second');
  await using killed = jobs.startWorker('hold');
  expect(await killed.line()).toBe('inside first');
  await killed.kill();
  const orphaned = jobs.claimed();
  await using live = jobs.startWorker('hold');
  expect(await live.line()).toBe('inside second');
  const alive = jobs.claimed().filter((id) => !orphaned.includes(id));
  expect(alive).toHaveLength(1);

  const beside = await requeueOrphans(jobs.database, '--apply');
  expect(beside).toMatchObject({ status: 0, orphans: queue.namesItsProcess ? orphaned : [] });
  expect(jobs.claimed()).toEqual(queue.namesItsProcess ? alive : [...orphaned, ...alive].sort());

  live.send('go on');
  if (queue.namesItsProcess) {
    expect(await live.line()).toBe('inside first');
    live.send('go on');
  }
  await live.end();
  expect(jobs.runs('second')).toEqual([`started by ${live.pid}`, `finished by ${live.pid}`]);
  if (!queue.namesItsProcess) {
    expect(await requeueOrphans(jobs.database, '--apply')).toMatchObject({ status: 0, requeued: 1 });
  }
  const last = queue.namesItsProcess ? live : await jobs.drain();
  const completed = [`started by ${last.pid}`, `finished by ${last.pid}`];
  expect(jobs.runs('first')).toEqual([`started by ${killed.pid}`, ...completed]);
  expect(jobs.unfinished()).toEqual([]);
  expect(jobs.integrity()).toBe('ok');
}
