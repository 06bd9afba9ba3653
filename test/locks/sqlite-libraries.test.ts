import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect, it, type TestContext } from 'vitest';
import { PROC } from '../../src/locks/proc.js';
import type { SqliteLibrary } from '../../src/locks/shapes.js';
import { findSqliteLibraries } from '../../src/locks/sqlite-libraries.js';
import { fakeProc } from '../support/fake-proc.js';
import { available, type Need, pythonPath, skipReason, titled } from '../support/programs.js';
import { openStage, type Stage } from '../support/stage.js';

function test(
  name: string,
  needs: readonly Need[],
  run: (stage: Stage, context: TestContext) => Promise<void>,
): void {
  it.skipIf(skipReason(needs))(titled(name, needs), async (context) => {
    await using stage = await openStage();
    await run(stage, context);
  });
}

const ASK = 'SELECT sqlite_version(), sqlite_source_id()';

function librariesOf(pid: number): SqliteLibrary[] {
  const libraries = findSqliteLibraries(pid, PROC, new Map());
  return libraries.known ? libraries.value : expect.fail(libraries.reason);
}

/** Runs a program until the body is done; the body gets the first line that it prints. */
async function withProgram(
  program: string,
  options: readonly string[],
  input: string,
  use: (pid: number, line: string) => void,
): Promise<void> {
  const child = spawn(program, options, { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    child.stdin.write(input);
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    use(child.pid ?? expect.fail(`${program} has no pid`), String(line));
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
}

describe('of a real process', () => {
  test('python3 has the SQLite that it says it has', ['linux', 'python3'], async (stage) => {
    const actor = await stage.actor('python');
    const db = await actor.open(stage.path('app.db'));
    const [[version, sourceId] = []] = await db.query(ASK);
    expect(librariesOf(actor.pid)).toEqual([expect.objectContaining({ version, sourceId })]);
  });

  test(
    'better-sqlite3 is found in its extension, and the SQLite inside Node 22 beside it',
    ['linux'],
    async (stage) => {
      const actor = await stage.actor('node');
      const db = await actor.open(stage.path('app.db'));
      const [[version, sourceId] = []] = await db.query(ASK);
      const found = librariesOf(actor.pid);
      const extension = found.find(({ path }) => path.endsWith('.node'));
      const others = found.filter((library) => library !== extension);
      expect(extension).toMatchObject({ linkage: 'static', version, sourceId });
      expect(extension?.path).toMatch(/better[-_]sqlite3.*\.node$/);
      const { sqlite: embedded } = process.versions;
      expect(others.map((library) => library.version)).toEqual(embedded === undefined ? [] : [embedded]);
    },
  );

  test('the sqlite3 shell has what it says it has', ['linux', 'sqlite3'], async () => {
    await withProgram('sqlite3', ['-batch', ':memory:'], `${ASK};\n`, (pid, line) => {
      const [version, sourceId] = line.split('|');
      expect(librariesOf(pid)).toEqual([expect.objectContaining({ version, sourceId })]);
    });
  });

  test('python3 without the module has none', ['linux', 'python3'], async () => {
    const program = 'import sys; print("ready", flush=True); sys.stdin.read()';
    await withProgram(pythonPath() ?? '', ['-c', program], '', (pid) => {
      expect(librariesOf(pid)).toEqual([]);
    });
  });

  test(
    'a library that was deleted while in use is read by root, and named to others',
    ['linux', 'python3'],
    async (stage, context) => {
      const original = librariesOf((await stage.actor('python')).pid).find(
        ({ linkage }) => linkage === 'shared',
      );
      if (!original) return context.skip('this Python has its SQLite inside, not in a library');
      const copy = stage.path('libsqlite3.so.0');
      copyFileSync(original.path, copy);
      const program = `import ctypes, sys; ctypes.CDLL(${JSON.stringify(copy)}); print("ready", flush=True); sys.stdin.read()`;
      await withProgram(pythonPath() ?? '', ['-c', program], '', (pid) => {
        rmSync(copy);
        const seen = available('root') ? original : { ...original, version: null, sourceId: null };
        expect(librariesOf(pid)).toEqual([{ ...seen, path: `${copy} (deleted)` }]);
      });
    },
  );

  test('that has ended is unknown', ['linux', 'python3'], async (stage) => {
    const actor = await stage.actor('python');
    await actor.kill();
    expect(findSqliteLibraries(actor.pid, PROC, new Map())).toEqual({
      known: false,
      reason: 'the process ended meanwhile',
    });
  });

  test(
    'of another user is unknown, with what to do about it',
    ['linux', 'python3', 'root'],
    async (stage) => {
      const { pid } = await stage.actor('python');
      const nobody = 65_534;
      process.seteuid?.(nobody);
      try {
        const libraries = findSqliteLibraries(pid, PROC, new Map());
        expect(libraries).toMatchObject({
          known: false,
          reason: expect.stringContaining('run dblock as its user or as root'),
        });
      } finally {
        process.seteuid?.(0);
      }
    },
  );
});

const ID = `2026-06-03 19:12:13 ${'0123456789abcdef'.repeat(4)}`;
const STRINGS = ['', 'database disk image is malformed', ID, '3.53.2', ''].join('\0');

describe('of the files in a map', () => {
  const find = (proc: string, cache = new Map()) => findSqliteLibraries(42, proc, cache);

  test(
    'each is named, told apart by linkage, and those with SQLite in their names come first',
    ['linux'],
    async (stage) => {
      const paths = ['worker', 'libe_sqlite3.so', 'node_sqlite3.node'].map((name) => stage.path(name));
      for (const path of paths) writeFileSync(path, STRINGS);
      const proc = fakeProc(
        stage.folder,
        paths.map((path) => ({ path })),
      );
      const [worker, shared, extension] = paths;
      expect(find(proc)).toEqual({
        known: true,
        value: [
          { path: shared, linkage: 'shared', version: '3.53.2', sourceId: ID },
          { path: extension, linkage: 'static', version: '3.53.2', sourceId: ID },
          { path: worker, linkage: 'static', version: '3.53.2', sourceId: ID },
        ],
      });
    },
  );

  test('strings are found wherever a window of the reading ends', ['linux'], async (stage) => {
    const path = stage.path('program');
    const boundary = 256 * 1024;
    const bytes = Buffer.alloc(boundary + 1024);
    writeFileSync(path, bytes);
    const proc = fakeProc(stage.folder, [{ path }]);
    const failures: number[] = [];
    for (let at = boundary - 2 * STRINGS.length; at <= boundary; at += 2) {
      bytes.fill(0).write(STRINGS, at, 'latin1');
      writeFileSync(path, bytes);
      const found = find(proc);
      if (!found.known || found.value[0]?.version !== '3.53.2' || found.value[0].sourceId !== ID)
        failures.push(at);
    }
    expect(failures).toEqual([]);
  });

  test('each is read where its process sees it, as in a container', ['linux'], async (stage) => {
    const inside = stage.path('libsqlite3.so.0');
    writeFileSync(inside, STRINGS);
    const { ino: inode, size } = statSync(inside, { bigint: true });
    const mapping = { path: '/libsqlite3.so.0', inode, bytes: Number(size) };
    const proc = fakeProc(stage.folder, [mapping], stage.folder);
    expect(find(proc)).toMatchObject({
      known: true,
      value: [{ path: '/libsqlite3.so.0', version: '3.53.2' }],
    });
  });

  test('what was read once is not read again', ['linux'], async (stage) => {
    const path = stage.path('program');
    writeFileSync(path, STRINGS);
    const proc = fakeProc(stage.folder, [{ path }]);
    const cache = new Map();
    const first = find(proc, cache);
    rmSync(path);
    expect(find(proc, cache)).toEqual(first);
    expect(find(proc)).toMatchObject({ known: false });
  });

  test('a file that replaced the mapped one is not read in its place', ['linux'], async (stage) => {
    const [library, program] = [stage.path('libsqlite3.so.0'), stage.path('program')];
    for (const path of [library, program]) writeFileSync(path, STRINGS);
    const replaced = fakeProc(stage.folder, [{ path: library, inode: 1n }]);
    expect(find(replaced)).toMatchObject({
      known: true,
      value: [{ path: library, version: null, sourceId: null }],
    });
    const other = fakeProc(await stage.elsewhere(), [{ path: program, inode: 1n }]);
    expect(find(other)).toMatchObject({ known: false, reason: expect.stringContaining(program) });
  });

  test(
    'one that is too large makes "nothing found" unknown, and leaves what was found',
    ['linux'],
    async (stage) => {
      const [huge, library] = [stage.path('libcuda.so'), stage.path('libsqlite3.so.0')];
      writeFileSync(huge, '');
      writeFileSync(library, STRINGS);
      const mapping = { path: huge, bytes: 300 * 2 ** 20 };
      expect(find(fakeProc(stage.folder, [mapping]))).toMatchObject({
        known: false,
        reason: expect.stringContaining('too large (256 MiB a file, 400 MiB a process)'),
      });
      expect(find(fakeProc(await stage.elsewhere(), [mapping, { path: library }]))).toMatchObject({
        known: true,
        value: [{ path: library, version: '3.53.2' }],
      });
    },
  );

  test('none at all, as in a process that is ending, is unknown', ['linux'], async (stage) => {
    expect(find(fakeProc(stage.folder, []))).toMatchObject({ known: false });
  });
});
