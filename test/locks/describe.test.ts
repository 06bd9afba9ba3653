import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { known, unknown } from '../../src/known.js';
import { describeLinux } from '../../src/locks/describe.js';
import { openStage } from '../support/stage.js';

it.each([
  ['arguments', 'python3\0worker.py\0\0', known(['python3', 'worker.py'])],
  ['a title over them, with zeros in the room that is left', 'puma: idle\0\0\0\0', known(['puma: idle'])],
  ['nothing, as of a process that is ending', '', unknown('the process shows no command line')],
  ['zeros alone', '\0\0\0', unknown('the process shows no command line')],
])('a command line of %s', async (_, cmdline, command) => {
  await using stage = await openStage();
  mkdirSync(stage.path('42'));
  writeFileSync(stage.path('42', 'cmdline'), cmdline);
  expect(describeLinux([42], stage.folder)).toEqual([expect.objectContaining({ pid: 42, command })]);
});
