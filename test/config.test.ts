import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyConfig, loadConfig } from '../src/config.js';
import { configJsonSchema } from '../src/config.schema.js';
import { UsageProblem } from '../src/problem.js';
import { asNobody, whyNotAsNobody } from './support/nobody.js';

const checkIds = ['write-lock-held', 'reader-pins-wal', 'page-size'];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dblock-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes a file below the folder, and returns its path. */
function write(name: string, content: unknown): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const load = (below = '.', file: string | null = null) =>
  loadConfig({ cwd: join(folder, below), file, checkIds });

async function problemOf(content: unknown): Promise<string> {
  write('dblock.config.json', content);
  const error: unknown = await load().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UsageProblem);
  return error instanceof Error ? error.message : '';
}

describe('where the configuration is', () => {
  it('is none, which is fine', async () => {
    mkdirSync(join(folder, 'sub'));
    expect(await load('sub')).toEqual(emptyConfig());
  });

  it('is the nearest dblock.config.json upwards', async () => {
    const path = write('a/dblock.config.json', { workers: 2 });
    write('dblock.config.json', { workers: 9 });
    mkdirSync(join(folder, 'a/b/c'), { recursive: true });
    expect(await load('a/b/c')).toMatchObject({ workers: 2, file: { path, name: path } });
    expect(await load('a')).toMatchObject({ workers: 2, file: { path, name: 'dblock.config.json' } });
  });

  it('is dblock.config.json before package.json in one folder, and the nearer folder before both', async () => {
    write('package.json', { name: 'app', dblock: { workers: 3 } });
    write('dblock.config.json', { workers: 4 });
    write('sub/package.json', { name: 'sub', dblock: { workers: 5 } });
    expect((await load()).workers).toBe(4);
    expect((await load('sub')).workers).toBe(5);
  });

  it('passes by a package.json without our key, broken or empty or not an object', async () => {
    write('dblock.config.json', { workers: 4 });
    write('a/package.json', { name: 'a', dependencies: { dblock: '^0.1.0' } });
    write('a/b/package.json', '{ "name": "b", }');
    write('a/b/c/package.json', '');
    write('a/b/c/d/package.json', ['dblock']);
    expect((await load('a/b/c/d')).workers).toBe(4);
  });

  it('reports a broken package.json that mentions us', async () => {
    write('package.json', '{\n  "dblock": { "workers": 2, },\n}');
    await expect(load()).rejects.toThrow(
      'package.json is not valid JSON: line 2, column 29: expected a key in double quotes, found "}".',
    );
  });

  it.skipIf(whyNotAsNobody)(
    'passes by a package.json that may not be read, but not by our own file',
    async () => {
      chmodSync(folder, 0o755);
      write('dblock.config.json', { workers: 4 });
      chmodSync(write('sub/package.json', { dblock: { workers: 5 } }), 0);
      expect((await asNobody(() => load('sub'))).workers).toBe(4);
      chmodSync(join(folder, 'dblock.config.json'), 0);
      await expect(asNobody(() => load('sub'))).rejects.toThrow(
        /^No permission to read ".*dblock\.config\.json"\.$/,
      );
    },
  );

  it('is --config alone, whatever its name, relative to the working directory', async () => {
    write('dblock.config.json', { workers: 4 });
    const path = write('etc/dblock for prod', { workers: 7 });
    expect(await load('.', 'etc/dblock for prod')).toMatchObject({ workers: 7, file: { path } });
    expect(await load('etc', '../dblock.config.json')).toMatchObject({ workers: 4 });
  });

  it('is the key of a package.json that --config names', async () => {
    write('package.json', { dblock: { workers: 3 } });
    expect((await load('.', 'package.json')).workers).toBe(3);
    write('package.json', { name: 'app' });
    await expect(load('.', 'package.json')).rejects.toThrow('"package.json" has no key "dblock".');
  });

  it.each([
    ['dblock.confg.json', '--config: "dblock.confg.json" does not exist. Did you mean "dblock.config.json"?'],
    ['sub', '--config needs a file, and "sub" is a folder.'],
    ['', '--config needs the path of a file.'],
    [
      'empty.json',
      'empty.json is not valid JSON: line 1, column 1: expected a value, found the end of the file.',
    ],
  ])('refuses --config %j', async (file, message) => {
    write('dblock.config.json', {});
    write('sub/x', '');
    write('empty.json', '');
    await expect(load('.', file)).rejects.toThrow(new UsageProblem(message));
  });
});

/** Every key, as a user may write it. */
const COMPLETE = {
  $schema: './node_modules/dblock/schemas/dblock.config.schema.json',
  databases: ['storage/*.sqlite3', '/data/app.db'],
  fail_on: 'warning',
  workers: 8,
  mute: [{ check: 'page-size', reason: 'inherited, cannot change before the move' }],
  connections: {
    busy_timeout_ms: 5000,
    begin: 'immediate',
    synchronous: 'normal',
    autocheckpoint_pages: 0,
    persistent: false,
  },
  thresholds: ['wait.p99<100ms'],
  queues: [{ table: 'jobs', status: 'status', running: 'running', queued: 0, also: { error: 'NULL' } }],
};

describe('what the configuration says', () => {
  it('is carried whole', async () => {
    const path = write('dblock.config.json', `\uFEFF${JSON.stringify(COMPLETE)}`);
    expect(await load()).toEqual({
      file: { path, name: 'dblock.config.json' },
      databases: ['storage/*.sqlite3', '/data/app.db'],
      failOn: 'warning',
      workers: 8,
      mute: [{ check: 'page-size', reason: 'inherited, cannot change before the move' }],
      queues: [{ table: 'jobs', status: 'status', running: 'running', queued: 0, also: { error: 'NULL' } }],
      connections: {
        busyTimeoutMs: 5000,
        begin: 'immediate',
        synchronous: 'normal',
        autocheckpointPages: 0,
        persistent: false,
      },
      thresholds: ['wait.p99<100ms'],
    });
  });

  it('may be nothing', async () => {
    const path = write('dblock.config.json', {});
    expect(await load()).toEqual({ ...emptyConfig(), file: { path, name: 'dblock.config.json' } });
  });

  it.each<[object | string, string]>([
    [{ databses: [] }, 'dblock.config.json has the unknown key "databses". Did you mean "databases"?'],
    [
      { numbers: {} },
      'dblock.config.json has the unknown key "numbers". The keys are $schema, databases, fail_on, workers, mute, queues, connections, thresholds.',
    ],
    [{ queues: {} }, 'dblock.config.json: queues must be an array of tables, not {}.'],
    [
      { queues: [{ table: 'jobs', status: 'status', running: 'running', queued: 'queued', stared: 'x' }] },
      'dblock.config.json: queues[0] has the unknown key "stared". Did you mean "started"?',
    ],
    [{ failOn: 'info' }, 'dblock.config.json has the unknown key "failOn". Did you mean "fail_on"?'],
    [{ '\u001b[2J': 1 }, 'dblock.config.json has the unknown key "\\u001b[2J". The keys are $schema,'],
    ['{"__proto__": {}}', 'dblock.config.json has the unknown key "__proto__". The keys are $schema,'],
    [
      { connections: { busy_timeout: 5000 } },
      'dblock.config.json: connections has the unknown key "busy_timeout". Did you mean "busy_timeout_ms"?',
    ],
    [
      { mute: [{ check: 'page-size', reason: 'x', until: 'May' }] },
      'dblock.config.json: mute[0] has the unknown key "until". The keys are check, reason.',
    ],
    [
      { mute: [{ check: 'write-lock-hold', reason: 'x' }] },
      'dblock.config.json: mute[0].check names no check: "write-lock-hold". Did you mean "write-lock-held"?',
    ],
    [
      { mute: [{ check: 'page-size' }] },
      'dblock.config.json: mute[0].reason is missing: it must be a reason in words.',
    ],
    [
      { mute: [{ check: 'page-size', reason: ' ' }] },
      'dblock.config.json: mute[0].reason must be a reason in words, not " ".',
    ],
    [
      { mute: [{ reason: 'x' }] },
      'dblock.config.json: mute[0].check is missing: it must be the id of a check.',
    ],
    [{ mute: ['page-size'] }, 'dblock.config.json: mute[0] must be an object, not "page-size".'],
    [
      { mute: 'page-size' },
      'dblock.config.json: mute must be an array of { "check", "reason" }, not "page-size".',
    ],
    [{ workers: '4' }, 'dblock.config.json: workers must be a whole number from 1, not "4".'],
    [{ workers: 0 }, 'dblock.config.json: workers must be a whole number from 1, not 0.'],
    [{ workers: 1.5 }, 'dblock.config.json: workers must be a whole number from 1, not 1.5.'],
    [
      { workers: { 'app.db': 4 } },
      'dblock.config.json: workers must be a whole number from 1, not {"app.db":4}.',
    ],
    [
      { connections: { busy_timeout_ms: -1 } },
      'dblock.config.json: connections.busy_timeout_ms must be a whole number from 0, not -1.',
    ],
    [
      { connections: { busy_timeout_ms: 3e9 } },
      'dblock.config.json: connections.busy_timeout_ms must be at most 2147483647, not 3000000000.',
    ],
    [
      { connections: { begin: 'imediate' } },
      'dblock.config.json: connections.begin must be one of deferred, immediate, exclusive, not "imediate". Did you mean "immediate"?',
    ],
    [
      { connections: { persistent: 'yes' } },
      'dblock.config.json: connections.persistent must be true or false, not "yes".',
    ],
    [
      { databases: 'app.db' },
      'dblock.config.json: databases must be an array of paths or globs, not "app.db".',
    ],
    [
      { databases: [] },
      'dblock.config.json: databases must be an array of at least one path or glob, not [].',
    ],
    [{ databases: ['a.db', 3] }, 'dblock.config.json: databases[1] must be a path or a glob, not 3.'],
    [
      { fail_on: 'error' },
      'dblock.config.json: fail_on must be one of info, warning, critical, never, not "error".',
    ],
    [['app.db'], 'dblock.config.json must be an object, not ["app.db"].'],
    ['null', 'dblock.config.json must be an object, not null.'],
  ])('%j is refused', async (content, message) => {
    expect((await problemOf(content)).slice(0, message.length)).toBe(message);
  });

  it('is named with its key in package.json', async () => {
    write('package.json', { dblock: { connections: { begin: 7 } } });
    await expect(load()).rejects.toThrow('package.json: dblock.connections.begin must be one of');
    write('package.json', { dblock: null });
    await expect(load()).rejects.toThrow('package.json: dblock must be an object, not null.');
  });

  it('says where JSON is broken', async () => {
    expect(await problemOf('{\n  "workers": 4\n  "mute": []\n}')).toBe(
      'dblock.config.json is not valid JSON: line 3, column 3: expected "," or "}", found the string "mute".',
    );
  });
});

describe('the JSON Schema', () => {
  const validate = new Ajv2020({ strict: true }).compile(configJsonSchema(checkIds));

  it('accepts what dblock accepts', () => {
    expect(validate(COMPLETE)).toBe(true);
    expect(validate({})).toBe(true);
  });

  it.each([
    { databses: ['app.db'] },
    { databases: [] },
    { databases: [' '] },
    { workers: 0 },
    { workers: 1.5 },
    { fail_on: 'error' },
    { mute: [{ check: 'nonsense', reason: 'x' }] },
    { mute: [{ check: 'page-size' }] },
    { connections: { busy_timeout: 5000 } },
    { connections: { begin: 'concurrent' } },
  ])('refuses %j, as dblock does', async (content) => {
    expect(validate(content)).toBe(false);
    expect(await problemOf(content)).toMatch(/^dblock\.config\.json/);
  });
});
