/** Two runs on the same jobs, with values that do not show which of them was the last. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../support/stage.js';
import { requeueOrphans } from './requeue.js';
import { rowsOf, withDatabase } from './tables.js';

const MAPPING = [
  ...[
    '--table',
    'jobs',
    '--status',
    'status',
    '--running',
    'running',
    '--queued',
    'queued',
    '--owner',
    'worker',
  ],
  ...['--workers-stopped'],
];
const CLAIM = `UPDATE jobs SET status = 'running', worker = 'w1' WHERE id = 1`;
const ROWS = 'SELECT id, status, worker FROM jobs ORDER BY id';
const CLAIMED = [1, 2].map((id) => ({ id, status: 'running', worker: 'w1' }));

async function requeueTwice(stage: Stage): Promise<string> {
  const path = stage.path('queue.db');
  withDatabase(path, (db) =>
    db.exec(`CREATE TABLE jobs(id INTEGER PRIMARY KEY, status TEXT, worker TEXT);
      INSERT INTO jobs VALUES (1, 'running', 'w1'), (2, 'running', 'w1')`),
  );
  await requeueOrphans(path, ...MAPPING, '--apply', '--journal', 'first.jsonl');
  withDatabase(path, (db) => db.exec(CLAIM));
  await requeueOrphans(path, ...MAPPING, '--apply', '--journal', 'second.jsonl');
  return path;
}

describe('a journal', () => {
  it('waits until a later one of the same jobs is undone, and is told which', async () => {
    await using stage = await openStage();
    const path = await requeueTwice(stage);
    const left = rowsOf(path, ROWS);
    for (const apply of [[], ['--apply']]) {
      const refused = await requeueOrphans(path, '--undo', stage.path('first.jsonl'), ...apply);
      expect(refused.status).toBe(2);
      expect(refused.stdout).toContain(`Undo the journal of that one first, ${stage.path('second.jsonl')}.`);
      expect(refused.advice).toContain(`--undo ${stage.path('second.jsonl')}`);
      expect(rowsOf(path, ROWS)).toEqual(left);
    }
    const second = await requeueOrphans(path, '--undo', stage.path('second.jsonl'), '--apply');
    expect(second).toMatchObject({ status: 0 });
    const first = await requeueOrphans(path, '--undo', stage.path('first.jsonl'), '--apply');
    expect(first).toMatchObject({ status: 0 });
    expect(rowsOf(path, ROWS)).toEqual(CLAIMED);
  });

  it('does not wait for one that is about other jobs, another database, or no journal', async () => {
    await using stage = await openStage();
    const path = await requeueTwice(stage);
    withDatabase(path, (db) => db.exec(`INSERT INTO jobs VALUES (3, 'running', 'w1')`));
    await requeueOrphans(path, ...MAPPING, '--apply', '--journal', 'third.jsonl');
    writeFileSync(stage.path('fourth.jsonl'), '{"journal":"dblock.requeue-journal/1" torn');
    const undone = await requeueOrphans(path, '--undo', stage.path('second.jsonl'), '--apply');
    expect(undone).toMatchObject({ status: 0 });
    expect(rowsOf(path, ROWS)).toEqual([
      ...[
        { id: 1, status: 'running', worker: 'w1' },
        ...[2, 3].map((id) => ({ id, status: 'queued', worker: null })),
      ],
    ]);
  });
});
