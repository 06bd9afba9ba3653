import { describe, expect, it } from 'vitest';
import { withPreset } from '../preset-fixture.js';
import { differences, ISO, timesOf } from './difference.js';

function jobs(now: number, claim: (seconds: number) => Record<string, string>): string[] {
  const { iso } = timesOf(now);
  const insert = (id: number, more: Record<string, string> = {}) => {
    const values = {
      ...{ id: String(id), input: `'{}'`, total_tried: '1', has_error: '0', task_slug: `'mail'` },
      ...{ queue: `'default'`, created_at: iso(9000), updated_at: iso(8000), ...more },
    };
    return `INSERT INTO payload_jobs(${Object.keys(values)}) VALUES (${Object.values(values)})`;
  };
  return [
    insert(1),
    insert(2, { wait_until: iso(-600) }),
    insert(3, claim(7200)), // orphaned
    insert(4, claim(2)), // alive
    insert(5, { completed_at: iso(500) }),
    insert(6, { has_error: '1', error: `'{"message":"boom"}'` }),
    insert(7, { ...claim(7200), has_error: '1', error: `'{"cancelled":true}'` }), // cancelled while it ran
    `INSERT INTO payload_jobs_log VALUES (1, 3, 'log', ${iso(8000)}, ${iso(7900)}, 'mail', '1', NULL, '{}', 'succeeded', NULL)`,
  ];
}

const DIED = expect.stringMatching(/^'\{"name":"Error","cancelled":false,"message":"The process died/);

describe('payload, version 3', () => {
  const rows = (now: number) =>
    jobs(now, (seconds) => ({ processing: '1', updated_at: timesOf(now).iso(seconds) }));

  it('ends processing, and keeps the log by which a workflow goes on', async () => {
    const args = ['--apply', '--older-than', '1h'];
    await withPreset({ schema: 'payload', rows, attached: true, args }, ({ status, report, changes }) => {
      expect(status).toBe(0);
      expect(report.queues[0]).toMatchObject({
        preset: 'payload',
        counts: { retryable: 1, queued: 1, claimed: 2, done: 1, failed: 2 },
        orphans: { count: 1, examples: [{ id: '3', kind: 'mail' }] },
        alive: { count: 1 },
      });
      expect(differences(changes)).toEqual([
        { row: 'payload_jobs 3', set: { processing: '0', updated_at: expect.stringMatching(ISO) } },
      ]);
    });
  });

  it('fails like a task without retries left', async () => {
    const args = ['--apply', '--older-than', '1h', '--mode', 'fail'];
    await withPreset({ schema: 'payload', rows, attached: true, args }, ({ changes }) => {
      expect(differences(changes)).toEqual([
        {
          row: 'payload_jobs 3',
          set: {
            ...{ processing: '0', has_error: '1', total_tried: '2', error: DIED },
            updated_at: expect.stringMatching(ISO),
          },
        },
      ]);
    });
  });
});

describe('payload, version 4', () => {
  const rows = (now: number) =>
    jobs(now, (seconds) => ({
      processing_until: timesOf(now).iso(seconds - 60),
      processing_token: `'6f1c'`,
    }));

  it('takes the lease that has expired, and the token with it', async () => {
    await withPreset(
      { schema: 'payload-v4', rows, attached: true, args: ['--apply'] },
      ({ status, report, changes }) => {
        expect(status).toBe(0);
        expect(report.queues[0]).toMatchObject({
          preset: 'payload-v4',
          orphans: { count: 1, examples: [{ id: '3', proof: 'lease-expired' }] },
        });
        expect(differences(changes)).toEqual([
          { row: 'payload_jobs 3', set: { processing_until: 'NULL', processing_token: 'NULL' } },
        ]);
      },
    );
  });

  it('fails like a task without retries left', async () => {
    const args = ['--apply', '--mode', 'fail'];
    await withPreset({ schema: 'payload-v4', rows, attached: true, args }, ({ changes }) => {
      const gone = { processing_until: 'NULL', processing_token: 'NULL' };
      expect(differences(changes)).toMatchObject([
        { row: 'payload_jobs 3', set: { ...gone, has_error: '1', total_tried: '2', error: DIED } },
      ]);
    });
  });
});
