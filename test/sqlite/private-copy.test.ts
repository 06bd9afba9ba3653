/** Copies of databases that real processes are using, read back by SQLite. */
import { readdirSync, readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { known, unknown } from '../../src/known.js';
import { type CopyOptions, copyPrivately } from '../../src/sqlite/private-copy.js';
import { INSERT, makeRollbackDatabase, makeWalDatabase, ONE_FRAME } from '../support/situations/database.js';
import { expectUnchanged, snapshotFolder } from '../support/snapshot.js';
import { openStage, type Stage } from '../support/stage.js';

const NOBODY_WRITES: Omit<CopyOptions, 'folder'> = {
  isWriting: () => known(false),
  trustIndex: false,
  patienceMs: 0,
};
/** For what must succeed, however slow the machine. */
const PATIENCE_MS = 30_000;

interface Read {
  readonly jobs: number;
  readonly attempts: number;
  readonly check: string;
}

/** Of a writer at full speed. */
const LEAST_COPIES = 5;
/** So many of them have to be made while a checkpoint moves the whole WAL and the writer starts it again. */
const LEAST_CROSSED = 3;
const MOST_COPIES = 100;

/** SQLite adds 1 to the first salt each time when it writes over a WAL that a checkpoint has moved (wal.c, walRestartHdr). */
function walRestarts(database: string): number {
  return readFileSync(`${database}-wal`).readUInt32BE(16);
}

/** This process never opens the database itself, so it may read its bytes and have a connection to the copy. */
async function copyAndRead(stage: Stage, database: string, options = NOBODY_WRITES): Promise<Read> {
  const copy = copyPrivately(database, { ...options, folder: await stage.elsewhere() });
  if (!copy.known) throw new Error(copy.reason);
  const connection = new Database(copy.value.path, { readonly: true });
  try {
    const sql = 'SELECT count(*) AS jobs, max(attempts) AS attempts FROM jobs';
    const counts = connection.prepare<[], Omit<Read, 'check'>>(sql).get();
    if (!counts) throw new Error('no row');
    return { ...counts, check: String(connection.pragma('integrity_check', { simple: true })) };
  } finally {
    connection.close();
  }
}

describe.each(['shared', 'own'] as const)(
  'a WAL that is in use, with the %s view of how long it is',
  (view) => {
    const options = { ...NOBODY_WRITES, trustIndex: view === 'shared', patienceMs: PATIENCE_MS };

    it('has every commit, and nothing that is not committed', async () => {
      await using stage = await openStage();
      const database = stage.path('app.db');
      const writer = await stage.actor('node');
      const connection = await makeWalDatabase(writer, database);
      await connection.repeat(7, ONE_FRAME);
      await connection.exec('BEGIN IMMEDIATE', INSERT, ONE_FRAME);
      const before = await snapshotFolder(stage.folder);
      expect(await copyAndRead(stage, database, options)).toEqual({ jobs: 3, attempts: 7, check: 'ok' });
      expectUnchanged(before, await snapshotFolder(stage.folder));
    });

    it('is copied while a writer commits and checkpoints at full speed', async () => {
      await using stage = await openStage();
      const database = stage.path('app.db');
      const writer = await stage.actor('node');
      await (await makeWalDatabase(writer, database)).close();
      await writer.writeLoop({
        path: database,
        setup: ['PRAGMA synchronous=OFF', 'PRAGMA wal_autocheckpoint=500'],
        sql: ['BEGIN IMMEDIATE', ONE_FRAME, INSERT, 'COMMIT'],
      });
      let crossed = 0;
      for (
        let round = 0;
        round < LEAST_COPIES || (crossed < LEAST_CROSSED && round < MOST_COPIES);
        round += 1
      ) {
        const start = walRestarts(database);
        const { jobs, attempts, check } = await copyAndRead(stage, database, options);
        if (walRestarts(database) !== start) crossed += 1;
        expect(check).toBe('ok');
        // both statements of a transaction, or neither
        expect(jobs - attempts).toBe(3);
      }
      expect(crossed).toBeGreaterThanOrEqual(LEAST_CROSSED);
      expect(await writer.stopLoop()).toMatchObject({ errors: {} });
    });
  },
);

describe('a database that nobody has open', () => {
  it('is copied with the commits of a WAL that was left behind', async () => {
    await using stage = await openStage();
    const database = stage.path('app.db');
    const writer = await stage.actor('node');
    await (await makeWalDatabase(writer, database)).repeat(5, ONE_FRAME);
    await writer.kill();
    expect(await copyAndRead(stage, database)).toEqual({ jobs: 3, attempts: 5, check: 'ok' });
  });

  it('is copied in rollback mode', async () => {
    await using stage = await openStage();
    const database = stage.path('app.db');
    const writer = await stage.actor('node');
    await (await makeRollbackDatabase(writer, database)).close();
    expect(await copyAndRead(stage, database)).toEqual({ jobs: 3, attempts: 0, check: 'ok' });
  });
});

describe('what cannot be copied', () => {
  it('is a database whose writer holds a lock, or may be hidden', async () => {
    await using stage = await openStage();
    const database = stage.path('app.db');
    const writer = await stage.actor('node');
    await makeRollbackDatabase(writer, database);
    const folder = await stage.elsewhere();
    const options = { ...NOBODY_WRITES, folder };
    expect(copyPrivately(database, { ...options, isWriting: () => known(true) })).toEqual(
      unknown('a process holds a write lock on the database file'),
    );
    expect(
      copyPrivately(database, { ...options, isWriting: () => unknown('another PID namespace') }),
    ).toEqual(unknown('another PID namespace'));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is one with an active journal', async () => {
    await using stage = await openStage();
    const database = stage.path('app.db');
    const writer = await stage.actor('node');
    const connection = await makeRollbackDatabase(writer, database);
    await connection.exec('PRAGMA cache_size=1', 'BEGIN IMMEDIATE', 'CREATE TABLE wide (payload BLOB)');
    await connection.exec('INSERT INTO wide SELECT zeroblob(100000) FROM jobs');
    const copy = copyPrivately(database, { ...NOBODY_WRITES, folder: await stage.elsewhere() });
    expect(copy).toMatchObject({
      known: false,
      reason: expect.stringContaining('a rollback journal is active'),
    });
  });

  it('is one that vanished', async () => {
    await using stage = await openStage();
    const copy = copyPrivately(stage.path('gone.db'), { ...NOBODY_WRITES, folder: await stage.elsewhere() });
    expect(copy).toMatchObject({ known: false, reason: expect.stringContaining('gone.db') });
  });
});
