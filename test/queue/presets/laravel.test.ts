import { describe, expect, it } from 'vitest';
import { withPreset } from '../preset-fixture.js';

const payload = (more = '') => `{"uuid":"u-1","displayName":"App\\\\Jobs\\\\Send"${more}}`;

function rows(now: number): string[] {
  const insert = (id: number, attempts: number, reserved: string, available: number, more = '') =>
    `INSERT INTO jobs VALUES (${id}, 'default', '${payload(more)}', ${attempts}, ${reserved}, ${available}, ${now - 600})`;
  return [
    insert(1, 0, 'NULL', now - 600), // queued
    insert(2, 0, 'NULL', now + 600), // delayed
    insert(3, 1, String(now - 500), now - 600), // left by a dead worker
    insert(4, 1, String(now - 3), now - 600), // just claimed
    insert(5, 4, String(now - 500), now - 600, ',"maxTries":3'), // no tries left, even with one given back
    `INSERT INTO failed_jobs VALUES (1, 'u-0', 'database', 'default', '{}', 'RuntimeException: boom', '2026-01-01 00:00:00')`,
  ];
}

describe('laravel', () => {
  it('frees the orphan and gives its attempt back; fails the exhausted one; touches nothing else', async () => {
    const args = ['--apply', '--older-than', '90s'];
    await withPreset({ schema: 'laravel', rows, attached: true, args }, ({ status, report, changes }) => {
      expect(status).toBe(0);
      expect(report.queues[0]).toMatchObject({
        preset: 'laravel',
        counts: { queued: 1, delayed: 1, claimed: 3 },
      });
      expect(report.queues[0]?.alive).toMatchObject({ count: 1, examples: [{ id: '4' }] });
      const [requeued, exhausted, failed] = changes;
      expect(requeued?.after).toEqual({
        ...requeued?.before,
        ...{ id: '3', reserved_at: 'NULL', attempts: '0', available_at: requeued?.after?.['available_at'] },
      });
      expect(Number(requeued?.after?.['available_at'])).toBeGreaterThan(
        Number(requeued?.before?.['reserved_at']),
      );
      expect(exhausted).toMatchObject({ table: 'jobs', before: { id: '5' }, after: null });
      expect(failed).toMatchObject({
        ...{ table: 'failed_jobs', before: null },
        after: { uuid: `'u-1'`, queue: `'default'`, payload: exhausted?.before?.['payload'] },
      });
      expect(changes).toHaveLength(3);
    });
  });

  it('without a process that has it open, every claim is an orphan, and a second run finds none', async () => {
    await withPreset({ schema: 'laravel', rows, args: ['--apply'] }, async ({ status, report, again }) => {
      expect(status).toBe(0);
      expect(report.queues[0]?.orphans.count).toBe(3);
      const second = await again('--apply');
      expect(second).toMatchObject({ status: 0, changes: [] });
    });
  });
});
