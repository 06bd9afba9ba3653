import { describe, expect, it } from 'vitest';
import { withPreset } from '../preset-fixture.js';
import { differences, timesOf } from './difference.js';

function rows(now: number): string[] {
  const { second } = timesOf(now);
  const insert = (id: number, available: number, delivered: string, queue = 'default') =>
    `INSERT INTO messenger_messages VALUES (${id}, '{}', '{"type":"App\\\\Mail"}', '${queue}', ${second(900)}, ${second(available)}, ${delivered})`;
  return [
    insert(1, 600, 'NULL'), // queued
    insert(2, -600, 'NULL'), // delayed
    insert(3, 600, second(7200)), // orphaned
    insert(4, 600, second(2)), // being handled
    insert(5, 600, 'NULL', 'failed'), // failed: of another queue
  ];
}

describe('symfony-messenger', () => {
  it('delivers again what is older than the age, once the zone of its times is said', async () => {
    const args = ['--apply', '--older-than', '1h', '--tz', 'UTC'];
    await withPreset(
      { schema: 'symfony-messenger', rows, attached: true, args },
      ({ status, report, changes }) => {
        expect(status).toBe(0);
        expect(report.queues[0]).toMatchObject({
          preset: 'symfony-messenger',
          counts: { queued: 3, claimed: 2 },
          orphans: { count: 1, examples: [{ id: '3', kind: 'App\\Mail', queue: 'default' }] },
          alive: { count: 1 },
        });
        expect(differences(changes)).toEqual([
          { row: 'messenger_messages 3', set: { delivered_at: 'NULL' } },
        ]);
      },
    );
  });

  it('does not guess the zone, which is local up to version 6.3', async () => {
    const args = ['--apply', '--older-than', '1h'];
    await withPreset({ schema: 'symfony-messenger', rows, attached: true, args }, ({ report, changes }) => {
      expect(report.queues[0]).toMatchObject({ orphans: { count: 0 }, unknown: { count: 2 } });
      expect(report.queues[0]?.unknown.examples[0]?.because).toContain('--tz');
      expect(changes).toEqual([]);
    });
  });
});
