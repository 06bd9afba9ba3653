import { describe, expect, it } from 'vitest';
import { withPreset } from '../preset-fixture.js';

const LOCK = { queue: `'mails'`, key: `'mails.lock.report'`, value: `X'80'` };
const rows = () => [
  `INSERT INTO task VALUES (1, 'mails', x'00', 0)`,
  `INSERT INTO schedule VALUES (1, 'mails', x'00', 1.5)`,
  `INSERT INTO kv VALUES ('mails', 'mails.lock.report', x'80')`,
  // a result, and a key that only looks like a lock of this queue
  `INSERT INTO kv VALUES ('mails', '83ec3c36', x'80'), ('mails', 'other.lock.report', x'80')`,
];

describe('huey', () => {
  it('loses the locks of a dead consumer, nothing else, and gets them back by the journal', async () => {
    await withPreset({ schema: 'huey', rows, args: [] }, async (preview) => {
      expect(preview).toMatchObject({ status: 1, changes: [] });
      expect(preview.report.summary).toContain('1 lock of lock_task left behind by a dead worker.');
      expect(preview.report.queues[0]).toMatchObject({
        ...{ acts: true, counts: { queued: 1, delayed: 1 }, orphans: { count: 1 } },
        notes: expect.arrayContaining([expect.stringContaining('cannot be requeued. Enqueue it again.')]),
      });
      const done = await preview.again('--apply', '--journal', 'locks.jsonl');
      expect(done).toMatchObject({ status: 0, changes: [{ table: 'kv', before: LOCK, after: null }] });
      expect(done.report.summary).toBe('1 lock of lock_task removed.');
      expect(await preview.again()).toMatchObject({ status: 0 });
      const undone = await preview.again('--undo', 'locks.jsonl', '--apply');
      expect(undone).toMatchObject({ status: 0, changes: [{ table: 'kv', before: null, after: LOCK }] });
    });
  });

  it('keeps them while anybody has the database open', async () => {
    await withPreset({ schema: 'huey', rows, attached: true, args: ['--apply'] }, ({ report, changes }) => {
      expect(changes).toEqual([]);
      expect(report.queues[0]?.unknown.examples).toMatchObject([{ id: 'mails.lock.report' }]);
    });
  });
});
