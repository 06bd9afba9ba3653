/** `dblock stress`, as a user runs it: each phenomenon that it is there to show, with real processes. */
import { statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openStage } from '../support/stage.js';
import { expectTruth, playScratch, stress } from '../support/stress.js';

/** Reads, takes its time, and writes; holds the lock for a while. The sleeps make both kinds of failure certain. */
const READ_THEN_WRITE = [
  '\\set id random(1, 3)',
  'BEGIN;',
  'SELECT state FROM jobs WHERE id = :id;',
  '\\sleep 3 ms',
  'UPDATE jobs SET attempts = attempts + 1 WHERE id = :id;',
  '\\sleep 3 ms',
  'COMMIT;',
].join('\n');

async function jobsDatabase(stage: Awaited<ReturnType<typeof openStage>>): Promise<string> {
  const path = stage.path('app.db');
  const actor = await stage.actor('node');
  const connection = await actor.open(path);
  await connection.exec(
    'PRAGMA journal_mode=WAL',
    'CREATE TABLE jobs (id INTEGER PRIMARY KEY, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0)',
    'CREATE TABLE log (job INTEGER)',
    'CREATE TRIGGER job_updated AFTER UPDATE ON jobs BEGIN INSERT INTO log VALUES (new.id); END',
    "INSERT INTO jobs (state) VALUES ('queued'), ('queued'), ('queued')",
  );
  await connection.close();
  return path;
}

/** Each writer plays the script on a table of jobs. */
async function playScript(script: string, ...options: readonly string[]) {
  await using stage = await openStage();
  const path = await jobsDatabase(stage);
  await writeFile(stage.path('claim.sql'), script);
  const args = [path, '--script', 'claim.sql', '--synchronous', 'off', ...options];
  return await stress(args, { cwd: stage.folder });
}

interface ErrorRow {
  readonly code: string;
  readonly class: string;
  readonly phase: string;
  readonly fastest_ms: number;
  readonly sentence: string;
}

function rowsOf(run: { errors: ErrorRow[] }, code: string): ErrorRow[] {
  return run.errors.filter((error) => error.code === code);
}

describe('the known phenomena', () => {
  it('BEGIN, SELECT, UPDATE fails at once at busy_timeout=30000, as BUSY and as BUSY_SNAPSHOT', async () => {
    const load = ['--busy-timeout', '30s', '--transactions', '60'];
    const { status, report, run, counters } = await playScript(READ_THEN_WRITE, ...load);
    expect(status).toBe(1);
    expect(report.verdict).toBe('warning');
    expect(counters.lock_failures).toBeGreaterThan(0);
    expect(counters.lock_attempts).toBe(counters.lock_successes + counters.lock_failures);
    for (const code of ['SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT']) {
      const [error] = rowsOf(run, code);
      expect(error).toMatchObject({ class: 'instant', phase: 'write', explain: code });
      expect(error?.fastest_ms).toBeLessThan(1000);
      expect(error?.sentence).toContain('BEGIN IMMEDIATE');
    }
  });

  it('BEGIN IMMEDIATE with the same work has no failure, and waits', async () => {
    const script = READ_THEN_WRITE.replace('BEGIN;', 'BEGIN IMMEDIATE;');
    const load = ['--busy-timeout', '30s', '--transactions', '20'];
    const { status, run, counters } = await playScript(script, ...load);
    expect(status).toBe(0);
    expect(counters).toMatchObject({ lock_successes: 80, lock_failures: 0, failure_rate: 0 });
    expect(run.errors).toEqual([]);
    // somebody came while somebody else held the lock for 6 ms
    expect(counters.max_wait_ms).toBeGreaterThan(1);
  });

  it('without a busy timeout the first try decides', async () => {
    const { run } = await stress(
      ['--busy-timeout', '0', '--begin', 'immediate', '--hold', '5ms', '--duration', '1s'],
      { cwd: '/' },
    );
    expect(rowsOf(run, 'SQLITE_BUSY')).toMatchObject([{ class: 'instant', phase: 'begin' }]);
    expect(run.errors[0].sentence).toContain('no busy timeout');
    expectTruth(run);
  });

  it('a hold longer than the timeout times out at the timeout', async () => {
    const load = ['--busy-timeout', '200ms', '--begin', 'immediate', '--hold', '500ms', '--duration', '1s'];
    const { run } = await stress(['--writers', '3', ...load], { cwd: '/' });
    const [error] = rowsOf(run, 'SQLITE_BUSY');
    expect(error).toMatchObject({ class: 'timed-out', phase: 'begin' });
    expect(error?.fastest_ms).toBeGreaterThanOrEqual(199);
    expectTruth(run);
  });

  it('connections that set journal_mode=WAL at each open fail there without a timeout, and not with one', async () => {
    const load = ['--connection', 'per-operation', '--journal-mode', 'wal', '--synchronous', 'off'];
    const without = await stress([...load, '--busy-timeout', '0', '--duration', '3s'], { cwd: '/' });
    expect(rowsOf(without.run, 'SQLITE_BUSY').map(({ phase }) => phase)).toContain('pragma');
    expectTruth(without.run);
    const withTimeout = await stress([...load, '--busy-timeout', '20s', '--transactions', '20'], {
      cwd: '/',
    });
    expect(withTimeout.run.errors).toEqual([]);
    expect(withTimeout.counters.lock_successes).toBe(80);
  });

  it('a reader that never ends makes the WAL grow past its automatic checkpoint', async () => {
    const load = { end: { kind: 'transactions', perWriter: 2000 } } as const;
    const alone = await playScratch(load);
    const pinned = await playScratch({ ...load, readers: 1 }, 'endless');
    const frameBytes = 4096 + 24;
    expect(alone.wal.peakBytes).toBeLessThan(300 * frameBytes);
    expect(pinned.wal.peakBytes).toBeGreaterThan(1500 * frameBytes);
    expect(pinned.reads.count).toBe(1);
    expectTruth(pinned);
  });

  it('in rollback mode COMMIT waits for readers, and gives up at the timeout', async () => {
    const others = { autocheckpointPages: null, cacheSize: null, mmapBytes: null };
    const pragmas = { journalMode: 'delete', synchronous: 'off', ...others } as const;
    const end = { kind: 'duration', durationMs: 1500 } as const;
    const run = await playScratch({ readers: 1, busyTimeoutMs: 200, pragmas, end }, 'endless');
    const error = run.errors.find(({ phase }) => phase === 'commit');
    expect(error).toMatchObject({ code: 'SQLITE_BUSY', class: 'timed-out' });
    expect(error?.fastestMs).toBeGreaterThanOrEqual(199);
    expectTruth(run);
  });

  it('waiting is not fair', async () => {
    const load = ['--writers', '6', '--begin', 'immediate', '--hold', '2ms', '--duration', '1500ms'];
    const { run } = await stress(load, { cwd: '/' });
    expect(run.fairness.most).toBeGreaterThan(run.fairness.fewest);
    expect(run.fairness.jain).toBeLessThan(0.95);
  });
});

describe('the truth', () => {
  it('reading outside of a transaction loses increments: critical, whatever the thresholds say', async () => {
    const { status, report, run } = await stress(
      ['--workload', 'read-modify-write', '--begin', 'autocommit', '--hold', '2ms', '--transactions', '50'],
      { cwd: '/' },
    );
    expect(status).toBe(1);
    expect(report.verdict).toBe('critical');
    expect(report.thresholds.map(({ state }: { state: string }) => state)).toEqual(['held', 'held', 'held']);
    expect(run.truth).toMatchObject([
      { id: 'no-lost-update', state: 'broken' },
      { id: 'integrity', state: 'held' },
    ]);
  });

  it('two workers claim one job if the claim is no transaction, and none does if it is', async () => {
    const load = ['--workload', 'claim', '--hold', '2ms', '--transactions', '40', '--busy-timeout', '20s'];
    const apart = await stress([...load, '--begin', 'autocommit'], { cwd: '/' });
    expect(apart.run.truth[0]).toMatchObject({ id: 'claimed-once', state: 'broken' });
    const together = await stress([...load, '--begin', 'immediate'], { cwd: '/' });
    expectTruth(together.run);
    expect(together.status).toBe(0);
  });

  it('plays many threads without a word from Node about its listeners', async () => {
    const threads = ['--isolation', 'thread', '--writers', '12', '--synchronous', 'off'];
    const load = ['--begin', 'immediate', '--transactions', '1', '--busy-timeout', '20s'];
    const { status, stderr, counters } = await stress([...threads, ...load], { cwd: '/' });
    expect([status, counters.lock_successes]).toEqual([0, 12]);
    expect(stderr).not.toContain('Warning');
  });

  it.each([
    ['insert', []],
    ['claim', []],
    ['batch', []],
    ['insert', ['--isolation', 'thread']],
    ['insert', ['--writer-queue']],
    ['claim', ['--writer-queue']],
    ['insert', ['--connection', 'pool:3']],
    ['update', ['--readers', '2', '--checkpointers', '1']],
  ])('%s %j: what was committed is there', async (workload, options) => {
    const { status, run, counters } = await stress(
      [
        '--workload',
        workload,
        ...options,
        '--begin',
        'immediate',
        '--transactions',
        '25',
        '--busy-timeout',
        '20s',
      ],
      { cwd: '/' },
    );
    expect(status).toBe(0);
    expect(counters).toMatchObject({ lock_attempts: 100, lock_successes: 100, lock_failures: 0 });
    expect(run.actors.map(({ end }: { end: { end: string } }) => end.end)).toEqual(
      run.actors.map(() => 'finished'),
    );
    expectTruth(run);
  });

  it('a transaction that failed is tried again as a whole', async () => {
    const load = ['--retry', 'backoff(base=2ms,cap=50ms,jitter=10ms,tries=500)', '--transactions', '15'];
    const { status, run, counters } = await playScript(READ_THEN_WRITE, ...load);
    expect(status).toBe(0);
    expect(counters).toMatchObject({ lock_successes: 60, lock_failures: 0 });
    expect(counters.lock_retries).toBeGreaterThan(0);
    expect(counters.lock_attempts).toBe(60 + counters.lock_retries);
    const transactions = run.retries_per_transaction.map(
      ({ transactions }: { transactions: number }) => transactions,
    );
    expect(transactions.reduce((sum: number, one: number) => sum + one, 0)).toBe(60);
  });
});

describe('the load', () => {
  it('of an open loop is measured from when it was due', async () => {
    const load = [
      '--writers',
      '1',
      '--rate',
      '100/s',
      '--hold',
      '50ms',
      '--duration',
      '1s',
      '--begin',
      'immediate',
    ];
    const { run } = await stress([...load, '--synchronous', 'off'], { cwd: '/' });
    // 20 a second can be served: the last of them was due when only some had been
    expect(run.wait.max_ms).toBeLessThan(run.total.max_ms);
    expect(run.total.max_ms).toBeGreaterThan(250);
    expect(run.notes.join(' ')).toContain('had been due');
  });

  it('on a real table runs its triggers, and leaves the original alone', async () => {
    await using stage = await openStage();
    const path = await jobsDatabase(stage);
    const before = statSync(path);
    const { status, report, run } = await stress(
      [path, '--table', 'jobs', '--transactions', '20', '--keep'],
      {
        env: { TMPDIR: stage.folder },
      },
    );
    expect(status).toBe(0);
    expectTruth(run);
    expect(report.arena).toMatchObject({ kind: 'copy', kept: true });
    expect(statSync(path)).toMatchObject({ mtimeMs: before.mtimeMs, size: before.size });
    const reader = await (await stage.actor('node')).open(report.arena.path, { readOnly: true });
    expect(await reader.query('SELECT count(*) FROM log')).toEqual([[80]]);
  });

  it('finds the writers that hold, and plays the load as it is first', async () => {
    const load = ['--busy-timeout', '0', '--begin', 'immediate', '--hold', '5ms', '--duration', '500ms'];
    const { status, report } = await stress(
      [...load, '--writers', '2', '--find-limit', 'writers(4)', '--threshold', 'errors<=0'],
      { cwd: '/' },
    );
    expect(status).toBe(1);
    expect(report.load.writers).toBe(2);
    expect(report.limit).toMatchObject({ cure: null, sentence: expect.stringMatching(/does not carry/) });
    const [search, ...others] = report.limit.searches;
    expect(others).toEqual([]);
    expect(search).toMatchObject({ axis: 'writers', cured: null });
    expect(search.as_found).toMatchObject({
      ...{ state: 'searched', complete: true, last_held: 1, first_broken: 2 },
      points: [
        { value: 1, held: true },
        { value: 2, held: false, broken: ['errors<=0'] },
      ],
    });
  });

  it('finds the limits of a cure beside those as found', async () => {
    const load = ['--busy-timeout', '0', '--begin', 'immediate', '--hold', '5ms', '--duration', '1s'];
    const cure = ['--compare', 'single-writer-queue', '--find-limit', 'writers(2)'];
    const { status, report } = await stress(
      [...load, '--writers', '2', ...cure, '--threshold', 'errors<=0'],
      { cwd: '/' },
    );
    expect(status).toBe(1);
    expect(report.comparison).toBeNull();
    expect(report.limit).toMatchObject({
      ...{ cure: 'single-writer-queue', sentence: expect.stringMatching(/carries this load with single/) },
      searches: [
        {
          as_found: { last_held: 1, first_broken: 2 },
          cured: { last_held: 2, first_broken: null, thresholds: [{ threshold: 'errors<=0' }] },
        },
      ],
    });
  });

  it('several runs have a spread, and can be compared with earlier ones', async () => {
    await using stage = await openStage();
    const load = ['--runs', '2', '--transactions', '10', '--synchronous', 'off'];
    const first = await stress(load, { cwd: stage.folder });
    expect(first.report.runs).toHaveLength(2);
    expect(first.report.spread.length).toBeGreaterThan(0);
    await writeFile(stage.path('before.json'), first.stdout);
    const second = await stress([...load, '--baseline', 'before.json'], { cwd: stage.folder });
    expect(second.report.baseline.map(({ metric }: { metric: string }) => metric)).toContain('throughput');
    expect(second.report.baseline[0].before).toHaveLength(2);
  });

  it('is that of the declared connections, unless told otherwise', async () => {
    await using stage = await openStage();
    const connections = { busy_timeout_ms: 1234, begin: 'immediate', synchronous: 'off', persistent: false };
    const content = { workers: 2, connections, thresholds: ['throughput>0/s'] };
    await writeFile(stage.path('dblock.config.json'), JSON.stringify(content));
    const { report } = await stress(['--transactions', '5', '--begin', 'autocommit'], { cwd: stage.folder });
    expect(report.load).toMatchObject({
      ...{ writers: 2, busy_timeout_ms: 1234, begin: 'autocommit', connection: { kind: 'per-operation' } },
      pragmas: { synchronous: 'off' },
    });
    expect(report.thresholds.map(({ threshold }: { threshold: string }) => threshold)).toEqual([
      'throughput>0/s',
    ]);
  });
});
