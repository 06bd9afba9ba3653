import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeWithLsof, observeWithLsof } from '../../src/locks/lsof.js';
import { kernelSampleShape } from '../../src/locks/shapes.js';
import type { WatchedDatabase } from '../../src/locks/watched.js';
import { statFile } from '../../src/sqlite/files.js';
import { type Need, skipReason, titled } from '../support/programs.js';
import { openStage, type Stage } from '../support/stage.js';

function test(name: string, needs: readonly Need[], run: (stage: Stage) => Promise<void>): void {
  it.skipIf(skipReason(needs))(titled(name, needs), async () => {
    await using stage = await openStage();
    await run(stage);
  });
}

function watch(path: string): WatchedDatabase {
  return {
    path,
    database: statFile(path) ?? expect.fail(`no ${path}`),
    wal: statFile(`${path}-wal`),
    shm: statFile(`${path}-shm`),
    journal: statFile(`${path}-journal`),
    fileSystem: null,
  };
}

const NOT_OURS = 1;
const isRoot = process.geteuid?.() === 0;

describe('observeWithLsof', () => {
  test('finds who has a database open, and which of its files', ['lsof', 'python3'], async (stage) => {
    const [one, other] = [await stage.actor('python'), await stage.actor('node')];
    const names = ['a b.db', 'other.db'].map((name) => stage.path(name));
    const [path = '', untouched = ''] = names;
    for (const actor of [one, other]) {
      const db = await actor.open(path);
      await db.exec('PRAGMA journal_mode=WAL', 'CREATE TABLE IF NOT EXISTS t (x)', 'SELECT * FROM t');
    }
    writeFileSync(untouched, '');
    const samples = observeWithLsof([watch(path), watch(untouched)], NOT_OURS);
    for (const sample of samples) expect(kernelSampleShape.parse(sample)).toEqual(sample);
    const [sample, idle] = samples;
    expect(idle?.processes).toEqual([]);
    expect(sample?.processes.map(({ pid }) => pid).toSorted()).toEqual([one.pid, other.pid].toSorted());
    for (const seen of sample?.processes ?? []) {
      expect(seen).toMatchObject({ state: '?', mapsShm: true });
      expect(seen.descriptors.map(({ file }) => file).toSorted()).toEqual(['database', 'shm', 'wal']);
    }
  });

  test('never reports dblock itself', ['lsof', 'python3'], async (stage) => {
    const actor = await stage.actor('python');
    const db = await actor.open(stage.path('app.db'));
    await db.exec('CREATE TABLE t (x)');
    const [sample] = observeWithLsof([watch(stage.path('app.db'))], actor.pid);
    expect(sample?.processes).toEqual([]);
  });

  test('sees all processes as root only, and locks never', ['lsof'], async (stage) => {
    const path = stage.path('app.db');
    writeFileSync(path, '');
    const [sample] = observeWithLsof([watch(path)], NOT_OURS);
    expect(sample).toMatchObject({
      processes: [],
      processesView: { complete: isRoot },
      locksView: { complete: false },
    });
  });

  test('without lsof says how to get it', [], async (stage) => {
    const path = stage.path('app.db');
    writeFileSync(path, '');
    const samples = observeWithLsof([watch(path)], NOT_OURS, stage.path('no-such-program'));
    expect(samples).toMatchObject([
      {
        locks: [],
        processes: [],
        processesView: { complete: false, reason: expect.stringContaining('install lsof') },
      },
    ]);
  });

  it('asks nothing about no database', () => {
    expect(observeWithLsof([], NOT_OURS)).toEqual([]);
  });
});

describe('describeWithLsof', () => {
  test('tells user, parent and program', ['lsof'], async (stage) => {
    const { pid } = await stage.actor('node');
    expect(describeWithLsof([pid])).toMatchObject([
      {
        pid,
        parentPid: process.pid,
        user: { known: true, value: { uid: process.geteuid?.() } },
        // the name of its main thread, which Node.js sets from 24 on
        command: { known: true, value: [expect.stringMatching(/^(node|MainThread)$/)] },
        executable: { known: false },
        sqliteLibraries: { known: false },
      },
    ]);
  });

  test('says of a process that has ended that it has', ['lsof', 'python3'], async (stage) => {
    const [alive, dead] = [await stage.actor('python'), await stage.actor('python')];
    await dead.kill();
    const [one, other] = describeWithLsof([alive.pid, dead.pid]);
    expect(one?.user.known).toBe(true);
    expect(other).toMatchObject({ pid: dead.pid, parentPid: null, user: { known: false } });
  });

  test('of no process is empty, and without lsof unknown', [], async (stage) => {
    expect(describeWithLsof([])).toEqual([]);
    const program = stage.path('no-such-program');
    const reason = expect.stringContaining('install lsof');
    expect(describeWithLsof([7], program)).toMatchObject([{ pid: 7, user: { known: false, reason } }]);
  });
});
