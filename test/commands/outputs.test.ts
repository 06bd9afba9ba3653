/** `--format` and `--output`, as users give them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, linkSync, openSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Run, runDblock } from '../support/dblock.js';
import { skipReason, titled } from '../support/programs.js';
import { expectUnchanged, snapshotFolder } from '../support/snapshot.js';
import { openStage, type Stage } from '../support/stage.js';

const PROGRAM = fileURLToPath(new URL('../../bin/dblock.js', import.meta.url));
const NOBODY = 65534;
/** A real database, made in memory: this process never has a connection to a file of the tests. */
const DATABASE = new Sqlite(':memory:').exec('CREATE TABLE t (a)').serialize();
const FORMATS = ['table', 'json', 'ndjson', 'markdown', 'junit', 'sarif', 'github'];

let stage: Stage;

beforeEach(async () => {
  stage = await openStage();
  await writeFile(stage.path('app.db'), DATABASE);
});
afterEach(() => stage.clear());

const dblock = (...args: string[]) => runDblock(args, { cwd: stage.folder });
const content = (name: string) => readFile(stage.path(name), 'utf8');

async function expectNames(...names: string[]): Promise<void> {
  expect((await readdir(stage.folder)).sort()).toEqual(['app.db', ...names].sort());
}

function expectRefusal({ status, stdout, stderr }: Run, says: RegExp): void {
  expect(stderr).toMatch(says);
  expect(stderr).toMatch(/^dblock: .*\n$/);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
}

describe('several formats in one run', () => {
  it('each go where they are sent, the rest to standard output', async () => {
    const run = await dblock(
      ...['doctor', 'app.db', '--format', 'table', '--format', 'sarif', '--format', 'json'],
      ...['--output', 'sarif=out.sarif', '--output', 'json=out.json'],
    );
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toMatch(/^. OK: /);
    expect(JSON.parse(await content('out.sarif')).version).toBe('2.1.0');
    expect(JSON.parse(await content('out.json')).schema).toBe('dblock.report/1');
    await expectNames('out.json', 'out.sarif');
  });

  it('are one report: the same run, the same findings', async () => {
    linkSync(stage.path('app.db'), stage.path('other.db'));
    await dblock(
      ...['doctor', 'app.db', '--format', 'json', '--format', 'ndjson'],
      ...['--output', 'json=a', '--output', 'ndjson=b'],
    );
    const report = JSON.parse(await content('a'));
    const last = JSON.parse((await content('b')).trimEnd().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({ started_at: report.started_at, verdict: 'warning' });
  });

  it('one of them may be sent to standard output by name', async () => {
    const run = await dblock(
      ...['locks', 'app.db', '--format', 'ndjson', '--format', 'json'],
      ...['--output', 'ndjson=-', '--output', 'json=x'],
    );
    expect(run.stdout).toMatch(/^\{"type":/);
    expect(JSON.parse(await content('x')).command).toBe('locks');
  });

  it('one format needs no name for its file', async () => {
    const run = await dblock('doctor', 'app.db', '--output', 'report.txt');
    expect(run).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(await content('report.txt')).toMatch(/^. OK: /);
    await dblock('doctor', 'app.db', '--output', './json=x', '--format', 'markdown');
    expect(await content('json=x')).toMatch(/^## dblock doctor/);
  });
});

describe('the exit code', () => {
  const cases: [string, number, (stage: Stage) => Promise<string[]>][] = [
    ['nothing found', 0, async () => ['app.db']],
    [
      'a finding at --fail-on',
      1,
      async () => {
        linkSync(stage.path('app.db'), stage.path('other.db'));
        return ['app.db', '--fail-on', 'warning'];
      },
    ],
    [
      'a finding below it',
      0,
      async () => {
        linkSync(stage.path('app.db'), stage.path('other.db'));
        return ['app.db'];
      },
    ],
    [
      'a database that was not examined',
      2,
      async () => {
        await writeFile(stage.path('text.db'), 'no database, whatever its name\n'.repeat(10));
        return ['app.db', 'text.db'];
      },
    ],
  ];

  it.each(cases)('of %s is %i in every format', async (_, status, prepare) => {
    const args = await prepare(stage);
    for (const format of FORMATS) {
      expect({ format, status: (await dblock('doctor', ...args, '--format', format)).status }).toEqual({
        format,
        status,
      });
    }
    const all = FORMATS.flatMap((format) => ['--format', format, '--output', `${format}=out.${format}`]);
    expect((await dblock('doctor', ...args, ...all)).status).toBe(status);
  });
});

describe('a file that is written', () => {
  it('is replaced as a whole: who reads the old one reads it to its end', async () => {
    await writeFile(stage.path('out'), 'what was there before\n');
    const fd = openSync(stage.path('out'), 'r');
    await dblock('doctor', 'app.db', '--output', 'out');
    expect(readFileSync(fd, 'utf8')).toBe('what was there before\n');
    closeSync(fd);
    expect(await content('out')).toMatch(/OK: /);
    await expectNames('out');
  });

  it('is reached through a symbolic link, which stays', async () => {
    await mkdir(stage.path('folder'));
    await writeFile(stage.path('folder', 'real'), '');
    symlinkSync('folder/real', stage.path('link'));
    await dblock('doctor', 'app.db', '--output', 'link');
    expect(await content('link')).toMatch(/OK: /);
    expect(await content('folder/real')).toMatch(/OK: /);
  });

  it('has the mode of any new file', async () => {
    await writeFile(stage.path('old'), '', { mode: 0o600 });
    for (const name of ['new', 'old']) {
      const script = 'umask 027; exec "$0" "$1" doctor app.db --output "$2"';
      execFileSync('sh', ['-c', script, process.execPath, PROGRAM, name], { cwd: stage.folder });
      expect(statSync(stage.path(name)).mode & 0o7777).toBe(0o640);
    }
  });

  it('may be a device, or standard output by any name', async () => {
    expect(await dblock('doctor', 'app.db', '--output', '/dev/null')).toMatchObject({
      status: 0,
      stdout: '',
    });
    expect((await dblock('doctor', 'app.db', '--output', '-')).stdout).toMatch(/OK: /);
    expect((await dblock('doctor', 'app.db', '--output', '/dev/stdout')).stdout).toMatch(/OK: /);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('is written to, not replaced, if it is named by its descriptor', async () => {
    const script = 'echo before >log; exec "$0" "$1" doctor app.db --output /dev/stderr 2>>log';
    execFileSync('sh', ['-c', script, process.execPath, PROGRAM], { cwd: stage.folder });
    expect(await content('log')).toMatch(/^before\n. OK: /);
  });

  it('may be a pipe that somebody reads', () => {
    const script = 'mkfifo p; cat p & "$0" "$1" doctor app.db --output p; wait';
    const run = spawnSync('sh', ['-c', script, process.execPath, PROGRAM], { cwd: stage.folder });
    expect(String(run.stdout)).toMatch(/OK: /);
  });
});

describe('an output that cannot be', () => {
  it.each<[string, string[], RegExp]>([
    [
      'two formats to standard output',
      ['--format', 'json', '--format', 'sarif'],
      /json and sarif .* standard/,
    ],
    [
      'two formats to one file',
      ['--format', 'json', '--format', 'sarif', '--output', 'json=x', '--output', 'sarif=./x'],
      /json and sarif would both go to "\.\/x"/,
    ],
    ['a format twice', ['--format', 'json', '--format', 'json'], /json is given twice/],
    ['two files for a format', ['--output', 'a', '--output', 'b'], /two places, "a" and "b"/],
    [
      'a file for none of several',
      ['--format', 'json', '--format', 'sarif', '--output', 'x'],
      /does not say/,
    ],
    ['a file for a format not asked for', ['--output', 'sarif=x'], /needs --format sarif/],
    [
      'a file for a misspelt format',
      ['--format', 'sarif', '--output', 'sraif=x'],
      /"sraif".*"sarif".*"\.\/sraif=x"/,
    ],
    ['an empty name', ['--output', ''], /names no file/],
    ['an empty name for a format', ['--format', 'json', '--output', 'json='], /names no file/],
    ['a missing folder', ['--output', 'nope/x'], /there is no folder ".*nope"/],
    ['a file as a folder', ['--output', 'app.db/x'], /"[^"]*app\.db" is not a folder/],
    ['a folder', ['--output', '.'], /is a folder/],
    ['a folder that is not there', ['--output', 'reports/'], /is a folder/],
    ['a name that is too long', ['--output', 'x'.repeat(300)], /too long/],
    ['the database', ['--output', 'app.db'], /"app\.db" is a SQLite database/],
    ['another database', ['--output', 'json=second.db', '--format', 'json'], /"second\.db" is a SQLite/],
    ['where a sidecar would be', ['--output', 'app.db-journal'], /SQLite keeps data of ".*app\.db"/],
    ['the database by a hard link', ['--output', 'hard'], /"hard" is a SQLite database/],
    ['the database by a symbolic link', ['--output', 'soft'], /"soft" is a SQLite database/],
    ['a link that leads nowhere', ['--output', 'dangling'], /link that leads nowhere/],
    ['a pipe that nobody reads', ['--output', 'pipe'], /nobody reads/],
  ])('%s', async (_, args, says) => {
    await writeFile(stage.path('second.db'), DATABASE);
    linkSync(stage.path('second.db'), stage.path('hard'));
    symlinkSync('second.db', stage.path('soft'));
    symlinkSync('nowhere', stage.path('dangling'));
    execFileSync('mkfifo', [stage.path('pipe')]);
    const before = await snapshotFolder(stage.folder);
    expectRefusal(await dblock('doctor', 'app.db', ...args), says);
    expectUnchanged(before, await snapshotFolder(stage.folder));
  });

  it('one file under two names', async () => {
    await writeFile(stage.path('a'), '');
    linkSync(stage.path('a'), stage.path('b'));
    const both = ['--format', 'json', '--format', 'sarif', '--output', 'json=a', '--output', 'sarif=b'];
    expectRefusal(await dblock('doctor', 'app.db', ...both), /json and sarif would both go to "b"/);
  });

  it('a sidecar of an examined database under another name', async () => {
    await writeFile(stage.path('app.db-wal'), '');
    linkSync(stage.path('app.db-wal'), stage.path('innocent'));
    const run = await dblock('doctor', 'app.db', '--output', 'innocent');
    expectRefusal(run, /"innocent" is ".*app\.db-wal", which dblock is to examine/);
  });

  it('a format that the command does not have', async () => {
    expectRefusal(await dblock('locks', 'app.db', '--format', 'sarif'), /table, json or ndjson/);
  });

  it.skipIf(skipReason(['root']))(titled('a folder or a file without permission', ['root']), async () => {
    const asNobody = (output: string) =>
      runDblock(['doctor', stage.path('app.db'), '--output', output], { uid: NOBODY, cwd: '/' });
    await chmod(stage.folder, 0o755);
    await chmod(stage.path('app.db'), 0o644);
    expectRefusal(await asNobody(stage.path('x')), /no permission/);
    await writeFile(stage.path('kept'), '', { mode: 0o644 });
    await chmod(stage.folder, 0o777);
    expectRefusal(await asNobody(stage.path('kept')), /no permission/);
    expect((await asNobody(stage.path('x'))).status).toBe(0);
  });
});

describe('a disk that is full', () => {
  const FULL = { status: 2, stderr: 'dblock: --output "/dev/full" cannot be written: the disk is full.\n' };
  const needs = ['linux'] as const;

  it.skipIf(skipReason(needs))(titled('is a sentence and exit code 2', needs), async () => {
    expect(await dblock('doctor', 'app.db', '--output', '/dev/full')).toMatchObject({ ...FULL, stdout: '' });
  });

  it.skipIf(skipReason(needs))(titled('keeps no other output back', needs), async () => {
    const run = await dblock(
      ...['doctor', 'app.db', '--format', 'table', '--format', 'json', '--format', 'ndjson'],
      ...['--output', 'json=/dev/full', '--output', 'ndjson=x'],
    );
    expect(run).toMatchObject(FULL);
    expect(run.stdout).toMatch(/OK: /);
    expect(await content('x')).toMatch(/"type":"report"/);
  });

  it('leaves the old file as it was, and nothing half-written', async () => {
    await writeFile(stage.path('out'), 'what was there before\n');
    // A limit of one block for each file; ignored, the signal becomes an error of write().
    const script = 'trap \'\' XFSZ; ulimit -f 1; exec "$0" "$1" doctor app.db --format json --output out';
    const run = spawnSync('sh', ['-c', script, process.execPath, PROGRAM], { cwd: stage.folder });
    expect(String(run.stderr)).toMatch(
      /^dblock: --output "out" cannot be written: it would be larger than .*\n$/,
    );
    expect(run.status).toBe(2);
    expect(await content('out')).toBe('what was there before\n');
    await expectNames('out');
  });
});
