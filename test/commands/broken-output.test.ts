/** Standard output that ends early, takes nothing more, or is closed; and a current folder that is gone. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROGRAM } from '../support/dblock.js';
import { openStage, type Stage } from '../support/stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  const maker = await stage.actor('node');
  // an unusual size of pages: something is found, but nothing that ends in 1 by itself
  const connection = await maker.open(stage.path('app.db'));
  await connection.exec('PRAGMA page_size = 512', 'CREATE TABLE t(x)');
  await maker.kill();
});
afterAll(() => stage.clear());

/** A line of sh, in which $dblock is the tool. */
async function shell(line: string, cwd = stage.folder): Promise<{ status: number | null; stderr: string }> {
  const script = `dblock() { "${process.execPath}" "${PROGRAM}" "$@"; }\n${line}`;
  const child = spawn('sh', ['-c', script], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  const [[status], stderr] = await Promise.all([once(child, 'close'), text(child.stderr)]);
  return { status, stderr };
}

/** Whoever reads is gone before dblock writes. */
async function intoClosedPipe(...args: string[]): Promise<{ status: number | null; stderr: string }> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: stage.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  const [[status], stderr] = await Promise.all([once(child, 'close'), text(child.stderr)]);
  return { status, stderr };
}

describe('a reader that goes away', () => {
  it.each<[string, string[], number]>([
    ['nothing at that severity', ['doctor', 'app.db'], 0],
    ['a finding', ['doctor', 'app.db', '--fail-on', 'info'], 1],
    ['a page', ['explain'], 0],
    ['help', ['--help'], 0],
  ])('does not change the exit code: %s', async (_, args, status) => {
    expect(await intoClosedPipe(...args)).toEqual({ status, stderr: '' });
  });
});

describe.skipIf(!existsSync('/dev/full'))('a full disk under standard output', () => {
  it.each(['doctor app.db', 'doctor app.db --fail-on info', 'doctor --list-checks', 'explain', '--help'])(
    '%s: says so, and exits with 2',
    async (command) => {
      expect(await shell(`dblock ${command} > /dev/full`)).toEqual({
        status: 2,
        stderr: 'dblock: standard output cannot be written: the disk is full.\n',
      });
    },
  );

  it('a full standard error changes nothing', async () => {
    expect(await shell('dblock doctor missing.db 2> /dev/full')).toMatchObject({ status: 2 });
    expect(await shell('dblock doctor app.db 2> /dev/full')).toMatchObject({ status: 0 });
  });
});

it('closed streams are no crash', async () => {
  expect(await shell('dblock doctor app.db >&-')).toEqual({ status: 0, stderr: '' });
  expect(await shell('dblock doctor app.db >&- 2>&-')).toMatchObject({ status: 0 });
});

describe('in a folder that was deleted', () => {
  const IN_DELETED = 'rmdir "$PWD";';
  it('says so, and exits with 2', async () => {
    await mkdir(stage.path('gone'));
    expect(await shell(`${IN_DELETED} dblock doctor app.db`, stage.path('gone'))).toEqual({
      status: 2,
      stderr: 'dblock: The current folder does not exist any more: change to one that does.\n',
    });
  });

  it('what needs no folder works', async () => {
    await mkdir(stage.path('gone'));
    expect(await shell(`${IN_DELETED} dblock explain 5 && dblock --version`, stage.path('gone'))).toEqual({
      status: 0,
      stderr: '',
    });
  });
});
