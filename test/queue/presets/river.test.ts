import { describe, expect, it } from 'vitest';
import { withPreset } from '../preset-fixture.js';
import { differences, timesOf } from './difference.js';

/** Milliseconds, without zeros at the end. */
const NOW = expect.stringMatching(/^'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{0,2}[1-9])?'$/);

const jsonb = (json: string) => `jsonb('${json}')`;
const text = (json: string) => `'${json}'`;

/** `json` writes it as the migration of the fixture does. */
function jobs(now: number, json: (value: string) => string): string[] {
  const { micro } = timesOf(now);
  const time = (seconds: number) => `${micro(seconds).slice(0, -4)}'`;
  const insert = (id: number, state: string, more: Record<string, string> = {}) => {
    const values = {
      ...{
        id: String(id),
        state: `'${state}'`,
        kind: `'mail'`,
        args: json('{}'),
        metadata: json('{}'),
        tags: json('[]'),
      },
      ...{ created_at: time(9000), scheduled_at: time(8000), max_attempts: '25', ...more },
    };
    return `INSERT INTO river_job(${Object.keys(values)}) VALUES (${Object.values(values)})`;
  };
  const ran = (seconds: number, attempt = 1) => ({
    ...{ attempted_at: time(seconds), attempt: String(attempt) },
    attempted_by: json('["web0_2026_01_01T00_00_00_000000","web1_2026_01_01T00_00_00_000000"]'),
  });
  const failed = (error: string) => ({
    ...ran(7000, 25),
    finalized_at: time(6000),
    errors: json(
      `[{"at":"x","attempt":1,"error":"boom","trace":""},{"at":"x","attempt":25,"error":"${error}","trace":""}]`,
    ),
  });
  const unique = (states: number) => ({ unique_key: `x'c0ffee'`, unique_states: String(states) });
  return [
    insert(1, 'available'),
    insert(2, 'scheduled', { scheduled_at: time(-600) }),
    insert(3, 'running', { ...ran(7200), errors: json('[{"error":"first"}]') }), // orphaned
    insert(4, 'running', ran(7200, 25)), // orphaned, and at its last attempt
    insert(5, 'running', ran(2)), // alive
    insert(6, 'running', { ...ran(7200), metadata: json('{"cancel_attempted_at":"2026-01-01T00:00:00Z"}') }),
    insert(7, 'running', { ...ran(7200), ...unique(1) }), // its key has been queued again: unique while available
    insert(8, 'available', unique(1)),
    insert(9, 'retryable', { ...ran(7000), scheduled_at: time(-60) }),
    insert(10, 'completed', { ...ran(7000), finalized_at: time(6000) }),
    insert(11, 'discarded', failed('no such table: users')),
    insert(12, 'discarded', failed('database is locked (5) (SQLITE_BUSY)')),
    insert(13, 'cancelled', { finalized_at: time(6000) }),
    insert(14, 'pending'),
  ];
}

describe('river', () => {
  it.each([
    ['JSONB, from migration 7 on', jsonb, 'blob'],
    ['JSON text, before it', text, 'text'],
  ])('with %s: the orphan, the exhausted one, and what failed of a lock', async (_, json, type) => {
    const rows = (now: number) => jobs(now, json);
    const args = ['--apply', '--older-than', '1h', '--include-lock-failures'];
    await withPreset(
      { schema: 'river', rows, attached: true, args },
      ({ status, report, changes, query }) => {
        expect(status).toBe(0);
        expect(report.queues[0]).toMatchObject({
          preset: 'river',
          counts: {
            ...{ queued: 2, delayed: 1, claimed: 5, retryable: 1 },
            ...{ done: 1, failed: 2, cancelled: 1, blocked: 1 },
          },
          orphans: {
            count: 2,
            examples: [{ id: '3', owner: 'web1_2026_01_01T00_00_00_000000' }, { id: '4' }],
          },
          exhausted: 1,
          obstructed: { count: 2, examples: [{ id: '6' }, { id: '7' }] },
          lock_failures: { count: 1, examples: [{ id: '12' }] },
        });
        const errors = expect.any(String);
        expect(differences(changes)).toEqual([
          { row: 'river_job 3', set: { state: `'available'`, scheduled_at: NOW, errors } },
          { row: 'river_job 4', set: { state: `'discarded'`, finalized_at: NOW, errors } },
          {
            row: 'river_job 12',
            set: { state: `'available'`, scheduled_at: NOW, finalized_at: 'NULL', max_attempts: '26' },
          },
        ]);
        const [third, fourth] = query(
          'SELECT typeof(errors) AS type, json(errors) AS json FROM river_job WHERE id IN (3, 4)',
        );
        expect([third?.['type'], fourth?.['type']]).toEqual([`'${type}'`, `'${type}'`]);
        expect(third?.['json']).toMatch(
          /^'\[\{"error":"first"\},\{"at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","attempt":1,"error":"Requeued by dblock","trace":""\}\]'$/,
        );
        expect(fourth?.['json']).toMatch(/^'\[\{"at":"[^"]*","attempt":25,"error":"The worker died/);
      },
    );
  });

  it('says which key has been queued again', async () => {
    const rows = (now: number) => jobs(now, jsonb);
    await withPreset({ schema: 'river', rows, args: ['--id', '7'] }, ({ report }) => {
      expect(report.queues[0]?.obstructed.examples[0]?.because).toBe(
        'another job with its unique key has been queued since',
      );
    });
  });
});
