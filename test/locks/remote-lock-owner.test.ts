/** A file server holds locks for other machines under negative pids: there is no such process here. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { observeLinux } from '../../src/locks/linux.js';

let proc: string;
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'dblock-proc-'));
  // Without its fd: it cannot be inspected, so that /proc/locks is asked.
  mkdirSync(join(proc, '1'), { recursive: true });
  mkdirSync(join(proc, 'self/ns'), { recursive: true });
  symlinkSync('pid:[4026531836]', join(proc, 'self/ns/pid'));
  writeFileSync(join(proc, '1/stat'), `1 (init) S 0 1 1 0 -1 4194560${' 0'.repeat(40)}\n`);
});
afterEach(() => rmSync(proc, { recursive: true }));

const database = {
  ...{ path: '/export/app.db', database: { device: 'fe:00', inode: '77' } },
  ...{ wal: null, shm: null, journal: null, fileSystem: null },
};

function observe(pid: number): ReturnType<typeof observeLinux>[number] | undefined {
  writeFileSync(join(proc, 'locks'), `1: POSIX  ADVISORY  WRITE ${pid} fe:00:77 1073741825 1073741825\n`);
  return observeLinux([database], 999_999, proc)[0];
}

it('its lock is not that of a process, and without it the view is not complete', () => {
  expect(observe(-5)).toMatchObject({
    locks: [],
    processes: [],
    locksView: { complete: false, reason: expect.stringContaining('another machine has a lock') },
  });
});

it('while that of a process is', () => {
  expect(observe(5)).toMatchObject({
    locks: [{ pid: 5, names: ['RESERVED'] }],
    processes: [{ pid: 5 }],
    locksView: { complete: true },
  });
});
