import { describe, expect, it } from 'vitest';
import { withPreset } from '../preset-fixture.js';
import { differences, HOST, LIVING_PID, NO_PID, timesOf, UNIX_MS } from './difference.js';

function rows(now: number): string[] {
  const { ms } = timesOf(now);
  const insert = (id: number, state: string, more: Record<string, string> = {}) => {
    const values = {
      ...{ id: String(id), queue: `'default'`, class: `'Mail'`, script: `'mail.js'`, args: `'[]'` },
      ...{ constructor_args: `'[]'`, state: `'${state}'`, available_at: ms(8000), inserted_at: ms(9000) },
      ...{ attempt: '0', max_attempts: '5', ...more },
    };
    return `INSERT INTO sidequest_jobs(${Object.keys(values)}) VALUES (${Object.values(values)})`;
  };
  const by = (pid: number, seconds: number, attempt = 1, host = HOST) => ({
    ...{ claimed_by: `'sidequest@${host}-${pid}'`, claimed_at: ms(seconds) },
    ...(attempt > 0 ? { attempt: String(attempt), attempted_at: ms(seconds) } : {}),
  });
  const failed = (message: string) => ({
    ...{ ...by(NO_PID, 7000, 5), failed_at: ms(6000) },
    errors: `'[{"message":"boom","attempt":1},{"name":"SqliteError","message":"${message}","attempt":5}]'`,
  });
  return [
    insert(1, 'waiting'),
    insert(2, 'waiting', { available_at: ms(-600) }),
    insert(3, 'running', { ...by(NO_PID, 500), unique_digest: `'d3'` }), // orphaned
    insert(4, 'claimed', by(NO_PID, 500, 0)), // orphaned before it started
    insert(5, 'running', by(NO_PID, 500, 5)), // orphaned at its last attempt
    insert(6, 'running', by(LIVING_PID, 1)), // alive
    insert(7, 'running', by(NO_PID, 500, 1, 'web-2-eu')), // of another host
    insert(8, 'completed', { ...by(NO_PID, 7000), completed_at: ms(6000) }),
    insert(9, 'failed', failed('no such table: users')),
    insert(10, 'failed', failed('database is locked')),
    insert(11, 'canceled', { canceled_at: ms(6000) }),
  ];
}

const NOW = expect.stringMatching(UNIX_MS);
const waiting = { state: `'waiting'`, available_at: NOW, claimed_at: 'NULL', claimed_by: 'NULL' };

describe('sidequest', () => {
  it('puts back what the dead engine claimed or ran, fails the exhausted one, retries what failed of a lock', async () => {
    const args = ['--apply', '--include-lock-failures'];
    await withPreset(
      { schema: 'sidequest', rows, attached: true, args },
      ({ status, report, changes, query }) => {
        expect(status).toBe(0);
        expect(report.queues[0]).toMatchObject({
          preset: 'sidequest',
          counts: { queued: 1, delayed: 1, claimed: 5, done: 1, failed: 2, cancelled: 1 },
          exhausted: 1,
          alive: { count: 1, examples: [{ id: '6' }] },
          unknown: { count: 1, examples: [{ id: '7' }] },
          lock_failures: { count: 1, examples: [{ id: '10' }] },
        });
        expect(differences(changes)).toEqual([
          { row: 'sidequest_jobs 3', set: waiting },
          { row: 'sidequest_jobs 4', set: waiting },
          { row: 'sidequest_jobs 5', set: { state: `'failed'`, failed_at: NOW, errors: expect.any(String) } },
          { row: 'sidequest_jobs 10', set: { state: `'waiting'`, available_at: NOW, max_attempts: '6' } },
        ]);
        const [error] = query(`SELECT json_extract(errors, '$[0]') AS json FROM sidequest_jobs WHERE id = 5`);
        expect(JSON.parse(error?.['json']?.slice(1, -1) ?? '')).toEqual({
          message: expect.stringContaining('The worker died'),
          attempt: 5,
          attempted_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.123Z$/),
          attempt_by: `sidequest@${HOST}-${NO_PID}`,
        });
      },
    );
  });
});
