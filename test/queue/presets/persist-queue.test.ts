import { describe, expect, it } from 'vitest';
import { withPreset } from '../preset-fixture.js';
import { differences } from './difference.js';

/** Of every status of AckStatus; `timestamp` is when the item was put, long ago. */
const rows = () =>
  [0, 1, 2, 5, 9].map(
    (status) => `INSERT INTO ack_queue_default VALUES (${status + 1}, x'80049500', 1700000000.25, ${status})`,
  );

describe('persist-queue', () => {
  it('makes unacknowledged items ready when nobody has the file open', async () => {
    await withPreset(
      { schema: 'persist-queue', rows, args: ['--apply'] },
      async ({ status, report, changes, again }) => {
        expect(status).toBe(0);
        expect(report.queues[0]).toMatchObject({
          preset: 'persist-queue',
          counts: { queued: 2, claimed: 1, done: 1, failed: 1 },
          orphans: { count: 1, examples: [{ id: '3', proof: 'nobody-attached', age_ms: null }] },
        });
        expect(differences(changes, '_id')).toEqual([{ row: 'ack_queue_default 3', set: { status: '1' } }]);
        expect(await again('--apply')).toMatchObject({ status: 0, changes: [] });
      },
    );
  });

  it('leaves them alone while somebody has, however long ago they were put', async () => {
    const args = ['--apply', '--older-than', '1h'];
    await withPreset({ schema: 'persist-queue', rows, attached: true, args }, ({ report, changes }) => {
      expect(report.queues[0]).toMatchObject({ orphans: { count: 0 }, unknown: { count: 1 } });
      expect(changes).toEqual([]);
    });
  });

  it('fails them like ack_failed', async () => {
    await withPreset(
      { schema: 'persist-queue', rows, args: ['--apply', '--mode', 'fail'] },
      ({ changes }) => {
        expect(differences(changes, '_id')).toEqual([{ row: 'ack_queue_default 3', set: { status: '9' } }]);
      },
    );
  });
});
