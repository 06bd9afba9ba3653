/** Each repair: staged by real processes, applied, diagnosed again; no row changes, and a second run changes nothing. */
import { describe, expect, it } from 'vitest';
import { dumpOf, fix, resultsOf, traces } from '../../support/fix.js';
import { skipReason, titled } from '../../support/programs.js';
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
  { situation: 'checkpoint-absent-node', id: 'checkpoint-absent' },
  { situation: 'checkpoint-absent-python', id: 'checkpoint-absent' },
  { situation: 'wal-oversized-node', id: 'wal-oversized' },
  { situation: 'hot-journal-python', id: 'hot-journal' },
  { situation: 'hot-journal-node', id: 'hot-journal' },
  { situation: 'leftover-wal-python', id: 'leftover-wal' },
  { situation: 'leftover-wal-without-shm-node', id: 'leftover-wal' },
  { situation: 'sidecar-permissions-mode-node', id: 'sidecar-permissions' },
  { situation: 'sidecar-permissions-owner-python', id: 'sidecar-permissions' },
  { situation: 'auto-vacuum-full-python', id: 'auto-vacuum' },
  { situation: 'auto-vacuum-full-node', id: 'auto-vacuum-none', byId: true, alternative: true },
  { situation: 'freelist-python', id: 'freelist', byId: true },
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
