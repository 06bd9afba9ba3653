/** What must be true of every recipe, whether its stack is here or not. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../../src/recipes/code.js';
import { detect } from '../../src/recipes/detect.js';
import { recipes } from '../../src/recipes/index.js';
import { PARTS, partOf } from '../../src/recipes/jobs.js';
import { everyName, recipesNamed } from '../../src/recipes/lookup.js';
import { manifests } from '../../src/recipes/manifests.js';
import type { Recipe } from '../../src/recipes/recipe.js';
import { openStage } from '../support/stage.js';

const HERE = import.meta.dirname;
const ROOT = join(HERE, '../..');
const tests = readdirSync(HERE);
/** Go, TypeScript and PHP need more indentation than the others; none needs a wider window. */
const WIDEST_LINE = 112;

const COUNTERS = [
  'lock_attempts',
  'lock_successes',
  'lock_failures',
  'lock_retries',
  'total_wait_ms',
  'max_wait_ms',
];

describe('the recipes', () => {
  it('are the stacks of the issue', () => {
    expect(recipes.map(({ id }) => id).sort()).toEqual([
      'better-sqlite3',
      'django',
      'drizzle',
      'go-mattn',
      'go-modernc',
      'laravel',
      'node-sqlite',
      'peewee',
      'prisma',
      'python-sqlite3',
      'rails',
      'rust-rusqlite',
      'rust-sqlx',
      'sqlalchemy',
      'sqlalchemy-async',
    ]);
  });

  it('have a file of code each, and there is no other', () => {
    const files = readdirSync(join(HERE, '../../src/recipes/code'));
    const named = recipes.flatMap(({ file, jobs }) => [file, jobs.file]);
    expect([...new Set(named)].sort()).toEqual(files.sort());
  });

  it.each(recipes.map((recipe) => [recipe.id, recipe] as const))(
    '%s claims no proof that is not there',
    (id, recipe) => {
      const hasTest = tests.includes(`${id}.test.ts`);
      // The same test proves both parts.
      for (const { kind } of [recipe.proof, recipe.jobs.proof]) expect(kind !== 'not-run').toBe(hasTest);
      if (hasTest) expect(readFileSync(join(HERE, `${id}.test.ts`), 'utf8')).toContain(`id: '${id}'`);
    },
  );

  it.each(recipes.map((recipe) => [recipe.id, recipe] as const))(
    '%s does what every recipe does',
    (id, recipe) => {
      const code = codeOf(recipe);
      expect(code).toContain(`dblock recipe ${id}\``);
      expect(code).toMatch(/immediate/i);
      for (const counter of COUNTERS) expect(code).toContain(counter);
      for (const word of [/foreign_keys?/i, /synchronous/i, /normal/i, /savepoint/i, /random|rand\b/i]) {
        expect(code).toMatch(word);
      }
      expectTidy(code);
    },
  );

  it.each(recipes.map((recipe) => [recipe.id, recipe] as const))(
    '%s claims a job by one statement, and ends it only for who has it',
    (_, recipe) => {
      const code = codeOf(partOf(recipe, 'jobs'));
      expect(code).toMatch(/dblock recipe [\w-]+ --part jobs`/);
      expect(code).toMatch(/UPDATE jobs SET state = 'running', worker = \S+\s+WHERE id = \(/);
      expect(code).toContain('RETURNING id');
      expect(code).toMatch(/WHERE id = \S+ AND state = 'running' AND worker = /);
      expectTidy(code);
    },
  );

  it.each(['better-sqlite3', 'drizzle'])('%s keeps to the types of its driver, in both parts', async (id) => {
    const stage = await openStage();
    try {
      const [recipe] = recipesNamed(id, recipes);
      if (recipe === undefined) throw new Error(`no ${id}`);
      for (const part of PARTS) {
        const { saveAs } = partOf(recipe, part);
        writeFileSync(stage.path(saveAs), codeOf(partOf(recipe, part)));
      }
      symlinkSync(join(ROOT, 'node_modules'), stage.path('node_modules'));
      writeFileSync(stage.path('package.json'), '{"type":"module"}');
      const compilerOptions = { allowImportingTsExtensions: true, noEmit: true };
      const config = {
        extends: join(ROOT, 'tsconfig.json'),
        compilerOptions,
        include: ['*.ts'],
        exclude: [],
      };
      writeFileSync(
        stage.path('tsconfig.json'),
        JSON.stringify({ ...config, compilerOptions: { ...compilerOptions, rootDir: '.' } }),
      );
      const { stdout, status } = spawnSync('node_modules/.bin/tsc', ['-p', 'tsconfig.json'], {
        cwd: stage.folder,
        encoding: 'utf8',
      });
      expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
    } finally {
      await stage.clear();
    }
  });

  it.each(recipes.map((recipe) => [recipe.id, recipe] as const))(
    '%s has prose for everything',
    (_, recipe) => {
      for (const part of PARTS) expectProse(partOf(recipe, part));
    },
  );
});

function expectProse({ holdsFrom, below, steps, naive, sources, saveAs }: Recipe): void {
  for (const text of [holdsFrom, below, naive, saveAs, ...steps, ...sources]) expect(text).not.toBe('');
  expect(steps.length).toBeGreaterThanOrEqual(3);
  expect(sources.length).toBeGreaterThanOrEqual(2);
  for (const sentence of [below, naive, ...steps]) expect(sentence).toMatch(/[.)]$/);
}

function expectTidy(code: string): void {
  expect(code).toMatch(/\n$/);
  const wide = code.split('\n').filter((line) => line.replaceAll('\t', '    ').length > WIDEST_LINE);
  expect(wide).toEqual([]);
  expect(code.split('\n').filter((line) => /\s$/.test(line))).toEqual([]);
}

describe('the names of recipes', () => {
  it.each([
    ['go', ['go-modernc', 'go-mattn']],
    ['Rust', ['rust-rusqlite', 'rust-sqlx']],
    ['node:sqlite', ['node-sqlite']],
    ['SQLAlchemy', ['sqlalchemy']],
    ['@prisma/client', ['prisma']],
    ['activerecord', ['rails']],
    ['cobol', []],
  ])('%s leads to %j', (name, ids) => {
    expect(recipesNamed(name, recipes).map(({ id }) => id)).toEqual(ids);
  });

  it('lead somewhere, all of them', () => {
    for (const name of everyName(recipes)) expect(recipesNamed(name, recipes)).not.toEqual([]);
  });
});

describe('the stack of a folder', () => {
  const found = (files: Readonly<Record<string, string>>) =>
    Object.entries(files).map(([file, text]) => ({ file, packages: manifests[file]?.names(text) ?? [] }));

  it.each<[string, Readonly<Record<string, string>>, string[]]>([
    ['package.json', { 'package.json': '{"dependencies":{"better-sqlite3":"^12"}}' }, ['better-sqlite3']],
    [
      'package.json with an ORM',
      { 'package.json': '{"dependencies":{"drizzle-orm":"1"},"devDependencies":{"better-sqlite3":"1"}}' },
      ['drizzle', 'better-sqlite3'],
    ],
    ['package.json of Prisma', { 'package.json': '{"dependencies":{"@prisma/client":"7"}}' }, ['prisma']],
    ['requirements.txt', { 'requirements.txt': '# web\nDjango>=5.1 ; python_version > "3"\n' }, ['django']],
    ['requirements.txt with a comment only', { 'requirements.txt': '# django\nflask\n' }, ['python-sqlite3']],
    [
      'extras',
      { 'requirements.txt': 'SQLAlchemy[asyncio,aiosqlite]==2.0\n' },
      ['sqlalchemy-async', 'sqlalchemy'],
    ],
    [
      'pyproject.toml',
      { 'pyproject.toml': '[project]\ndependencies = [\n  "peewee ~= 3.17",\n]\n' },
      ['peewee'],
    ],
    [
      'pyproject.toml of Poetry',
      { 'pyproject.toml': '[tool.poetry.dependencies]\npython = "^3.11"\nsqlalchemy = { version = "^2" }\n' },
      ['sqlalchemy'],
    ],
    ['Pipfile', { Pipfile: '[packages]\ndjango = "*"\n' }, ['django']],
    ['poetry.lock', { 'poetry.lock': '[[package]]\nname = "sqlalchemy"\nversion = "2"\n' }, ['sqlalchemy']],
    [
      'manage.py',
      { 'manage.py': 'from django.core.management import execute_from_command_line\n' },
      ['django'],
    ],
    ['Gemfile', { Gemfile: 'gem "rails", "~> 8.0"\ngem \'sqlite3\', ">= 2.1"\n' }, ['rails']],
    ['Gemfile without SQLite', { Gemfile: 'gem "rails"\ngem "pg"\n' }, []],
    ['composer.json', { 'composer.json': '{"require":{"laravel/framework":"^12.0"}}' }, ['laravel']],
    [
      'go.mod',
      { 'go.mod': 'module x\n\ngo 1.23\n\nrequire (\n\tmodernc.org/sqlite v1.38.0\n)\n' },
      ['go-modernc'],
    ],
    [
      'go.mod in one line',
      { 'go.mod': 'module x\nrequire github.com/mattn/go-sqlite3 v1.14.28\n' },
      ['go-mattn'],
    ],
    [
      'Cargo.toml',
      { 'Cargo.toml': '[dependencies]\nrusqlite = { version = "0.37", features = ["bundled"] }\n' },
      ['rust-rusqlite'],
    ],
    ['Cargo.toml with a table', { 'Cargo.toml': '[dependencies.sqlx]\nversion = "0.8"\n' }, ['rust-sqlx']],
    ['nothing', {}, []],
    ['another project', { 'package.json': '{"name":"x"}' }, []],
  ])('is told by %s', (_, files, ids) => {
    expect(detect(found(files), recipes).map(({ recipe }) => recipe.id)).toEqual(ids);
  });

  it('names the manifests that tell it', () => {
    const files = {
      'manage.py': 'import django\n',
      'requirements.txt': 'django\n',
      'setup.cfg': '[metadata]\n',
    };
    expect(detect(found(files), recipes).map(({ files }) => files)).toEqual([
      ['manage.py', 'requirements.txt'],
    ]);
  });
});
