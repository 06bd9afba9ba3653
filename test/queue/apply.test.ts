/** What happens between reading a job and changing it: each hook runs on another connection, at exactly that moment. */
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { bindQueue } from '../../src/queue/bind.js';
import { detectQueues } from '../../src/queue/detect.js';
import type { Facts } from '../../src/queue/facts.js';
import { journalAt } from '../../src/queue/journal.js';
import { laravel } from '../../src/queue/presets/laravel.js';
import { type RequeueRequest, requeueQueue } from '../../src/queue/requeue.js';
import { listTables } from '../../src/queue/tables.js';
import { openRows } from '../../src/sqlite/row-connection.js';
import { openStage } from '../support/stage.js';

const SCHEMA = `PRAGMA journal_mode = WAL; CREATE TABLE jobs(id INTEGER PRIMARY KEY, queue TEXT, payload TEXT, attempts INTEGER,
  reserved_at INTEGER, available_at INTEGER, created_at INTEGER);`;
const NOW = 1_800_000_000_000;

interface Moment {
  /** Called whenever dblock looks at the machine: after it has read jobs, before it asks for the write lock. */
  readonly meanwhile: (other: Database.Database) => void;
  readonly jobs?: number;
}

async function requeue({ meanwhile, jobs = 3 }: Moment) {
  await using stage = await openStage();
  const path = stage.path('queue.db');
  using other = new Disposable(path);
  other.database.exec(SCHEMA);
  other.database.exec(`WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${jobs})
    INSERT INTO jobs SELECT i, 'q', '{}', 1, ${NOW / 1000 - 7200}, 1, 1 FROM n;`);
  const connection = await openRows(path, { readOnly: false, busyTimeoutMs: 0 });
  const [found] = detectQueues(listTables(connection), [laravel]).found;
  if (!found) throw new Error('no queue');
  const facts: Facts = {
    ...{ nowMs: NOW, host: 'here', life: () => ({ lives: false }), contained: () => [] },
    users: { kind: 'some', pids: [1], gone: false, names: ['worker'] },
  };
  const request: RequeueRequest = {
    settings: {
      wish: {
        ...{
          zone: null,
          olderThanMs: 3_600_000,
          stopped: false,
          force: false,
          mode: 'requeue',
          onExhausted: 'fail',
          refund: true,
        },
      },
      ...{
        filter: { queues: [], ids: [] },
        limit: null,
        includeLockFailures: false,
        examples: 10,
        waitMs: 100,
      },
    },
    journal: journalAt(stage.path('journal.jsonl'), {
      ...{ journal: 'dblock.requeue-journal/1', database: path, startedAt: '' },
    }),
    ...{ signal: new AbortController().signal, facts, sleep: () => Promise.resolve() },
    refresh: () => {
      meanwhile(other.database);
      return facts;
    },
  };
  const { applied } = await requeueQueue(connection, bindQueue(found), request);
  if (other.database.inTransaction) other.database.exec('COMMIT');
  connection.close();
  return {
    applied,
    rows: other.database.prepare('SELECT id, attempts, reserved_at FROM jobs ORDER BY id').raw().all(),
  };
}

class Disposable {
  readonly database: Database.Database;

  constructor(path: string) {
    this.database = new Database(path);
  }

  [Symbol.dispose](): void {
    this.database.close();
  }
}

const once = (run: (other: Database.Database) => void) => {
  let done = false;
  return (other: Database.Database) => {
    if (!done) run(other);
    done = true;
  };
};

describe('between reading and changing', () => {
  it('nothing happens: all are requeued', async () => {
    const { applied, rows } = await requeue({ meanwhile: () => undefined });
    expect(applied).toMatchObject({ requeued: 3, changedMeanwhile: 0, stopped: null });
    expect(rows).toEqual([1, 2, 3].map((id) => [id, 0, null]));
  });

  it('a job finishes, another is taken by a live worker, a third is taken and let go: each is left as it is', async () => {
    const meanwhile = once((other) => {
      other.exec(`DELETE FROM jobs WHERE id = 1`);
      other.exec(`UPDATE jobs SET reserved_at = ${NOW / 1000}, attempts = 2 WHERE id = 2`);
    });
    const { applied, rows } = await requeue({ meanwhile });
    expect(applied).toMatchObject({ requeued: 1, changedMeanwhile: 2, stopped: null });
    expect(rows).toEqual([
      [2, 2, NOW / 1000],
      [3, 0, null],
    ]);
  });

  it('the same far into a large table, where whole ranges are changed at once', async () => {
    const meanwhile = once((other) => {
      other.exec(`UPDATE jobs SET reserved_at = ${NOW / 1000}, attempts = 2 WHERE id IN (2500, 2501, 4999)`);
      other.exec('DELETE FROM jobs WHERE id = 3000');
    });
    const { applied, rows } = await requeue({ meanwhile, jobs: 5000 });
    expect(applied).toMatchObject({ requeued: 4996, stopped: null });
    expect(rows.filter((row) => (row as unknown[])[2] !== null)).toEqual(
      [2500, 2501, 4999].map((id) => [id, 2, NOW / 1000]),
    );
    expect(rows).toHaveLength(4999);
  });

  it('a worker takes a job that has been read already, three times', async () => {
    const taken: number[] = [];
    const { applied, rows } = await requeue({
      meanwhile: (other) => {
        const row = other
          .prepare('SELECT max(id) AS id FROM jobs WHERE reserved_at = ?')
          .get(NOW / 1000 - 7200) as { id: number | null };
        if (row.id === null || taken.length === 3) return;
        taken.push(row.id);
        other.exec(`UPDATE jobs SET reserved_at = ${NOW / 1000}, attempts = 2 WHERE id = ${row.id}`);
      },
      jobs: 30_000,
    });
    expect(taken).toHaveLength(3);
    expect(applied).toMatchObject({ requeued: 29_997, stopped: null });
    expect(rows.filter((row) => (row as unknown[])[2] !== null)).toEqual(
      taken.toReversed().map((id) => [id, 2, NOW / 1000]),
    );
  });

  it('somebody commits again and again', async () => {
    const { applied } = await requeue({
      meanwhile: (other) => other.exec(`UPDATE jobs SET payload = '{"seen":1}' WHERE id = 3`),
      jobs: 3000,
    });
    expect(applied).toMatchObject({ requeued: 3000, stopped: null });
  });

  it('the schema changes: it stops, and says what is done', async () => {
    const { applied, rows } = await requeue({
      meanwhile: once((other) => other.exec('ALTER TABLE jobs ADD COLUMN more')),
    });
    expect(applied).toMatchObject({ requeued: 0, stopped: expect.stringContaining('SQLITE_SCHEMA') });
    expect(rows.every((row) => (row as unknown[])[2] !== null)).toBe(true);
  });

  it('somebody keeps the write lock for longer than the wait', async () => {
    const meanwhile = once((other) => other.exec('BEGIN IMMEDIATE'));
    const { applied, rows } = await requeue({ meanwhile });
    expect(applied).toMatchObject({ requeued: 0, stopped: expect.stringContaining('--wait') });
    expect(rows.every((row) => (row as unknown[])[2] !== null)).toBe(true);
  });
});
