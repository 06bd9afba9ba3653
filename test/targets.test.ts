import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, emptyConfig } from '../src/config.js';
import { UsageProblem } from '../src/problem.js';
import { resolveTargets, type Targets } from '../src/targets.js';
import { asNobody, whyNotAsNobody } from './support/nobody.js';

/** A real database, made in memory so that this process never has a connection to a file of the tests. */
const DATABASE = new Sqlite(':memory:').exec('CREATE TABLE t (a)').serialize();
/** macOS and Windows do not let such a name come into being. */
const whyNoRawNames = process.platform === 'linux' ? false : 'names are always valid text here';

let cwd: string;

beforeEach(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), 'dblock-targets-')));
});
afterEach(() => rmSync(cwd, { recursive: true }));

/** Makes files with these names below the working directory: all of them databases. */
function databases(...names: string[]): void {
  for (const name of names) file(name, DATABASE);
}

function file(name: string, content: string | Buffer = 'just text, and longer than 16 bytes\n'): string {
  const path = join(cwd, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: Partial<Config>;
  readonly cwd?: string;
}

function resolve(args: readonly string[], given: Given = {}): Promise<Targets> {
  return resolveTargets(args, {
    cwd: given.cwd ?? cwd,
    env: given.env ?? {},
    config: { ...emptyConfig(), ...given.config },
  });
}

/** The names of what was found, as the user would write them; each checked against its real path. */
async function names(args: readonly string[], given?: Given): Promise<string[]> {
  const { databases } = await resolve(args, given);
  return databases.map((target) => target.given);
}

async function problem(args: readonly string[], given?: Given): Promise<string> {
  const error: unknown = await resolve(args, given).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UsageProblem);
  return error instanceof Error ? error.message.replaceAll(cwd, '<cwd>') : '';
}

describe('which of the four ways', () => {
  const config = (folder: string, databases: string[]) => ({
    config: { file: { path: join(folder, 'dblock.config.json'), name: 'dblock.config.json' }, databases },
  });

  it('arguments come before DBLOCK_DATABASE, that before the configuration, that before the folder', async () => {
    databases('arg.db', 'env.db', 'etc/config.db', 'only/here.db');
    const env = { DBLOCK_DATABASE: 'env.db' };
    const configured = config(join(cwd, 'etc'), ['config.db']);
    expect(await names(['arg.db'], { env, ...configured })).toEqual(['arg.db']);
    expect(await names([], { env, ...configured })).toEqual(['env.db']);
    expect(await names([], { env: { DBLOCK_DATABASE: '' }, ...configured })).toEqual(['config.db']);
    expect(await names([], { cwd: join(cwd, 'only') })).toEqual(['here.db']);
  });

  it('the configuration names paths and patterns relative to its own folder', async () => {
    databases('etc/a.db', 'etc/db/b.sqlite3', 'elsewhere/x.db');
    const given = { ...config(join(cwd, 'etc'), ['a.db', 'db/*.sqlite3']), cwd: join(cwd, 'elsewhere') };
    expect(await resolve([], given)).toEqual({
      databases: [
        { path: join(cwd, 'etc/a.db'), given: 'a.db' },
        { path: join(cwd, 'etc/db/b.sqlite3'), given: 'db/b.sqlite3' },
      ],
      note: null,
      warning: null,
    });
  });

  it('says where a wrong name comes from', async () => {
    databases('app.db');
    expect(await problem([], { env: { DBLOCK_DATABASE: 'ap.db' } })).toBe(
      'DBLOCK_DATABASE: "ap.db" does not exist. Did you mean "app.db"?',
    );
    expect(await problem([], config(cwd, ['ap.db']))).toBe(
      'dblock.config.json: databases: "ap.db" does not exist. Did you mean "app.db"?',
    );
  });

  it('takes the only database of the folder, by its bytes, and says so', async () => {
    databases('data');
    file('fake.db');
    file('empty.db', '');
    file('notes.txt');
    mkdirSync(join(cwd, 'folder.db'));
    symlinkSync('nowhere', join(cwd, 'dangling.db'));
    expect(await resolve([])).toEqual({
      databases: [{ path: join(cwd, 'data'), given: 'data' }],
      note: 'No database was named: looking at "data", the only one in this folder.',
      warning: null,
    });
  });

  it('lists several, and does not choose', async () => {
    databases('b.db', 'a.db', 'c\n.db');
    expect(await problem([])).toBe(
      'No database was named, and this folder has 3: "a.db", "b.db", "c\\n.db". Name those to look at, or give "." for all.',
    );
    expect(await names(['.'])).toEqual(['a.db', 'b.db', 'c\n.db']);
  });

  it('says the four ways when there is none', async () => {
    file('fake.db');
    expect(await problem([])).toBe(
      'No database was named, and this folder has none. Name one (dblock doctor app.db), set DBLOCK_DATABASE, list "databases" in dblock.config.json, or run dblock in the folder of the only one.',
    );
  });
});

describe('a name that exists', () => {
  it.each([
    'with space.db',
    "it's.db",
    'say "hi".db',
    'new\nline.db',
    'what?.db',
    'a#b.db',
    '100%.db',
    '%20.db',
    'star*.db',
    'data[1].db',
    '{a,b}.db',
    '!not.db',
    '(1).db',
    'back\\slash.db',
    '-dash.db',
    '\u001b[31mred.db',
    'replacement\uFFFD.db',
    'file:uri.db',
    ':memory:',
    'app-wal',
  ])('is taken as it is: %j', async (name) => {
    databases(name, 'data1.db', 'starfish.db');
    expect(await resolve([name])).toEqual({
      databases: [{ path: join(cwd, name), given: name }],
      note: null,
      warning: null,
    });
    rmSync(join(cwd, 'data1.db'));
    rmSync(join(cwd, 'starfish.db'));
    expect(await names([])).toEqual([name]);
  });

  it('need not be a database: what is in it, the evidence says', async () => {
    file('fake.db');
    file('empty.db', '');
    expect(await names(['fake.db', 'empty.db'])).toEqual(['fake.db', 'empty.db']);
  });

  it('becomes the real path, since SQLite names the sidecars after that', async () => {
    databases('real/app.db');
    symlinkSync('real', join(cwd, 'folder-link'));
    symlinkSync('folder-link/app.db', join(cwd, 'link.db'));
    expect((await resolve(['link.db'])).databases).toEqual([
      { path: join(cwd, 'real/app.db'), given: 'link.db' },
    ]);
  });

  it('is examined once, whatever its names', async () => {
    databases('app.db', 'other.db');
    symlinkSync('app.db', join(cwd, 'soft.db'));
    linkSync(join(cwd, 'app.db'), join(cwd, 'hard.db'));
    const all = ['soft.db', 'app.db', './app.db', join(cwd, 'app.db'), 'hard.db', '*.db', '.', 'other.db'];
    expect((await resolve(all)).databases).toEqual([
      { path: join(cwd, 'app.db'), given: 'soft.db' },
      { path: join(cwd, 'other.db'), given: 'other.db' },
    ]);
  });

  it.each(['-wal', '-shm', '-journal'])('is not the %s of a database', async (suffix) => {
    databases('app.db');
    const message = `"app.db${suffix}" belongs to a database: give the database itself: "app.db".`;
    expect(await problem([`app.db${suffix}`])).toBe(message);
    file(`app.db${suffix}`);
    expect(await problem([`app.db${suffix}`])).toBe(message);
  });

  it('may end as a sidecar does, if it is a database or has none beside it', async () => {
    databases('my', 'my-journal');
    file('lone-wal');
    expect(await names(['my-journal', 'lone-wal'])).toEqual(['my-journal', 'lone-wal']);
  });

  it('is not a pipe, a socket or a device', async () => {
    execFileSync('mkfifo', [join(cwd, 'pipe.db')]);
    const server = createServer();
    await new Promise<void>((listening) => server.listen(join(cwd, 'socket.db'), listening));
    try {
      expect(await problem(['pipe.db'])).toBe('"pipe.db" is a named pipe (FIFO), not a database file.');
      expect(await problem(['socket.db'])).toBe('"socket.db" is a socket, not a database file.');
      expect(await problem(['/dev/null'])).toBe('"/dev/null" is a device, not a database file.');
      expect(await problem(['.'])).toBe('The folder "." has no SQLite database directly in it.');
    } finally {
      await new Promise((closed) => server.close(closed));
    }
  });
});

describe('a name that does not exist', () => {
  it.each([
    ['', 'An empty name was given: is a shell variable unset?'],
    ['a\0b', '"a\\u0000b" cannot be a path: it has a NUL character.'],
    ['data/ap.db', '"data/ap.db" does not exist. Did you mean "data/app.db"?'],
    ['data/app', '"data/app" does not exist. Did you mean "data/app.db"?'],
    ['data/zzzzzz', '"data/zzzzzz" does not exist.'],
    ['dta/app.db', '"dta/app.db" does not exist: there is no folder "<cwd>/dta". Did you mean "<cwd>/data"?'],
    ['x/y/z.db', '"x/y/z.db" does not exist: there is no folder "<cwd>/x".'],
    ['data/app.db/x', '"data/app.db/x" does not exist: "<cwd>/data/app.db" is a file, not a folder.'],
    ['dangling.db', 'The symbolic link "dangling.db" points to "data/gone[1].db", which does not exist.'],
    ['glob[1].db', 'The symbolic link "glob[1].db" points to "data/gone.db", which does not exist.'],
    ['loop.db', 'The symbolic link "loop.db" leads back to itself.'],
    ['loop.db/app.db', 'The symbolic link "<cwd>/loop.db" leads back to itself.'],
    [
      ':memory:',
      '":memory:" lives inside one process, with no file to look at; give the path of a database file.',
    ],
    [
      'file:data/app.db?mode=ro',
      '"file:data/app.db?mode=ro" is a URI; give the plain path instead: "data/app.db".',
    ],
    [
      'file:///srv/a%20b.db#x',
      '"file:///srv/a%20b.db#x" is a URI; give the plain path instead: "/srv/a b.db".',
    ],
    [
      'file://localhost/srv/a.db',
      '"file://localhost/srv/a.db" is a URI; give the plain path instead: "/srv/a.db".',
    ],
    ['file::memory:?cache=shared', '"file::memory:?cache=shared" is a URI; give the plain path instead.'],
    ['file:%zz', '"file:%zz" is a URI; give the plain path instead.'],
    [
      'sqlite:///app.db',
      '"sqlite:///app.db" is a connection URL; give the plain path of the database file instead.',
    ],
    [
      'caf\uFFFD.db',
      '"caf\uFFFD.db" has bytes in its path that are not valid UTF-8, and dblock cannot open such a name. Close every program that uses the database, rename the file (with its -wal and -journal) or the folder, and try again.',
    ],
    ['data/*.sqlite', 'There is no file "data/*.sqlite", and as a pattern it matches none.'],
    [
      'data/app[1].db',
      'There is no file "data/app[1].db", and as a pattern it matches none. Did you mean "data/app.db"?',
    ],
    [
      'data/*-wal',
      'There is no file "data/*-wal", and as a pattern it matches only -wal, -shm and -journal files.',
    ],
    ['dta/*.db', '"dta" does not exist. Did you mean "data"?'],
    ['data/app.db/*', '"data/app.db/*" does not exist: "<cwd>/data/app.db" is a file, not a folder.'],
  ])('%j', async (given, message) => {
    databases('data/app.db');
    file('data/app.db-wal');
    symlinkSync('data/gone[1].db', join(cwd, 'dangling.db'));
    symlinkSync('data/gone.db', join(cwd, 'glob[1].db'));
    symlinkSync('loop.db', join(cwd, 'loop.db'));
    expect(await problem([given])).toBe(message);
  });

  it('is too long', async () => {
    expect(await problem(['x'.repeat(5000)])).toBe(`"${'x'.repeat(80)}…" is longer than a path can be.`);
  });

  it('one wrong name among right ones is a problem', async () => {
    databases('app.db');
    expect(await problem(['app.db', 'none.db'])).toMatch(/^"none\.db" does not exist\./);
  });
});

describe('a pattern', () => {
  it('matches files, not sidecars, as written', async () => {
    databases('db/a.db', 'db/b.db', 'db/.hidden.db', 'db/deep/c.db', 'x.db');
    file('db/a.db-wal');
    file('db/a.db-shm');
    file('db/bad.db');
    symlinkSync('../x.db', join(cwd, 'db/link.db'));
    expect(await names(['db/*'])).toEqual(['db/a.db', 'db/b.db', 'db/bad.db', 'db/link.db']);
    expect(await names(['db/**/[a-c].db'])).toEqual(['db/a.db', 'db/b.db', 'db/deep/c.db']);
    expect(await names(['db/{b,c}.db'])).toEqual(['db/b.db']);
    expect(await names([join(cwd, '?.db')])).toEqual([join(cwd, 'x.db')]);
    expect(await names(['../*.db'], { cwd: join(cwd, 'db') })).toEqual(['../x.db']);
    expect(await names([join(cwd, '*/a.db')], { cwd: join(cwd, 'db') })).toEqual([join(cwd, 'db/a.db')]);
  });

  it('starts from a folder whose own name looks like a pattern', async () => {
    databases('a[b] {c}*/x.db');
    expect(await names(['*.db'], { cwd: join(cwd, 'a[b] {c}*') })).toEqual(['x.db']);
  });

  it.skipIf(whyNoRawNames)('says of a match whose name is not UTF-8 that it cannot be opened', async () => {
    databases('a.db');
    writeFileSync(
      Buffer.concat([Buffer.from(`${cwd}/caf`), Buffer.from([0xe9]), Buffer.from('.db')]),
      DATABASE,
    );
    expect(await problem(['*.db'])).toMatch(
      /^"caf\uFFFD\.db" has bytes in its path that are not valid UTF-8/,
    );
  });
});

describe('a folder', () => {
  it('means all databases directly in it, by their bytes', async () => {
    databases('db/b', 'db/a.db', 'db/deep/c.db', 'db/my', 'db/lone-journal');
    for (const suffix of ['-wal', '-shm', '-journal']) file(`db/a.db${suffix}`);
    file('db/text.db');
    file('db/short.db', 'SQLite format 3');
    expect(await resolve(['db/'])).toEqual({
      databases: ['a.db', 'b', 'lone-journal', 'my'].map((name) => ({
        path: join(cwd, 'db', name),
        given: join('db', name),
      })),
      note: null,
      warning: null,
    });
  });

  it('without one is a problem', async () => {
    file('db/text.db');
    expect(await problem(['db'])).toBe('The folder "db" has no SQLite database directly in it.');
  });

  it('may have 2,000 files', async () => {
    for (let index = 0; index < 2000; index += 1)
      file(`f${index}`, index % 500 === 0 ? DATABASE : 'x'.repeat(20));
    expect(await names(['.'])).toEqual(['f0', 'f1000', 'f1500', 'f500']);
    expect(await problem(['f200x'])).toBe('"f200x" does not exist. Did you mean "f200"?');
  });

  it.skipIf(whyNoRawNames)('names the files whose names are not UTF-8, instead of missing them', async () => {
    const raw = Buffer.concat([Buffer.from(`${cwd}/caf`), Buffer.from([0xe9]), Buffer.from('.db')]);
    writeFileSync(raw, DATABASE);
    expect(await problem(['.'])).toBe(
      'The folder "." has no SQLite database directly in it. Not looked at: "caf\\xe9.db" (its name is not valid UTF-8; rename it).',
    );
    databases('app.db');
    const warning = 'Not looked at: "caf\\xe9.db" (its name is not valid UTF-8; rename it).';
    expect(await resolve(['.'])).toMatchObject({ warning });
    expect(await resolve([])).toMatchObject({
      note: 'No database was named: looking at "app.db", the only one in this folder.',
      warning,
    });
  });

  it.skipIf(whyNoRawNames)('may itself have a name that is not UTF-8', async () => {
    const folder = Buffer.concat([Buffer.from(`${cwd}/`), Buffer.from([0xe9])]);
    mkdirSync(folder);
    writeFileSync(Buffer.concat([folder, Buffer.from('/app.db')]), DATABASE);
    symlinkSync(Buffer.concat([folder, Buffer.from('/app.db')]), join(cwd, 'link.db'));
    expect(await problem(['link.db'])).toMatch(/^"link\.db" has bytes in its path that are not valid UTF-8/);
    expect(await problem(['app.db'], { cwd: join(cwd, '\uFFFD') })).toMatch(
      /^"app\.db" has bytes in its path/,
    );
    expect(await problem([], { cwd: join(cwd, '\uFFFD') })).toMatch(/^"\." has bytes in its path/);
  });
});

describe.skipIf(whyNotAsNobody)('without permission', () => {
  const asUser = (args: readonly string[]) => asNobody(() => problem(args));
  beforeEach(() => chmodSync(cwd, 0o755));
  afterEach(() => chmodSync(join(cwd, 'db'), 0o755));

  it('to enter the folder', async () => {
    databases('db/app.db');
    chmodSync(join(cwd, 'db'), 0o000);
    expect(await asUser(['db/app.db'])).toBe(
      'No permission to enter the folder "<cwd>/db", so "db/app.db" cannot be examined.',
    );
    expect(await asUser(['db/deep/app.db'])).toBe(
      'No permission to enter the folder "<cwd>/db", so "db/deep/app.db" cannot be examined.',
    );
    expect(await asUser(['db'])).toBe('No permission to list the folder "db".');
    expect(await asUser(['d*/*.db'])).toBe('There is no file "d*/*.db", and as a pattern it matches none.');
    expect(await asUser(['db/*.db'])).toMatch(/^No permission to (enter|list) the folder/);
  });

  it('to list the folder: a name in it still works', async () => {
    databases('db/app.db');
    chmodSync(join(cwd, 'db'), 0o111);
    expect(await asUser(['db'])).toBe('No permission to list the folder "db".');
    expect(await asUser(['db/*.db'])).toBe('No permission to list the folder "db".');
    expect(await asUser(['db/ap.db'])).toBe('"db/ap.db" does not exist.');
    expect(await asNobody(() => names(['db/app.db']))).toEqual(['db/app.db']);
  });

  it('to read a file: a folder names what it did not look at', async () => {
    databases('db/app.db', 'db/secret.db');
    chmodSync(join(cwd, 'db'), 0o755);
    chmodSync(join(cwd, 'db/secret.db'), 0o000);
    const { databases: found, warning } = await asNobody(() => resolve(['db']));
    expect(found.map(({ given }) => given)).toEqual(['db/app.db']);
    expect(warning).toBe('Not looked at: "secret.db" (no permission).');
  });
});
