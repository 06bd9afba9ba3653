/** Each repair: staged by real processes, applied, diagnosed again; no row changes, and a second run changes nothing. */
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dumpOf, fix, resultsOf, shell, traces } from '../../support/fix.js';
import { skipReason, titled } from '../../support/programs.js';
import { addWideTable } from '../../support/situations/database.js';
import { situationNamed } from '../../support/situations/index.js';
import { expectUnchanged, snapshotFolder } from '../../support/snapshot.js';
import { openStage } from '../../support/stage.js';

interface Case {
  readonly situation: string;
  /** What clears the finding; by id only if it is not safe. */
  readonly id: string;
  readonly byId?: true;
  /** A safe repair of the same finding is there as well. */
  readonly alternative?: true;
  /** The processes of the situation are ended before: the repair needs the database alone. */
  readonly alone?: true;
}

const CASES: readonly Case[] = [
  { situation: 'rollback-several-processes-node', id: 'rollback-journal' },
  { situation: 'rollback-several-processes-python', id: 'rollback-journal', byId: true },
  { situation: 'checkpoint-absent-python', id: 'checkpoint-absent' },
  { situation: 'wal-oversized-node', id: 'wal-oversized' },
  { situation: 'hot-journal-python', id: 'hot-journal' },
  { situation: 'leftover-wal-without-shm-node', id: 'leftover-wal' },
  { situation: 'sidecar-permissions-owner-python', id: 'sidecar-permissions' },
  { situation: 'auto-vacuum-full-python', id: 'auto-vacuum' },
  { situation: 'auto-vacuum-full-node', id: 'auto-vacuum-none', byId: true, alternative: true },
  { situation: 'freelist-in-wal-node', id: 'freelist', byId: true },
  { situation: 'page-size-512-python', id: 'page-size', byId: true, alone: true },
  { situation: 'page-size-65536-node', id: 'page-size', byId: true, alone: true },
  { situation: 'queue-claim-scan-python', id: 'queue-claim-scan' },
  { situation: 'foreign-key-without-index-node', id: 'foreign-key-without-index' },
];

describe('a finding that dblock repairs', () => {
  for (const { situation: name, id, byId, alternative, alone } of CASES) {
    const situation = situationNamed(name);
    const needs = [...situation.needs, 'sqlite3'] as const;
    it.skipIf(skipReason(needs))(titled(`${name}: ${id}`, needs), async () => {
      await using stage = await openStage();
      const { database, actors } = await situation.stage(stage);
      if (alone) for (const actor of Object.values(actors)) await actor.exit({ closeSqlite: true });
      const before = await dumpOf(stage, database);
      const untouched = await snapshotFolder(stage.folder);

      const preview = await fix(database);
      expect(preview.status).toBe(1);
      expect(resultsOf(preview)[id]).toBe('planned');
      expectUnchanged(untouched, await snapshotFolder(stage.folder));

      if (byId && !alternative) {
        const plain = await fix(database, '--apply');
        expect(resultsOf(plain)[id]).toBe('left-out');
      }
      const applied = await fix(database, '--apply', ...(byId ? [id] : []));
      expect(applied.stderr).toBe('');
      expect(resultsOf(applied)[id], JSON.stringify(applied.database.repairs)).toBe('cleared');
      expect(applied.status).toBe(0);
      expect(await dumpOf(stage, database)).toBe(before);

      const after = await snapshotFolder(stage.folder);
      const again = await fix(database, '--apply', ...(byId ? [id] : []));
      expect(again.status).toBe(0);
      expect(resultsOf(again)[id]).toBeUndefined();
      expectUnchanged(after, await snapshotFolder(stage.folder));
      expect((await traces(database)).filter((trace) => !/^app\.db\.dblock-backup-\w+$/.test(trace))).toEqual(
        [],
      );
    });
  }
});

it.skipIf(skipReason(['linux', 'sqlite3']))(
  'free pages are released in steps where SQLite can: that is safe',
  async () => {
    await using stage = await openStage();
    const path = stage.path('app.db');
    const maker = await stage.actor('node');
    const connection = await maker.open(path);
    await connection.exec(
      'PRAGMA auto_vacuum=INCREMENTAL',
      'PRAGMA journal_mode=WAL',
      'PRAGMA synchronous=OFF',
    );
    await addWideTable(connection, 2_500);
    await connection.exec('DELETE FROM wide WHERE id > 100');
    await maker.exit({ closeSqlite: true });
    const [before, { size }] = [await dumpOf(stage, path), await stat(path)];
    const applied = await fix(path, '--apply');
    expect({ status: applied.status, results: resultsOf(applied) }).toEqual({
      status: 0,
      results: { freelist: 'cleared' },
    });
    expect(await dumpOf(stage, path)).toBe(before);
    expect((await stat(path)).size).toBeLessThan(size / 10);
  },
);

it.skipIf(skipReason(['linux', 'sqlite3']))(
  'jobs of dead workers, by the plan of requeue-orphans',
  async () => {
    await using stage = await openStage();
    const path = stage.path('app.db');
    const schema = readFileSync(join(import.meta.dirname, '../../../fixtures/queues/plainjob.sql'), 'utf8');
    const hoursAgo = (hours: number) => `(unixepoch() - ${hours * 3600}) * 1000`;
    shell(
      path,
      `${schema}; INSERT INTO plainjob_jobs VALUES (3, 'mail', '{}', 1, NULL, NULL, ${hoursAgo(2)}, ${hoursAgo(3)});`,
    );
    const before = await snapshotFolder(stage.folder);
    const preview = await fix(path);
    expect(resultsOf(preview)['orphans']).toBe('planned');
    expect(resultsOf(await fix(path, '--apply'))['orphans']).toBe('left-out');
    expectUnchanged(before, await snapshotFolder(stage.folder));
    const applied = await fix(path, '--apply', 'orphans');
    expect({ status: applied.status, results: resultsOf(applied) }).toMatchObject({
      status: 0,
      results: { orphans: 'cleared' },
    });
    expect(shell(path, 'SELECT id, status FROM plainjob_jobs').trim()).toBe('3|0');
    const made = [/^app\.db\.dblock-backup-\w+$/, /^app\.db\.dblock-requeue-\w+\.jsonl$/];
    expect(await traces(path)).toEqual(made.map((name) => expect.stringMatching(name)));
    const after = await snapshotFolder(stage.folder);
    expect((await fix(path, '--apply', 'orphans')).status).toBe(0);
    expectUnchanged(after, await snapshotFolder(stage.folder));
  },
);
