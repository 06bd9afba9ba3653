import { describe, expect, it } from 'vitest';
import { withPreset } from '../preset-fixture.js';
import { differences, timesOf, UNIX_MS } from './difference.js';

function rows(now: number): string[] {
  const { unix, ms } = timesOf(now);
  const insert = (id: number, status: string, left: number, more: Record<string, string> = {}) => {
    const values = {
      ...{
        id: String(id),
        queue: `'crawler'`,
        payload: `'{}'`,
        createdAt: unix(9000),
        status: `'${status}'`,
      },
      ...{ numRunsLeft: String(left), maxNumRuns: '3', idempotencyKey: `'key${id}'`, ...more },
    };
    return `INSERT INTO tasks(${Object.keys(values)}) VALUES (${Object.values(values)})`;
  };
  const claimed = (seconds: number, token: string) => ({
    expireAt: unix(seconds),
    allocationId: `'${token}'`,
  });
  return [
    insert(1, 'pending', 3, { allocationId: `'a'` }),
    insert(2, 'pending', 3, { allocationId: `'b'`, availableAt: ms(-600) }),
    insert(3, 'running', 2, claimed(600, 'abc')), // its lease is over
    insert(4, 'running', 0, claimed(600, 'def')), // the same, and the last run is counted
    insert(5, 'running', 2, claimed(-600, 'ghi')), // alive
    insert(6, 'pending_retry', 1, { allocationId: `'c'` }),
    insert(7, 'failed', 0, { allocationId: `'d'` }),
  ];
}

const TOKEN = expect.stringMatching(/^'[0-9a-f]{12}'$/);

describe('liteque', () => {
  it('gives the run back, in milliseconds where it is due, with a new token that fences the old worker', async () => {
    await withPreset(
      { schema: 'liteque', rows, attached: true, args: ['--apply'] },
      ({ status, report, changes }) => {
        expect(status).toBe(0);
        expect(report.queues[0]).toMatchObject({
          preset: 'liteque',
          counts: { queued: 1, delayed: 1, claimed: 3, retryable: 1, failed: 1 },
          exhausted: 0,
        });
        const requeued = (left: number) => ({
          ...{ status: `'pending_retry'`, expireAt: 'NULL', allocationId: TOKEN },
          ...{ availableAt: expect.stringMatching(UNIX_MS), numRunsLeft: String(left) },
        });
        expect(differences(changes)).toEqual([
          { row: 'tasks 3', set: requeued(3) },
          { row: 'tasks 4', set: requeued(1) },
        ]);
      },
    );
  });

  it('without the refund the last run is over: the task fails, as the next dequeue would have it', async () => {
    const args = ['--apply', '--no-refund', '--id', '4'];
    await withPreset({ schema: 'liteque', rows, attached: true, args }, ({ report, changes }) => {
      expect(report.queues[0]).toMatchObject({ exhausted: 1 });
      expect(differences(changes)).toEqual([
        { row: 'tasks 4', set: { status: `'failed'`, expireAt: 'NULL', allocationId: TOKEN } },
      ]);
    });
  });
});
