import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseLsof } from '../../src/locks/lsof-fields.js';

/** Recorded with lsof 4.95 on Linux; process ids, inodes and paths replaced. */
function recorded(name: string): string {
  return readFileSync(new URL(`../fixtures/lsof/linux-4.95-${name}.txt`, import.meta.url), 'utf8');
}

const file = (descriptor: string, inode: bigint) => ({ descriptor, device: 0xfe00n, inode });

it('reads the files of two processes', () => {
  const owner = { parentPid: 4100, uid: 0, login: 'root' };
  expect(parseLsof(recorded('files'))).toEqual([
    {
      pid: 4121,
      program: 'python3',
      ...owner,
      files: [file('mem', 1003n), file('3', 1001n), file('4', 1002n), file('5', 1003n)],
    },
    {
      pid: 4122,
      program: 'node',
      ...owner,
      files: [file('mem', 1003n), file('17', 1001n), file('18', 1002n), file('19', 1003n)],
    },
  ]);
});

it('reads who owns processes', () => {
  const owners = parseLsof(recorded('owners')).map(({ pid, uid, login }) => ({ pid, uid, login }));
  expect(owners).toEqual([
    { pid: 4121, uid: 0, login: 'root' },
    { pid: 4122, uid: 0, login: 'root' },
  ]);
});

it('reads no process from nothing, nor from what is not its format', () => {
  expect(parseLsof('')).toEqual([]);
  expect(parseLsof('COMMAND   PID USER\npython3  4121 root\n')).toEqual([]);
});

it('leaves out what lsof does not say', () => {
  expect(parseLsof('p7\nf3\nDunknown\n')).toEqual([
    {
      pid: 7,
      parentPid: null,
      uid: null,
      login: null,
      program: null,
      files: [{ descriptor: '3', device: null, inode: null }],
    },
  ]);
});
