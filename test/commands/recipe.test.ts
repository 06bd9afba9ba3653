import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recipes } from '../../src/recipes/index.js';
import { PROGRAM, type Run, runDblock } from '../support/dblock.js';
import { skipReason, titled } from '../support/programs.js';
import { openStage, type Stage } from '../support/stage.js';

const CODE = join(import.meta.dirname, '../../src/recipes/code');
const code = (file: string) => readFile(join(CODE, file), 'utf8');

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.clear());

const dblock = (...args: string[]) =>
  runDblock(['recipe', ...args], { cwd: stage.folder, env: { COLUMNS: '100' } });

function expectRefusal({ status, stdout, stderr }: Run, says: string): void {
  expect(stderr).toBe(`dblock: ${says}\n`);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
}

describe('dblock recipe STACK', () => {
  it('prints the code and nothing else, and the notes beside it', async () => {
    const run = await dblock('django');
    expect(run.status).toBe(0);
    expect(run.stdout).toBe(await code('django.py'));
    expect(run.stderr).toMatch(/^\nDjango: Django 3\.2 or newer\. Save it as db\.py\.\n/);
    expect(run.stderr).toContain('Proven by a test: 8 processes × 200 writes');
    expect(run.stderr).toContain('https://docs.djangoproject.com/');
  });

  it('prints its other part', async () => {
    const run = await dblock('python', '--part', 'jobs', '--format', 'json');
    expect(run.status).toBe(0);
    const { part, recipes: listed } = JSON.parse(run.stdout);
    expect(part).toBe('jobs');
    expect(listed.length).toBeGreaterThan(1);
    const { stdout, stderr, status } = await dblock('python-sqlite3', '--part', 'jobs');
    expect(status).toBe(0);
    expect(stdout).toBe(await code('python-sqlite3-jobs.py'));
    expect(stderr).toMatch(
      /^\nJobs on Python's sqlite3 module: Python 3\.8 or newer\. Save it as jobs\.py\.\n/,
    );
    expect(stderr).toContain('Proven by a test: 8 processes share 400 jobs');
    expect(stderr).toContain('Before SQLite 3.35');
    const markdown = (await dblock('go-modernc', '--part', 'jobs', '--format', 'markdown')).stdout;
    expect(markdown).toContain(`\`\`\`go\n${(await code('go-jobs.go')).trimEnd()}\n\`\`\``);
    expect(markdown).toContain('Not run here');
  });

  it('says what was not run', async () => {
    const { stderr } = await dblock('rust-sqlx');
    expect(stderr).toContain('Not run here: no test ran this code.');
  });

  it('prints Markdown and JSON', async () => {
    const markdown = (await dblock('go-mattn', '--format', 'markdown')).stdout;
    expect(markdown).toMatch(/^# Go with mattn\/go-sqlite3\n/);
    expect(markdown).toContain(`\`\`\`go\n${(await code('go-mattn.go')).trimEnd()}\n\`\`\``);
    const json = JSON.parse((await dblock('go-mattn', '--format', 'json')).stdout);
    expect(json).toMatchObject({
      schema: 'dblock.recipes/1',
      command: 'recipe',
      query: 'go-mattn',
      detected: [],
    });
    expect(json.recipes).toMatchObject([
      { id: 'go-mattn', save_as: 'db/db.go', proof: { kind: 'tested' }, code: await code('go-mattn.go') },
    ]);
  });

  it('lists those that share a name', async () => {
    const { status, stdout } = await dblock('go');
    expect(status).toBe(0);
    expect(stdout.match(/^ {2}(go|rust)-\S+/gm)).toEqual(['  go-modernc', '  go-mattn']);
  });

  it.each([
    [['djnago'], 'There is no recipe for "djnago". Did you mean "django"? dblock recipe lists all recipes.'],
    [
      ['rusqlit'],
      'There is no recipe for "rusqlit". Did you mean "rusqlite"? dblock recipe lists all recipes.',
    ],
    [['c\u001b[2J'], 'There is no recipe for "c\\u001b[2J". dblock recipe lists all recipes.'],
    [
      ['django', '--format', 'jsn'],
      'recipe has no format "jsn": it can print table, markdown or json. Did you mean "json"?',
    ],
    [
      ['django', '--part', 'job'],
      'A recipe has no part "job": its parts are connection and jobs. Did you mean "jobs"?',
    ],
    [['--write', 'x'], '--write saves the recipe of one stack: name it. dblock recipe lists them.'],
    [
      ['go', '--write', 'db.go'],
      '"go" stands for several recipes, and --write saves one: go-modernc, go-mattn.',
    ],
    [
      ['django', '--write', 'db.py', '--format', 'json'],
      '--write saves the code as it is, without a format: leave --format away.',
    ],
  ])('refuses %j', async (args, says) => {
    expectRefusal(await dblock(...args), says);
    expect(readdirSync(stage.folder)).toEqual([]);
  });
});

describe('dblock recipe', () => {
  it('lists all, each with whether it is proven', async () => {
    const { status, stdout, stderr } = await dblock();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const listed = stdout.match(/^ {2}\S.*; (proven with .*|not run here)$/gm) ?? [];
    expect(listed.map((line) => /\S+/.exec(line)?.[0])).toEqual(recipes.map(({ id }) => id));
    expect(listed.filter((line) => line.includes('; proven with '))).toHaveLength(
      recipes.filter(({ proof }) => proof.kind === 'tested').length,
    );
    expect(stdout).toContain('with --part jobs workers that claim each job once.');
    expect(stdout).toContain('No manifest in this folder names a stack that has a recipe.');
  });

  it('says what fits the current folder', async () => {
    writeFileSync(stage.path('requirements.txt'), 'Django\n');
    writeFileSync(stage.path('Cargo.toml'), '[dependencies]\nsqlx = "0.8"\n');
    const { stdout } = await dblock();
    expect(stdout).toContain(
      'In this folder\n  django (requirements.txt): dblock recipe django\n  rust-sqlx (Cargo.toml): dblock recipe rust-sqlx\n',
    );
    const json = JSON.parse((await dblock('--format', 'json')).stdout);
    expect(json.detected).toEqual([
      { id: 'django', files: ['requirements.txt'] },
      { id: 'rust-sqlx', files: ['Cargo.toml'] },
    ]);
    expect((await dblock('--format', 'markdown')).stdout).toContain('- django (requirements.txt)\n');
  });

  it('survives manifests that are none', async () => {
    writeFileSync(stage.path('package.json'), '{"dependencies": ');
    writeFileSync(stage.path('composer.json'), '[]');
    await mkdir(stage.path('Gemfile'));
    const { status, stderr } = await dblock();
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'package.json could not be read, and was not looked at.\n',
    });
  });
});

describe('dblock recipe --write', () => {
  it('saves the code as a new file', async () => {
    const { status, stdout, stderr } = await dblock('rails', '--write', 'sqlite.rb');
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toMatch(/^Wrote "sqlite\.rb", \d+ lines\.\n/);
    expect(await readFile(stage.path('sqlite.rb'), 'utf8')).toBe(await code('rails.rb'));
    expect(readdirSync(stage.folder)).toEqual(['sqlite.rb']);
  });

  it('never overwrites', async () => {
    writeFileSync(stage.path('db.py'), 'mine');
    const says = '--write "db.py" exists already, and is left as it is: name another file.';
    expectRefusal(await dblock('django', '--write', 'db.py'), says);
    expect(await readFile(stage.path('db.py'), 'utf8')).toBe('mine');
    symlinkSync('nowhere', stage.path('link.py'));
    expect((await dblock('django', '--write', 'link.py')).status).toBe(2);
    expect(existsSync(stage.path('nowhere'))).toBe(false);
    expect((await dblock('django', '--write', stage.folder)).status).toBe(2);
    expect((await dblock('django', '--write', 'new/')).stderr).toContain('is a folder: name a file in it.');
  });

  it('says why it cannot', async () => {
    const { status, stderr } = await dblock('django', '--write', 'src/db.py');
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: `dblock: --write "src/db.py" cannot be written: there is no folder "${stage.path('src')}".\n`,
    });
  });

  it('lets one of several at once have the name, whole', async () => {
    const runs = await Promise.all(['django', 'peewee', 'rails'].map((id) => dblock(id, '--write', 'db')));
    expect(runs.map(({ status }) => status).sort()).toEqual([0, 2, 2]);
    const winner = ['django.py', 'peewee.py', 'rails.rb'][runs.findIndex(({ status }) => status === 0)] ?? '';
    expect(await readFile(stage.path('db'), 'utf8')).toBe(await code(winner));
    expect(readdirSync(stage.folder)).toEqual(['db']);
  });

  it.skipIf(skipReason(['linux']))(titled('leaves nothing where the disk has no room', ['linux']), () => {
    // A limit of 1 KiB for any file, as a full disk would end it: the write comes back short, then fails.
    const limited = `ulimit -f 1; exec "${process.execPath}" "${PROGRAM}" recipe django --write db.py`;
    const run = spawnSync('bash', ['-c', limited], { cwd: stage.folder, encoding: 'utf8' });
    expect(run.stderr).toMatch(/^dblock: --write "db\.py" cannot be written: .*\n$/);
    expect(run.status).toBe(2);
    expect(readdirSync(stage.folder)).toEqual([]);
  });
});
