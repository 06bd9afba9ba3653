/** Two runs of dblock at a time: neither takes the other for somebody who uses the database. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { observeLinux } from '../../src/locks/linux.js';
import { statFile } from '../../src/sqlite/files.js';
import { driverName } from '../support/driver.js';
import { skipReason, titled } from '../support/programs.js';
import { openStage, type Stage } from '../support/stage.js';

let stage: Stage;
let child: ChildProcess | undefined;
beforeEach(async () => {
  stage = await openStage();
  await writeFile(stage.path('app.db'), '');
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await stage.clear();
});

const READS =
  "require('node:fs').openSync('app.db', 'r'); process.send('open'); process.on('message', () => {});";

const DRIVER = createRequire(import.meta.url).resolve(driverName);
const LOCKS = `new (require(${JSON.stringify(DRIVER)}))('app.db').exec('BEGIN IMMEDIATE'); process.send('open'); process.on('message', () => {});`;

/** The processes that are seen at app.db while a program of this name has it open. */
async function seenDuring(script: string, options: readonly string[] = [], code = READS): Promise<number[]> {
  await mkdir(dirname(stage.path(script)), { recursive: true });
  await writeFile(stage.path(script), code);
  child = spawn(process.execPath, [...options, stage.path(script), 'doctor', 'app.db'], {
    cwd: stage.folder,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  const path = stage.path('app.db');
  const database = statFile(path);
  if (!database) throw new Error('app.db is gone');
  const nobody = { wal: null, shm: null, journal: null, fileSystem: null };
  const [sample] = observeLinux([{ path, database, ...nobody }], process.pid);
  return sample?.processes.map(({ pid }) => pid) ?? [];
}

describe.skipIf(skipReason(['linux']))(titled('another run of dblock', ['linux']), () => {
  it.each([
    ['from a checkout', 'bin/dblock.js', []],
    ['from a package', 'node_modules/.bin/dblock', []],
    ['with options of Node.js', 'dblock.js', ['--no-warnings']],
  ])('%s is not attached', async (_, script, options) => {
    expect(await seenDuring(script, options)).toEqual([]);
  });

  it('another program that has it open is', async () => {
    expect(await seenDuring('app.js')).toEqual([child?.pid]);
  });

  it('one that holds a lock is, whatever it is called', async () => {
    expect(await seenDuring('bin/dblock.js', [], LOCKS)).toEqual([child?.pid]);
  });

  it('a program is not dblock because its argument is', async () => {
    expect(await seenDuring('bin/dblock-worker.js')).toEqual([child?.pid]);
  });
});
