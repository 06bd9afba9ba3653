import { describe, expect, it } from 'vitest';
import { withPreset } from '../preset-fixture.js';
import { differences, timesOf, UNIX_NS } from './difference.js';

function rows(now: number): string[] {
  const { ns } = timesOf(now);
  const insert = (id: string, status: number, locked = 'NULL', done = 'NULL') =>
    `INSERT INTO Queue VALUES ('note', '${id}', ${status}, ${ns(9000)}, ${locked}, ${done})`;
  return [
    insert('06b0-ready', 0),
    insert('06b0-orphan', 1, ns(7200)),
    insert('06b0-alive', 1, ns(2)),
    insert('06b0-done', 2, ns(7200), ns(7100)),
    insert('06b0-failed', 3, ns(7200), ns(7100)),
  ];
}

const ORPHAN = `Queue '06b0-orphan'`;

describe('litequeue', () => {
  it('makes the message ready again that was locked too long ago, in nanoseconds', async () => {
    const args = ['--apply', '--older-than', '1h'];
    await withPreset({ schema: 'litequeue', rows, attached: true, args }, ({ status, report, changes }) => {
      expect(status).toBe(0);
      expect(report.queues[0]).toMatchObject({
        preset: 'litequeue',
        counts: { queued: 1, claimed: 2, done: 1, failed: 1 },
        orphans: { count: 1, examples: [{ id: '06b0-orphan' }] },
        alive: { count: 1 },
      });
      expect(report.queues[0]?.orphans.examples[0]?.age_ms).toBeGreaterThan(7_190_000);
      expect(differences(changes, 'message_id')).toEqual([
        { row: ORPHAN, set: { status: '0', lock_time: 'NULL' } },
      ]);
    });
  });

  it('fails it like mark_failed', async () => {
    const args = ['--apply', '--older-than', '1h', '--mode', 'fail'];
    await withPreset({ schema: 'litequeue', rows, attached: true, args }, ({ changes }) => {
      expect(differences(changes, 'message_id')).toEqual([
        { row: ORPHAN, set: { status: '3', done_time: expect.stringMatching(UNIX_NS) } },
      ]);
    });
  });
});
