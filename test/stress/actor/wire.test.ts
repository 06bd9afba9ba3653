import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { expect, it } from 'vitest';
import type { Role } from '../../../src/stress/actor/role.js';
import { type Service, servingRole, Wire } from '../../../src/stress/actor/wire.js';
import { openStage } from '../../support/stage.js';

/** Notes what it hears, and answers, but not to an introduction. */
function echo(notes: string[]) {
  return (client: { say(line: string): void }): Service => ({
    heard: (line) => {
      notes.push(line);
      if (line !== 'tell' && !line.startsWith('{')) client.say(`so ${line}`);
    },
    left: () => void notes.push('left'),
  });
}

async function serving(path: string, notes: string[], close?: () => void): Promise<Role> {
  const role = servingRole(path, echo(notes), close);
  await role.warmUp?.();
  return role;
}

it('asks one question after the other, and tells what has no answer', async () => {
  await using stage = await openStage();
  const [path, notes] = [stage.path('s'), [] as string[]];
  const server = await serving(path, notes, () => notes.push('closed'));
  const wire = new Wire(path);
  await wire.connect();
  expect(await wire.ask('one')).toBe('so one');
  wire.tell('tell');
  expect(await wire.ask('two')).toBe('so two');
  wire.close();
  await expect.poll(() => notes).toEqual(['one', 'tell', 'two', 'left']);
  await server.close();
  expect(notes.at(-1)).toBe('closed');
});

it('begins with who it is', async () => {
  await using stage = await openStage();
  const [path, notes] = [stage.path('s'), [] as string[]];
  const server = await serving(path, notes);
  const program = {
    ...({ begin: 'immediate', batch: 1, holdMs: 0, retry: { kind: 'none' } } as const),
    ...{ workload: 'insert', facts: {} },
  };
  const wire = new Wire(path);
  await wire.connect({ index: 3, seed: 42, program });
  expect(await wire.ask('next')).toBe('so next');
  expect(notes.map((line) => (line.startsWith('{') ? JSON.parse(line) : line))).toEqual([
    { index: 3, seed: 42, program },
    'next',
  ]);
  wire.close();
  await server.close();
});

it('a client that breaks off in the middle of a line ends nothing but itself', async () => {
  await using stage = await openStage();
  const [path, notes] = [stage.path('s'), [] as string[]];
  const server = await serving(path, notes);
  const rude = createConnection(path);
  rude.write('one\nhalf a li', () => rude.destroy());
  await expect.poll(() => notes).toContain('left');
  const wire = new Wire(path);
  await wire.connect();
  expect(await wire.ask('two')).toBe('so two');
  wire.close();
  await server.close();
});

/** Reads, says so, and never answers. */
const SILENT = `require('net').createServer((s) => s.on('data', () => console.log('heard'))).listen(process.argv[1], () => console.log('listening'))`;

it('has no answer from a server that is killed while one waits for it, nor later', async () => {
  await using stage = await openStage();
  const path = stage.path('s');
  const server = spawn(process.execPath, ['-e', SILENT, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await using _ = { [Symbol.asyncDispose]: async () => void server.kill('SIGKILL') };
  await once(server.stdout, 'data');
  const wire = new Wire(path);
  await wire.connect();
  const answer = wire.ask('anybody?');
  await once(server.stdout, 'data');
  const exit = once(server, 'exit');
  server.kill('SIGKILL');
  expect(await answer).toBeNull();
  expect(await wire.ask('and now?')).toBeNull();
  await exit;
  await expect(new Wire(path).connect()).rejects.toThrow('ECONNREFUSED');
});
