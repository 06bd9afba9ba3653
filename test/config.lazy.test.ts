import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { emptyConfig, loadConfig } from '../src/config.js';

const loaded = vi.hoisted(() => ({ times: 0 }));
vi.mock('../src/config.schema.js', async (original) => {
  loaded.times += 1;
  return original();
});

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'dblock-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

it('the schema, and with it zod, is loaded only when there is a configuration', async () => {
  const source = { cwd, file: null, checkIds: [] };
  expect(await loadConfig(source)).toEqual(emptyConfig());
  expect(loaded.times).toBe(0);
  writeFileSync(join(cwd, 'dblock.config.json'), '{}');
  await loadConfig(source);
  expect(loaded.times).toBe(1);
});
