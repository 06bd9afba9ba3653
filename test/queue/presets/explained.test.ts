import { describe, expect, it } from 'vitest';
import { presets } from '../../../src/queue/presets/index.js';
import { withPreset } from '../preset-fixture.js';
import { timesOf } from './difference.js';

const acting = presets.filter(({ action }) => action.kind === 'acts').map(({ id }) => id);

/** Rows in every state, the claimed ones included; nothing of it may change. */
const QUEUES: Readonly<Record<string, { rows: (now: number) => string[]; counts: object; orphans: number }>> =
  {
    'django-q2': {
      rows: (now) => [
        `INSERT INTO django_q_ormq VALUES (1, 'DJ', 'x', ${timesOf(now).micro(60)})`,
        `INSERT INTO django_q_ormq VALUES (2, 'DJ', 'x', ${timesOf(now).micro(-60)})`,
      ],
      counts: { queued: 1, claimed: 1 },
      orphans: 0,
    },
    bunqueue: {
      rows: (now) =>
        ['waiting', 'delayed', 'active', 'completed'].map(
          (state, id) =>
            `INSERT INTO jobs(id, queue, data, created_at, run_at, started_at, state) VALUES ('j${id}', 'mails', x'80', ${timesOf(now).ms(900)}, ${timesOf(now).ms(900)}, ${timesOf(now).ms(800)}, '${state}')`,
        ),
      counts: { queued: 1, delayed: 1, claimed: 1, done: 1 },
      orphans: 1,
    },
    n8n: {
      rows: (now) => [
        `INSERT INTO workflow_entity VALUES ('w', 'Flow', 1)`,
        ...['new', 'running', 'waiting', 'success', 'error', 'crashed', 'canceled'].map(
          (status, id) =>
            `INSERT INTO execution_entity(id, workflowId, finished, mode, startedAt, status) VALUES (${id + 1}, 'w', 0, 'trigger', ${timesOf(now).micro(900).slice(0, -4)}', '${status}')`,
        ),
      ],
      counts: { queued: 1, claimed: 1, delayed: 1, done: 1, failed: 2, cancelled: 1 },
      orphans: 1,
    },
    prefect: {
      rows: () => [
        `INSERT INTO flow(id, created, updated, name) VALUES ('f', 'x', 'x', 'flow')`,
        ...['SCHEDULED', 'RUNNING', 'COMPLETED', 'CRASHED'].map(
          (state) =>
            `INSERT INTO flow_run(id, created, updated, name, flow_id, state_type) VALUES ('${state}', 'x', 'x', 'calm-crab', 'f', '${state}')`,
        ),
      ],
      counts: { queued: 1, claimed: 1, done: 1, failed: 1 },
      orphans: 0,
    },
    airflow: {
      rows: () => [
        `INSERT INTO dag_run VALUES (1, 'd', 'r', 'running')`,
        ...['queued', 'running', 'up_for_retry', 'success', 'failed'].map(
          (state, id) =>
            `INSERT INTO task_instance(id, task_id, dag_id, run_id, state, pool, pool_slots) VALUES ('${id}', '${state}', 'd', 'r', '${state}', 'default_pool', 1)`,
        ),
      ],
      counts: { queued: 1, claimed: 1, retryable: 1, done: 1, failed: 1 },
      orphans: 0,
    },
    'apscheduler-4': {
      rows: () => [
        `INSERT INTO jobs(id, task_id, args, kwargs, tags, created_at) VALUES ('a', 't', x'', x'', '[]', 'x')`,
        `INSERT INTO jobs(id, task_id, args, kwargs, tags, created_at, acquired_by, acquired_until) VALUES ('b', 't', x'', x'', '[]', 'x', 'host-1-2', 'x')`,
      ],
      counts: { queued: 1, claimed: 1 },
      orphans: 1,
    },
    'celery-sqlalchemy': {
      rows: () => [
        `INSERT INTO kombu_queue VALUES (1, 'celery')`,
        `INSERT INTO kombu_message VALUES (1, 0, '2026-11-21 02:44:44.311389', '{}', 2, 1), (2, 1, NULL, '{}', 1, 1)`,
      ],
      counts: { queued: 1, other: 1 },
      orphans: 0,
    },
  };

describe('a queue that dblock explains and leaves alone', () => {
  it('is every one that it does not act on', () => {
    const explained = presets.map(({ id }) => id).filter((id) => !acting.includes(id));
    expect(Object.keys(QUEUES).sort()).toEqual(explained.sort());
  });

  it.each(Object.entries(QUEUES))(
    '%s: --apply changes nothing, and says what to do instead',
    async (schema, { rows, counts, orphans }) => {
      await withPreset({ schema, rows, args: ['--apply'] }, ({ report, changes, status, stderr }) => {
        expect(changes).toEqual([]);
        expect(status).toBe(orphans === 0 ? 0 : 1);
        if (orphans > 0)
          expect(report.summary).toMatch(/: of .* dblock changes nothing, and tells the way out/);
        expect(stderr).not.toContain('internal error');
        expect(report.queues).toHaveLength(1);
        expect(report.queues[0]).toMatchObject({
          ...{ preset: schema, acts: false, counts, orphans: { count: orphans }, applied: null },
          way_out: { why: expect.stringMatching(/\.$/), text: expect.stringMatching(/\.$/) },
        });
      });
    },
  );
});
