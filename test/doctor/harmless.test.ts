/** A writer at full speed that waits for nobody must not notice that somebody looks. */
import { expect, it } from 'vitest';
import type { ActorKind } from '../support/actor.js';
import { runDblock } from '../support/dblock.js';
import { skipReason, titled } from '../support/programs.js';
import { soaked } from '../support/soak.js';
import { openStage } from '../support/stage.js';

const DIAGNOSES = soaked(10, 100);
/** So many processes take their time on a slow machine; only a hang takes this long. */
const HANG_MS = 600_000;
/** Two at a time, as impatient people do. */
const AT_ONCE = 2;

const MODES = {
  WAL: ['PRAGMA journal_mode=WAL', 'PRAGMA wal_autocheckpoint=100'],
  rollback: ['PRAGMA journal_mode=DELETE', 'PRAGMA synchronous=OFF'],
} as const;

const CASES = [
  ['python', 'WAL'],
  ['node', 'rollback'],
] as const satisfies readonly (readonly [ActorKind, keyof typeof MODES])[];

for (const [kind, mode] of CASES) {
  const needs = kind === 'python' ? (['linux', 'python3'] as const) : (['linux'] as const);
  const title = titled(
    `a ${kind} writer in ${mode} mode at busy_timeout=0 beside ${DIAGNOSES} diagnoses`,
    needs,
  );
  it.skipIf(skipReason(needs))(
    title,
    async () => {
      await using stage = await openStage();
      const database = stage.path('app.db');
      const writer = await stage.actor(kind);
      const connection = await writer.open(database);
      await connection.exec(...MODES[mode], 'CREATE TABLE t(id INTEGER PRIMARY KEY, x)');
      await connection.close();
      const sql = ['INSERT OR REPLACE INTO t VALUES (abs(random()) % 1000, randomblob(200))'];
      await writer.writeLoop({ path: database, setup: MODES[mode], sql, timeoutMs: 0 });
      const before = (await writer.loopCounts()).rounds;
      for (let done = 0; done < DIAGNOSES; done += AT_ONCE) {
        const runs = Array.from({ length: AT_ONCE }, () =>
          runDblock(['doctor', database, '--interval', '1ms', '--fail-on', 'never']),
        );
        for (const run of await Promise.all(runs)) expect(run).toMatchObject({ status: 0, stderr: '' });
      }
      const { rounds, errors } = await writer.stopLoop();
      expect(rounds).toBeGreaterThan(before);
      expect(errors).toEqual({});
    },
    HANG_MS,
  );
}
