/**
 * What every recipe has to prove. Incident 1's load: workers select the next job by priority, update it, commit, and
 * write its result, while feeds are discovered: one process writes many rows at a time.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Need, skipReason, titled } from '../programs.js';
import type { Inserted, LockStats, Player, Queued, Settings } from './player.js';
import { type Cast, RecipeStage } from './stage.js';

const WORKERS = 8;
/** Each is two writes: the claim of a job, and its result. */
const ROUNDS = 100;
const SHORT_TIMEOUT_MS = 50;
const LOCKED = 1;

export interface RecipeTest extends Cast {
  readonly needs: readonly Need[];
  /** How the stack's defaults fail at a claim whose SELECT all workers have done before any of them updates. */
  readonly naive: readonly ('locked' | 'claimed twice')[];
  /** What PRAGMA busy_timeout says; 5000 unless the recipe has a busy handler of its own. */
  readonly busyTimeout?: number;
}

export function describeRecipe({ needs, naive, busyTimeout = 5000, ...cast }: RecipeTest): void {
  const test = (name: string, run: (world: RecipeStage, player: Player) => Promise<void>) =>
    it.skipIf(skipReason(needs))(titled(name, needs), () => run(world, player));
  let world: RecipeStage;
  let player: Player;
  let players: readonly Player[] | undefined;
  const crowd = async () => {
    players ??= await world.players(WORKERS);
    return players;
  };

  describe(`the recipe ${cast.id}`, () => {
    beforeAll(async () => {
      if (skipReason(needs) !== null) return;
      world = await RecipeStage.open(cast);
      [player] = (await world.players(1)) as [Player];
      // A player may have to be compiled first.
    }, 300_000);
    afterAll(() => world?.clear());

    test('8 processes write 200 times each without an error', async () =>
      expectNoErrors(world, await crowd(), busyTimeout));
    test('8 workers claim each job once', async () => expectEachOnce(world, await crowd()));
    // After the others: what is naive may undo what the recipe has set up.
    for (const failure of naive) {
      test(`the defaults of the stack fail: ${failure}`, async () =>
        expectFailure(world, await crowd(), failure));
    }
    test('tries the whole transaction again after a lock error', expectRetry);
    test('gives up in the end, and says why', expectGivingUp);
    test('tries nothing again after another error', expectOneRun);
    test('a writer runs jobs one after the other, and undoes only what fails', expectQueue);
    test('a batch of jobs shares a transaction', expectBatches);
    test('the end of a job is written, unless somebody else has it', expectEnds);
  });
}

const askAll = <T>(players: readonly Player[], command: string, parameters: (n: number) => object) =>
  Promise.all(players.map((player, n) => player.ask<T>(command, parameters(n))));

async function expectNoErrors(
  world: RecipeStage,
  players: readonly Player[],
  busyTimeout: number,
): Promise<void> {
  const path = await world.database(WORKERS * ROUNDS);
  // All at once, so that all of them find it in rollback mode.
  const settings = await askAll<Settings>(players, 'open', () => ({ path }));
  for (const each of settings) {
    expect(each).toEqual({ busy_timeout: busyTimeout, journal_mode: 'wal', synchronous: 1, foreign_keys: 1 });
  }
  const discovery = await discover(world, path);
  const before = await askAll<LockStats>(players, 'stats', () => ({}));
  await askAll(players, 'work', (worker) => ({ worker, rounds: ROUNDS }));
  expect(await discovery.end()).toBeGreaterThan(0);

  expect(await world.query(path, 'SELECT state, count(*) FROM jobs GROUP BY state')).toEqual([
    ['completed', WORKERS * ROUNDS],
  ]);
  expect(
    await world.query(
      path,
      'SELECT results.worker, count(DISTINCT job) FROM results JOIN jobs ON jobs.id = job AND jobs.worker = results.worker GROUP BY 1',
    ),
  ).toEqual(players.map((_, worker) => [worker, ROUNDS]));
  const after = await askAll<LockStats>(players, 'stats', () => ({}));
  after.forEach((stats, n) => {
    expect(difference(stats, before[n] ?? stats)).toMatchObject({
      lock_successes: 2 * ROUNDS,
      lock_failures: 0,
    });
    expectConsistent(stats);
  });
  await askAll(players, 'close', () => ({}));
  await expectNobodyAttached(world, path);
}

function expectConsistent(stats: LockStats): void {
  expect(stats.lock_attempts).toBe(stats.lock_successes + stats.lock_failures + stats.lock_retries);
  expect(stats.total_wait_ms).toBeGreaterThanOrEqual(stats.max_wait_ms);
  expect(stats.max_wait_ms).toBeGreaterThan(0);
}

/** The discovery of feeds: many rows in each transaction, again and again. */
async function discover(world: RecipeStage, path: string): Promise<{ end(): Promise<number> }> {
  const db = await world.other.open(path, { timeoutMs: 60_000 });
  const episodes =
    "INSERT INTO episodes(title) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT 'episode ' || i FROM n";
  let ending = false;
  let transactions = 0;
  const turns = (async () => {
    while (!ending) {
      await db.exec('BEGIN IMMEDIATE', episodes, 'COMMIT');
      transactions += 1;
    }
  })();
  return {
    async end() {
      ending = true;
      await turns;
      await db.close();
      return transactions;
    },
  };
}

/** Leaving WAL mode fails at once while any other connection has the database open. */
async function expectNobodyAttached(world: RecipeStage, path: string): Promise<void> {
  expect(await world.query(path, 'PRAGMA journal_mode = DELETE')).toEqual([['delete']]);
}

async function expectFailure(
  world: RecipeStage,
  players: readonly Player[],
  failure: 'locked' | 'claimed twice',
): Promise<void> {
  const path = await world.database(WORKERS);
  players.forEach((player, worker) => {
    player.send(failure === 'locked' ? 'naive' : 'naive-double', { path, worker });
  });
  await Promise.all(players.map((player) => player.event('read')));
  for (const player of players) player.goOn();
  const errors = await Promise.all(players.map(async (player) => (await player.reply<string | null>()).ok));
  if (failure === 'locked') {
    const met = errors.filter((error) => error !== null);
    expect(met.length).toBeGreaterThanOrEqual(WORKERS - LOCKED);
    for (const error of met) expect(error).toMatch(/database is locked|SQLITE_BUSY/i);
    return;
  }
  expect(errors).toEqual(players.map(() => null));
  // All of them were told that the job is theirs.
  expect(await world.query(path, "SELECT count(*) FROM jobs WHERE state = 'running'")).toEqual([[LOCKED]]);
}

/** Its write lock is somebody else's until the recipe says that it tries again. */
async function expectRetry(world: RecipeStage, player: Player): Promise<void> {
  const path = await world.database(1);
  await player.ask('open', { path, busy_timeout_ms: SHORT_TIMEOUT_MS });
  const before = await player.ask<LockStats>('stats');
  const holder = await world.other.open(path);
  await holder.exec('BEGIN IMMEDIATE');
  player.send('insert', { line: 'again' });
  await player.event('retry');
  await holder.exec('COMMIT');
  expect((await player.reply<Inserted>()).ok).toMatchObject({ error: null, runs: 1, in_transaction: false });
  const after = await player.ask<LockStats>('stats');
  expect(difference(after, before)).toMatchObject({ lock_successes: 1, lock_failures: 0 });
  expect(after.lock_retries - before.lock_retries).toBeGreaterThanOrEqual(1);
  expect(after.total_wait_ms - before.total_wait_ms).toBeGreaterThanOrEqual(SHORT_TIMEOUT_MS);
  expectConsistent(after);
  expect(await holder.query('SELECT line FROM results')).toEqual([['again']]);
  await holder.close();
  await player.ask('close');
  await expectNobodyAttached(world, path);
}

async function expectGivingUp(world: RecipeStage, player: Player): Promise<void> {
  const path = await world.database(1);
  await player.ask('open', { path, busy_timeout_ms: SHORT_TIMEOUT_MS });
  const before = await player.ask<LockStats>('stats');
  const holder = await world.other.open(path);
  await holder.exec('BEGIN IMMEDIATE');
  player.send('insert', { line: 'never' });
  const { ok, events } = await player.reply<Inserted>();
  expect(ok).toMatchObject({ locked: true, runs: 0, in_transaction: false });
  expect(ok.error).toMatch(/database is locked|SQLITE_BUSY/i);
  const after = await player.ask<LockStats>('stats');
  const counted = { lock_attempts: 3, lock_successes: 0, lock_failures: 1, lock_retries: 2 };
  expect(difference(after, before)).toMatchObject(counted);
  expect(events).toBe(2);
  expectConsistent(after);
  await holder.exec('COMMIT');
  await holder.close();
  await player.ask('close');
  await expectNobodyAttached(world, path);
}

async function expectOneRun(world: RecipeStage, player: Player): Promise<void> {
  const path = await world.database(1);
  await player.ask('open', { path });
  const before = await player.ask<LockStats>('stats');
  const constraint = await player.ask<Inserted>('insert', { line: 'no such job', job: 999_999 });
  expect(constraint).toMatchObject({ locked: false, runs: 1, in_transaction: false });
  expect(constraint.error).toMatch(/constraint/i);
  const own = await player.ask<Inserted>('insert', { line: 'raised', raising: true });
  expect(own).toMatchObject({ locked: false, runs: 1, in_transaction: false });
  expect(own.error).toMatch(/not SQLite's/);
  const fine = await player.ask<Inserted>('insert', { line: 'fine', job: 1 });
  expect(fine).toMatchObject({ error: null, runs: 1, in_transaction: false });
  expect(difference(await player.ask<LockStats>('stats'), before)).toMatchObject({
    ...{ lock_attempts: 3, lock_successes: 3, lock_failures: 0, lock_retries: 0 },
  });
  expect(await world.query(path, 'SELECT line FROM results')).toEqual([['fine']]);
  await player.ask('close');
  await expectNobodyAttached(world, path);
}

const JOBS = 40;

async function expectQueue(world: RecipeStage, player: Player): Promise<void> {
  // The first job, the others, and the one that fails.
  await expectWritten(world, player, 1, JOBS + 1);
}

async function expectBatches(world: RecipeStage, player: Player): Promise<void> {
  // The first job came alone; the others waited meanwhile.
  await expectWritten(world, player, 10, 1 + JOBS / 10);
}

async function expectWritten(
  world: RecipeStage,
  player: Player,
  batch: number,
  transactions: number,
): Promise<void> {
  const path = await world.database(1);
  const before = await player.ask<LockStats>('stats');
  const { done, errors, refused } = await player.ask<Queued>('queue', { path, count: JOBS, batch });
  expect({ done, errors: errors.length }).toEqual({ done: JOBS, errors: 1 });
  expect(errors[0]).toMatch(/unique/i);
  expect(refused).toMatch(/closed/);
  const counted = difference(await player.ask<LockStats>('stats'), before);
  expect(counted).toMatchObject({ lock_attempts: transactions, lock_successes: transactions });
  expect(await world.query(path, 'SELECT count(*), count(DISTINCT line) FROM results')).toEqual([
    [JOBS, JOBS],
  ]);
  await expectNobodyAttached(world, path);
}

/** Of each worker some. */
const SHARED_JOBS = 400;

async function expectEachOnce(world: RecipeStage, players: readonly Player[]): Promise<void> {
  const path = await world.database(SHARED_JOBS);
  await askAll(players, 'open', () => ({ path }));
  const discovery = await discover(world, path);
  // Every second one as before SQLite 3.35, where its recipe can: both are in use when one of them is updated.
  const parameters = (worker: number) => ({ worker, without_returning: worker % 2 === 1 });
  const done = await askAll<number>(players, 'jobs', parameters);
  expect(await discovery.end()).toBeGreaterThan(0);
  expect(done.reduce((sum, count) => sum + count, 0)).toBe(SHARED_JOBS);
  expect(
    await world.query(
      path,
      "SELECT count(*), count(DISTINCT job) FROM results JOIN jobs ON jobs.id = job AND jobs.worker = results.worker AND state = 'completed'",
    ),
  ).toEqual([[SHARED_JOBS, SHARED_JOBS]]);
  await askAll(players, 'close', () => ({}));
  await expectNobodyAttached(world, path);
}

/** More than a recipe tries by itself. */
const MANY_RETRIES = 3;
const ANOTHER = 99;

async function expectEnds(world: RecipeStage, player: Player): Promise<void> {
  const path = await world.database(2);
  await player.ask('open', { path, busy_timeout_ms: SHORT_TIMEOUT_MS });
  const before = await player.ask<LockStats>('stats');
  const holder = await world.other.open(path);
  player.send('jobs', { worker: 1, pausing: true });
  await player.event('read');
  // It waits for no lock: the work is outside of transactions.
  await holder.exec('BEGIN IMMEDIATE');
  player.goOn();
  for (let retry = 1; retry <= MANY_RETRIES; retry += 1) await player.event('retry');
  await holder.exec('COMMIT');
  await player.until('read');
  // As somebody would have it who took the worker for dead.
  await holder.exec(`UPDATE jobs SET worker = ${ANOTHER} WHERE state = 'running'`);
  player.goOn();
  expect((await player.reply<number>()).ok).toBe(2);
  expect(difference(await player.ask<LockStats>('stats'), before).lock_failures).toBeGreaterThanOrEqual(1);
  expect(await holder.query('SELECT state, worker FROM jobs ORDER BY state')).toEqual([
    ['completed', 1],
    ['running', ANOTHER],
  ]);
  expect(await holder.query('SELECT count(*), min(worker) FROM results')).toEqual([[1, 1]]);
  await holder.close();
  await player.ask('close');
  await expectNobodyAttached(world, path);
}

function difference(after: LockStats, before: LockStats): Omit<LockStats, 'total_wait_ms' | 'max_wait_ms'> {
  return {
    lock_attempts: after.lock_attempts - before.lock_attempts,
    lock_successes: after.lock_successes - before.lock_successes,
    lock_failures: after.lock_failures - before.lock_failures,
    lock_retries: after.lock_retries - before.lock_retries,
  };
}
