/** Files that change while they are looked at: the change is made at the moment when the kernel is asked. */
import { copyFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type GatherOptions, gatherEvidence } from '../../src/doctor/evidence.js';
import type { HeldLock, KernelSample, LockName, ProcessSighting } from '../../src/locks/shapes.js';
import type { WatchedDatabase } from '../../src/locks/watched.js';
import { FileProblem } from '../../src/sqlite/errors.js';
import { attachedLocks, kernel, lock } from '../support/evidence.js';
import { openStage, type Stage } from '../support/stage.js';

async function makeDatabase(stage: Stage): Promise<string> {
  const actor = await stage.actor('node');
  const connection = await actor.open(stage.path('app.db'));
  await connection.exec('CREATE TABLE t(x)', 'INSERT INTO t VALUES (1)');
  await actor.exit({ closeSqlite: true });
  return stage.path('app.db');
}

interface Looks {
  readonly options: GatherOptions;
  readonly watched: WatchedDatabase[];
  readonly slept: number[];
}

/** @param interfere called before each look at the kernel with its number, from 1 */
function looking(locks: HeldLock[], interfere: (look: number) => void = () => undefined): Looks {
  const watched: WatchedDatabase[] = [];
  const slept: number[] = [];
  let now = 1_000_000;
  const observe = (databases: readonly WatchedDatabase[]): KernelSample[] =>
    databases.map((database) => {
      watched.push(database);
      interfere(watched.length);
      return kernel(locks);
    });
  const sleep = async (ms: number) => {
    slept.push(ms);
    now += ms;
  };
  const observer = { observe, describe: () => [] };
  return {
    options: {
      ...{ platform: 'linux', observer, now: () => now, sleep, intervalMs: 250, declared: {} },
      ...{ schemaFacts: false, deep: null },
    },
    watched,
    slept,
  };
}

async function gatherOne(path: string, options: GatherOptions) {
  const [result] = await gatherEvidence([path], options);
  return result;
}

describe('gatherEvidence', () => {
  it('takes one sample of a database that nobody has open, and does not wait', async () => {
    await using stage = await openStage();
    const path = await makeDatabase(stage);
    const { options, slept } = looking([]);
    expect(await gatherOne(path, options)).toMatchObject({ path, samples: [{ kernel: { locks: [] } }] });
    expect(slept).toEqual([]);
  });

  it('takes two of one in use, the interval apart', async () => {
    await using stage = await openStage();
    const path = await makeDatabase(stage);
    const { options, slept } = looking(attachedLocks(7));
    const result = await gatherOne(path, options);
    expect(result).toMatchObject({ samples: [{ atMs: 1_000_000 }, { atMs: 1_000_250 }] });
    expect(slept).toEqual([250]);
  });

  it('looks at the owners of write locks while it waits, and says who let go of theirs in between', async () => {
    await using stage = await openStage();
    const path = await makeDatabase(stage);
    const { options, slept } = looking([lock(7, 'WRITE', 'WRITE'), lock(8, 'WRITE', 'CKPT')]);
    let looks = 0;
    const writeLocks = ({ pid }: ProcessSighting): LockName[] => {
      looks += 1;
      return pid === 8 ? ['CKPT'] : looks < 9 ? ['WRITE'] : [];
    };
    const result = await gatherOne(path, { ...options, observer: { ...options.observer, writeLocks } });
    expect(result).toMatchObject({ letGo: [{ pid: 7, names: ['WRITE'] }] });
    expect(slept.reduce((sum, ms) => sum + ms, 0)).toBe(250);
    expect(slept.length).toBeGreaterThan(9);
  });

  it('looks twice at an active journal that nobody seems to own: it may be about to go', async () => {
    await using stage = await openStage();
    const path = await makeDatabase(stage);
    writeFileSync(`${path}-journal`, Buffer.from('d9d505f920a163d7', 'hex'));
    const { options, slept } = looking([]);
    await gatherOne(path, options);
    expect(slept).toEqual([250]);
  });

  it('waits once for many', async () => {
    await using one = await openStage();
    await using other = await openStage();
    const paths = [await makeDatabase(one), await makeDatabase(other)];
    const { options, slept } = looking(attachedLocks(7));
    expect(await gatherEvidence(paths, options)).toHaveLength(2);
    expect(slept).toEqual([250]);
  });

  it('looks again when a sidecar comes in between', async () => {
    await using stage = await openStage();
    const path = await makeDatabase(stage);
    const { options, watched } = looking([], (look) => {
      if (look === 1) writeFileSync(`${path}-journal`, '');
    });
    expect(await gatherOne(path, options)).toMatchObject({
      samples: [{ journal: { content: { kind: 'empty' } } }],
    });
    expect(watched.map(({ journal }) => journal !== null)).toEqual([false, true]);
  });

  it('gives up looking again while sidecars come and go without end', async () => {
    await using stage = await openStage();
    const path = await makeDatabase(stage);
    const { options, watched } = looking([], (look) => {
      rmSync(`${path}-journal`, { force: true });
      if (look % 2 === 1) writeFileSync(`${path}-journal`, '');
    });
    expect(await gatherOne(path, options)).toMatchObject({ samples: [{}] });
    expect(watched.length).toBeLessThanOrEqual(10);
  });

  it('says that a database vanished, and examines the other', async () => {
    await using one = await openStage();
    await using other = await openStage();
    const [gone, stays] = [await makeDatabase(one), await makeDatabase(other)];
    const { options } = looking(attachedLocks(7), (look) => {
      if (look === 2) rmSync(gone);
    });
    const [first, second] = await gatherEvidence([gone, stays], options);
    expect(first).toBeInstanceOf(FileProblem);
    expect(first).toMatchObject({ kind: 'vanished', message: expect.stringContaining(gone) });
    expect(second).toMatchObject({ path: stays });
  });

  it('says that a database was replaced between the samples', async () => {
    await using stage = await openStage();
    const path = await makeDatabase(stage);
    const { options } = looking(attachedLocks(7), (look) => {
      if (look !== 2) return;
      copyFileSync(path, stage.path('new'));
      renameSync(stage.path('new'), path);
    });
    const result = await gatherOne(path, options);
    expect(result).toMatchObject({ kind: 'replaced', message: expect.stringContaining(path) });
  });

  it('asks the kernel about the files that are there at that moment', async () => {
    await using stage = await openStage();
    const path = await makeDatabase(stage);
    const { options, watched } = looking(attachedLocks(7), (look) => {
      if (look === 1) writeFileSync(`${path}-wal`, '');
    });
    await gatherOne(path, options);
    expect(watched.at(-1)?.wal).not.toBeNull();
  });
});
