import { describe, expect, it } from 'vitest';
import { withPreset } from '../preset-fixture.js';
import { differences, ISO_MICRO, timesOf } from './difference.js';

function rows(now: number): string[] {
  const { isoMicro } = timesOf(now);
  const insert = (id: number, state: string, more: Record<string, string> = {}) => {
    const values = {
      ...{ id: String(id), state: `'${state}'`, worker: `'App.Mail'`, args: `'{"id":${id}}'` },
      ...{ inserted_at: isoMicro(9000), scheduled_at: isoMicro(8000), ...more },
    };
    return `INSERT INTO oban_jobs(${Object.keys(values)}) VALUES (${Object.values(values)})`;
  };
  const ran = (seconds: number, attempt = 1) => ({
    attempted_at: isoMicro(seconds),
    attempted_by: `'["app@web1"]'`,
    attempt: String(attempt),
  });
  const errors = (message: string) =>
    `'[{"at":"…","attempt":1,"error":"boom"},{"attempt":20,"error":"** (Exqlite.Error) ${message}"}]'`;
  const discarded = (message: string) => ({
    ...ran(7000, 20),
    discarded_at: isoMicro(6000),
    errors: errors(message),
  });
  return [
    insert(1, 'available'),
    insert(2, 'scheduled', { scheduled_at: isoMicro(-600) }),
    insert(3, 'executing', ran(7200)), // orphaned
    insert(4, 'executing', ran(7200, 20)), // orphaned, and at its last attempt
    insert(5, 'executing', ran(2)), // alive
    insert(6, 'retryable', { ...ran(7000), scheduled_at: isoMicro(-60) }),
    insert(7, 'completed', { ...ran(7000), completed_at: isoMicro(6000) }),
    insert(8, 'discarded', discarded('no such table: users')),
    insert(9, 'discarded', discarded('database is locked')),
    insert(10, 'cancelled', { cancelled_at: isoMicro(6000) }),
  ];
}

const now = expect.stringMatching(ISO_MICRO);

describe('oban-lite', () => {
  it('makes the orphan available, discards the exhausted one like Lifeline, and retries what failed of a lock', async () => {
    const args = ['--apply', '--older-than', '1h', '--include-lock-failures'];
    await withPreset({ schema: 'oban', rows, attached: true, args }, ({ status, report, changes }) => {
      expect(status).toBe(0);
      expect(report.queues[0]).toMatchObject({
        preset: 'oban-lite',
        counts: { queued: 1, delayed: 1, claimed: 3, retryable: 1, done: 1, failed: 2, cancelled: 1 },
        orphans: {
          count: 2,
          examples: [{ id: '3', owner: 'app@web1', attempts: 1, max_attempts: 20 }, { id: '4' }],
        },
        exhausted: 1,
        alive: { count: 1 },
        lock_failures: { count: 1, examples: [{ id: '9' }] },
      });
      expect(differences(changes)).toEqual([
        { row: 'oban_jobs 3', set: { state: `'available'`, scheduled_at: now } },
        { row: 'oban_jobs 4', set: { state: `'discarded'`, discarded_at: now } },
        {
          row: 'oban_jobs 9',
          set: { state: `'available'`, max_attempts: '21', scheduled_at: now, discarded_at: 'NULL' },
        },
      ]);
    });
  });

  it('allows the exhausted job one more attempt: else fetch_jobs never takes it', async () => {
    const args = ['--apply', '--older-than', '1h', '--on-exhausted', 'requeue', '--id', '4'];
    await withPreset({ schema: 'oban', rows, attached: true, args }, ({ changes }) => {
      expect(differences(changes)).toEqual([
        { row: 'oban_jobs 4', set: { state: `'available'`, scheduled_at: now, max_attempts: '21' } },
      ]);
    });
  });
});
