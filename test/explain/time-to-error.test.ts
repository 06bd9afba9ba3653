/**
 * What the pages say of time, with real processes. Only bounds that a slow machine cannot break are asserted:
 * "at once" is less than half of a long busy timeout, "after the busy timeout" is at least that timeout.
 */
import { rename } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ActorError, type ActorKind, type Connection } from '../support/actor.js';
import { type Need, skipReason, titled } from '../support/programs.js';
import { openStage, type Stage } from '../support/stage.js';
import { holdDamaged } from './foreign-holder.js';

/** Long, so that an error that came at once cannot be taken for one that waited. */
const LONG_MS = 20_000;
/** Short: somebody has to wait for it. */
const SHORT_MS = 300;
/** wal.c, walTryBeginRead: 39 µs × k² for k = 1 … 91, less what rounding may take. */
const PROTOCOL_MS = 9900;

type Mode = 'wal' | 'delete';
const KINDS: readonly ActorKind[] = ['python', 'node'];
const MODES: readonly Mode[] = ['wal', 'delete'];
const NEEDS: readonly Need[] = ['linux', 'python3'];
const skip = skipReason(NEEDS) !== null;

interface Failure {
  readonly code: string;
  readonly tookMs: number;
}

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const startedAt = performance.now();
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  const tookMs = performance.now() - startedAt;
  if (!(error instanceof ActorError)) throw new Error(`expected an error of SQLite, got ${String(error)}`);
  return { code: error.code, tookMs };
}

function expectAtOnce({ code, tookMs }: Failure, expected: string): void {
  expect(code).toBe(expected);
  expect(tookMs).toBeLessThan(LONG_MS / 2);
}

function expectWaited({ code, tookMs }: Failure, expected: string): void {
  expect(code).toBe(expected);
  expect(tookMs).toBeGreaterThanOrEqual(SHORT_MS);
}

interface Pair {
  readonly path: string;
  /** Another process, with a timeout of 0. */
  readonly other: Connection;
  readonly self: Connection;
}

async function openPair(stage: Stage, kind: ActorKind, mode: Mode, timeoutMs: number): Promise<Pair> {
  const path = stage.path('app.db');
  const [first, second] = await Promise.all([stage.actor(kind), stage.actor(kind)]);
  const other = await first.open(path);
  const rows = 'WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i, 0 FROM n';
  await other.exec(`PRAGMA journal_mode=${mode}`, 'CREATE TABLE jobs(id INTEGER PRIMARY KEY, state)');
  await other.exec(`INSERT INTO jobs ${rows}`, 'CREATE TABLE log(line)');
  return { path, other, self: await second.open(path, { timeoutMs }) };
}

const WRITE = 'UPDATE jobs SET state = state + 1 WHERE id = 1';
const READ = 'SELECT count(*) FROM jobs';

describe.skipIf(skip).each(KINDS)(titled('SQLITE_BUSY and its kin, %s', NEEDS), (kind) => {
  it.each(MODES)('BEGIN, SELECT, UPDATE against another writer fails at once (%s)', async (mode) => {
    await using stage = await openStage();
    const { other, self } = await openPair(stage, kind, mode, LONG_MS);
    await other.exec('BEGIN IMMEDIATE', WRITE);
    await self.exec('BEGIN', READ);
    expectAtOnce(await failureOf(self.exec(WRITE)), 'SQLITE_BUSY');
    // its transaction is still open: once the other one has rolled back, the same statement succeeds
    await other.exec('ROLLBACK');
    await self.exec(WRITE, 'COMMIT');
  });

  it('BEGIN, SELECT, UPDATE after another commit fails at once, and again, with SQLITE_BUSY_SNAPSHOT', async () => {
    await using stage = await openStage();
    const { other, self } = await openPair(stage, kind, 'wal', LONG_MS);
    await self.exec('BEGIN', READ);
    await other.exec("INSERT INTO log VALUES ('another table')");
    expectAtOnce(await failureOf(self.exec(WRITE)), 'SQLITE_BUSY_SNAPSHOT');
    expectAtOnce(await failureOf(self.exec(WRITE)), 'SQLITE_BUSY_SNAPSHOT');
    expect(await self.query(READ)).toEqual([[100]]);
    await self.exec('ROLLBACK', 'BEGIN IMMEDIATE', READ, WRITE, 'COMMIT');
  });

  it.each(MODES)('BEGIN IMMEDIATE and a single write wait for the busy timeout (%s)', async (mode) => {
    await using stage = await openStage();
    const { other, self } = await openPair(stage, kind, mode, SHORT_MS);
    await other.exec('BEGIN IMMEDIATE', WRITE);
    expectWaited(await failureOf(self.exec('BEGIN IMMEDIATE')), 'SQLITE_BUSY');
    expectWaited(await failureOf(self.exec(WRITE)), 'SQLITE_BUSY');
    await self.exec('BEGIN');
    expectWaited(await failureOf(self.exec(WRITE)), 'SQLITE_BUSY');
  });

  it('COMMIT in rollback mode waits for readers, and can be repeated', async () => {
    await using stage = await openStage();
    const { path, other, self } = await openPair(stage, kind, 'delete', SHORT_MS);
    await other.exec('BEGIN', READ);
    await self.exec('BEGIN IMMEDIATE', WRITE);
    expectWaited(await failureOf(self.exec('COMMIT')), 'SQLITE_BUSY');
    const late = await (await stage.actor(kind)).open(path, { timeoutMs: SHORT_MS });
    expectWaited(await failureOf(late.exec(READ)), 'SQLITE_BUSY');
    await other.exec('COMMIT');
    await self.exec('COMMIT');
    expect(await late.query('SELECT state FROM jobs WHERE id = 1')).toEqual([[1]]);
  });

  it('locking_mode=EXCLUSIVE makes others wait, readers too', async () => {
    await using stage = await openStage();
    const { other, self } = await openPair(stage, kind, 'delete', SHORT_MS);
    await other.exec('PRAGMA locking_mode=EXCLUSIVE', WRITE);
    expectWaited(await failureOf(self.exec(READ)), 'SQLITE_BUSY');
  });

  it('a busy timeout of 0, or one that is set too late, is none', async () => {
    await using stage = await openStage();
    const { other, self } = await openPair(stage, kind, 'wal', 0);
    await other.exec('BEGIN IMMEDIATE', WRITE);
    expectAtOnce(await failureOf(self.exec('BEGIN IMMEDIATE')), 'SQLITE_BUSY');
    await self.exec(`PRAGMA busy_timeout=${SHORT_MS}`);
    expectWaited(await failureOf(self.exec('BEGIN IMMEDIATE')), 'SQLITE_BUSY');
  });

  it('leaving WAL mode while another is attached fails at once', async () => {
    await using stage = await openStage();
    const { self } = await openPair(stage, kind, 'wal', LONG_MS);
    expectAtOnce(await failureOf(self.exec('PRAGMA journal_mode=DELETE')), 'SQLITE_BUSY');
  });

  it('entering WAL mode while another is about to write fails at once', async () => {
    await using stage = await openStage();
    const { other, self } = await openPair(stage, kind, 'delete', LONG_MS);
    await other.exec('BEGIN IMMEDIATE', WRITE);
    expectAtOnce(await failureOf(self.exec('PRAGMA journal_mode=WAL')), 'SQLITE_BUSY');
  });

  it('a recovery by another process is waited for', async () => {
    await using stage = await openStage();
    const { path, other, self } = await openPair(stage, kind, 'wal', SHORT_MS);
    await other.exec(READ);
    await using _recovering = await holdDamaged(`${path}-shm`, 120, 3);
    expectWaited(await failureOf(self.exec(READ)), 'SQLITE_BUSY_RECOVERY');
  });

  it('a checkpoint inside a transaction fails at once with SQLITE_LOCKED', async () => {
    await using stage = await openStage();
    const { self } = await openPair(stage, kind, 'wal', LONG_MS);
    await self.exec('BEGIN', READ);
    expectAtOnce(await failureOf(self.exec('PRAGMA wal_checkpoint')), 'SQLITE_LOCKED');
  });

  it('a checkpoint while another one runs says 1, -1, -1 and no error', async () => {
    await using stage = await openStage();
    const { path, self } = await openPair(stage, kind, 'wal', LONG_MS);
    await self.exec(READ);
    await using _checkpointing = await holdDamaged(`${path}-shm`, 121, 1);
    expect(await self.query('PRAGMA wal_checkpoint(TRUNCATE)')).toEqual([[1, -1, -1]]);
  });

  it('a moved file is noticed in rollback mode, and not in WAL mode', async () => {
    await using stage = await openStage();
    const rollback = await openPair(stage, kind, 'delete', LONG_MS);
    await rollback.self.exec(READ);
    await rename(rollback.path, `${rollback.path}.moved`);
    expectAtOnce(await failureOf(rollback.self.exec(WRITE)), 'SQLITE_READONLY_DBMOVED');
    await using another = await openStage();
    const wal = await openPair(another, kind, 'wal', LONG_MS);
    await wal.self.exec(READ);
    await rename(wal.path, `${wal.path}.moved`);
    await wal.self.exec(WRITE);
  });
});

describe.skipIf(skip)(titled('a cursor with unread rows', NEEDS), () => {
  // better-sqlite3 runs nothing else while it iterates
  it('is a read transaction: a write after another commit fails at once', async () => {
    await using stage = await openStage();
    const { other, self } = await openPair(stage, 'python', 'wal', LONG_MS);
    await self.iterate('SELECT id FROM jobs');
    await other.exec(WRITE);
    expectAtOnce(await failureOf(self.exec(WRITE)), 'SQLITE_BUSY_SNAPSHOT');
  });

  it('keeps any table of the connection from being dropped', async () => {
    await using stage = await openStage();
    const { self } = await openPair(stage, 'python', 'wal', LONG_MS);
    const cursor = await self.iterate('SELECT id FROM jobs');
    expectAtOnce(await failureOf(self.exec('DROP TABLE log')), 'SQLITE_LOCKED');
    await cursor.close();
    await self.exec('DROP TABLE log');
  });
});

describe.skipIf(skip)(titled('SQLITE_PROTOCOL', NEEDS), () => {
  it('comes after about 10 s although the busy timeout is 0', async () => {
    await using stage = await openStage();
    const { path, other, self } = await openPair(stage, 'node', 'wal', 0);
    await other.exec(READ);
    await using _stuck = await holdDamaged(`${path}-shm`, 120, 1);
    const { code, tookMs } = await failureOf(self.exec(READ));
    expect(code).toBe('SQLITE_PROTOCOL');
    expect(tookMs).toBeGreaterThanOrEqual(PROTOCOL_MS);
  });
});
