/** The order of proofs, and what protects a job: pure. */
import { describe, expect, it } from 'vitest';
import type { ClaimRow, Facts, Rules, Users } from '../../src/queue/facts.js';
import { judge } from '../../src/queue/judge.js';
import type { Claims, Owner } from '../../src/queue/preset.js';

const NOW = 1_800_000_000_000;
const ago = (seconds: number) => NOW / 1000 - seconds;
const claims: Claims = {
  ...{ table: 'jobs', where: 'true', id: 'jobs.id', observed: [], fenced: true, keepsOpen: true },
  claimedAt: { sql: 'c', format: 'unix-s' },
  owner: { sql: 'o', parse: ownerIn },
  heartbeat: { sql: 'h', format: 'unix-s', limitMs: 300_000, source: 'the limit' },
  lease: { sql: 'l', format: 'unix-s' },
  disowned: { sql: 'd', because: 'its books say so' },
};
/** `4711@web`, `4711`, or anything else. */
function ownerIn(text: string): Owner {
  const [, pid, host] = /^(\d+)(?:@(.+))?$/.exec(text) ?? [];
  return pid === undefined ? { kind: 'opaque' } : { kind: 'process', pid: Number(pid), host: host ?? null };
}

const SOMEBODY: Users = { kind: 'some', pids: [7], names: ['app (pid 7)'], gone: false };
const NOBODY: Users = { kind: 'nobody', looks: 12, overMs: 250 };
const facts = (users: Users = SOMEBODY, startedAtMs: number | null = null): Facts => ({
  ...{ nowMs: NOW, host: 'web', users, contained: () => [] },
  life: (pid) => (pid === 7 ? { lives: true, startedAtMs } : { lives: false }),
});
const row = (more: Partial<ClaimRow>): ClaimRow => ({
  ...{ claimedAt: ago(3600), owner: null, heartbeat: null, lease: null, disowned: false, obstacle: null },
  ...more,
});
const rules = (more: Partial<Rules> = {}): Rules => ({
  zone: null,
  olderThanMs: null,
  stopped: false,
  force: false,
  ...more,
});
const told = (
  claim: Partial<ClaimRow>,
  what: Facts = facts(),
  how: Rules = rules(),
  of: Partial<Claims> = {},
) => {
  const verdict = judge(row(claim), { ...claims, ...of }, what, how);
  return verdict.verdict === 'orphan' ? verdict.proof : verdict.verdict;
};

describe('a claim', () => {
  it.each<[string, Partial<ClaimRow>, string]>([
    ['of a pid that is gone', { owner: '8@web', heartbeat: ago(1) }, 'owner-gone'],
    ['of one that lives', { owner: '7@web', heartbeat: ago(9999) }, 'alive'],
    ['of another host', { owner: '8@db' }, 'unknown'],
    ['of another host without a heartbeat', { owner: '8@db', heartbeat: ago(301) }, 'heartbeat-stale'],
    ['of another host with one', { owner: '8@db', heartbeat: ago(299) }, 'alive'],
    ['that the books disown', { owner: 'x', disowned: true, heartbeat: ago(1) }, 'disowned'],
    ['whose lease is over', { lease: ago(10) }, 'lease-expired'],
    ['that nothing tells about', {}, 'unknown'],
    ['of the future', { claimedAt: ago(-60), owner: '8@web' }, 'unknown'],
    ['that must not be touched', { owner: '8@web', obstacle: 'it has finished' }, 'obstructed'],
  ])('%s', (_, claim, expected) => {
    expect(told(claim)).toBe(expected);
  });

  it('of a pid that was given to another process since', () => {
    expect(told({ owner: '7' }, facts(SOMEBODY, (ago(3600) + 10) * 1000))).toBe('owner-reused');
    expect(told({ owner: '7' }, facts(SOMEBODY, (ago(3600) - 10) * 1000))).toBe('alive');
    // within what clocks may differ by
    expect(told({ owner: '7' }, facts(SOMEBODY, (ago(3600) + 1) * 1000))).toBe('alive');
  });

  it('is an orphan if nobody has the database open, unless its owner is on another host', () => {
    expect(told({}, facts(NOBODY))).toBe('nobody-attached');
    expect(told({ owner: 'w1' }, facts(NOBODY))).toBe('nobody-attached');
    expect(told({ owner: '8@db' }, facts(NOBODY))).toBe('unknown');
    expect(told({}, facts({ kind: 'unseen', reason: 'no permission' }))).toBe('unknown');
  });

  it('is not, if its workers may open the database for single statements only', () => {
    const weak = { keepsOpen: false };
    expect(told({}, facts(NOBODY), rules(), weak)).toBe('unknown');
    expect(judge(row({}), { ...claims, ...weak }, facts(NOBODY), rules()).because).toContain(
      '12 looks over 250 ms',
    );
    expect(told({}, facts(NOBODY), rules({ stopped: true }), weak)).toBe('workers-stopped');
    expect(told({}, facts(NOBODY), rules({ olderThanMs: 60_000 }), weak)).toBe('age');
  });

  it('is an orphan by the word of the user, unless something shows that its worker lives', () => {
    const stopped = rules({ stopped: true });
    expect(told({}, facts(), stopped)).toBe('workers-stopped');
    expect(told({ owner: '8@db' }, facts(), stopped)).toBe('workers-stopped');
    expect(told({}, facts({ kind: 'unseen', reason: 'no permission' }), stopped)).toBe('workers-stopped');
    expect(told({ owner: '7@web' }, facts(), stopped)).toBe('alive');
    expect(told({ claimedAt: ago(1) }, facts(), stopped)).toBe('unknown');
    expect(told({ heartbeat: ago(10) }, facts(), stopped)).toBe('alive');
    expect(told({ claimedAt: ago(-60) }, facts(), stopped)).toBe('unknown');
  });

  it('whose lease is over is no orphan by that alone where nothing fences a late worker', () => {
    const unfenced = { fenced: false, keepsOpen: false };
    expect(told({ lease: ago(600) }, facts(), rules(), unfenced)).toBe('unknown');
    expect(told({ lease: ago(600) }, facts(NOBODY), rules(), unfenced)).toBe('nobody-attached');
    expect(told({ lease: ago(600) }, facts(), rules({ olderThanMs: 300_000 }), unfenced)).toBe(
      'lease-expired',
    );
    expect(told({ lease: ago(600), claimedAt: null }, facts(), rules(), unfenced)).toBe('unknown');
    expect(told({ lease: ago(-600), claimedAt: null }, facts(), rules(), unfenced)).toBe('alive');
  });

  it('is an orphan by its age where the user says so, and its owner does not live', () => {
    const older = rules({ olderThanMs: 1_800_000 });
    expect(told({}, facts(), older)).toBe('age');
    expect(told({ claimedAt: ago(60) }, facts(), older)).toBe('alive');
    expect(told({ owner: '8@db' }, facts(), older)).toBe('age');
    expect(told({ owner: '7@web' }, facts(), older)).toBe('alive');
    expect(told({ owner: '7@web' }, facts(), { ...older, force: true })).toBe('forced');
    expect(told({ owner: '7@web', claimedAt: ago(60) }, facts(), { ...older, force: true })).toBe('alive');
  });

  it('that is named is taken by force, whatever stands against it', () => {
    for (const owner of ['7@web', '8@db', 'w1']) {
      expect(told({ owner }, facts(), rules({ force: true }))).toBe('forced');
    }
  });

  it('is not aged by a time that nobody can read', () => {
    const verdict = judge(row({ claimedAt: 'soon' }), claims, facts(), rules({ olderThanMs: 1 }));
    expect(verdict).toMatchObject({ verdict: 'unknown', because: expect.stringContaining('"soon"') });
  });
});
