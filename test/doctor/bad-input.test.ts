/** What users get wrong: one clear sentence on stderr, exit 2, nothing on stdout, nothing changed. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Run, runDblock } from '../support/dblock.js';
import { skipReason, titled } from '../support/programs.js';
import { expectUnchanged, snapshotFolder } from '../support/snapshot.js';
import { openStage, type Stage } from '../support/stage.js';

const NOBODY = 65534;
const PROGRAM = fileURLToPath(new URL('../../bin/dblock.js', import.meta.url));

/** A database that nobody has open, made by a process that has ended. */
async function makeDatabase(stage: Stage, name = 'app.db', pragma = 'journal_mode=DELETE'): Promise<string> {
  const actor = await stage.actor('node');
  const connection = await actor.open(stage.path(name));
  await connection.exec(
    `PRAGMA ${pragma}`,
    'CREATE TABLE t(id INTEGER PRIMARY KEY, x)',
    'INSERT INTO t(x) VALUES (1)',
  );
  await actor.exit({ closeSqlite: true });
  return stage.path(name);
}

function expectRefusal(run: Run, ...parts: readonly (string | RegExp)[]): void {
  expect(run.stdout).toBe('');
  for (const part of parts) expect(run.stderr).toMatch(part);
  expect(run.stderr).toMatch(/^dblock: /);
  expect(run.stderr).not.toMatch(/^\s+at /m);
  expect(run.stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
  expect(run.status).toBe(2);
}

const FILES: Readonly<Record<string, { make(stage: Stage): Promise<unknown>; says: RegExp }>> = {
  'a missing path': { make: async () => undefined, says: /does not exist|no such file|There is no/i },
  'a folder without databases': { make: (stage) => mkdir(stage.path('target')), says: /no SQLite database/i },
  'not a database': {
    make: (stage) => writeFile(stage.path('target'), 'a text, quite long\n'.repeat(100)),
    says: /not a SQLite database/,
  },
  'an empty file': { make: (stage) => writeFile(stage.path('target'), ''), says: /empty \(0 bytes\)/ },
  'one byte': { make: (stage) => writeFile(stage.path('target'), 'S'), says: /1 byte/ },
  '99 bytes of a header': {
    make: (stage) =>
      writeFile(stage.path('target'), Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(83)])),
    says: /99 bytes/,
  },
  'a truncated database': {
    make: async (stage) => {
      await copyFile(await makeDatabase(stage), stage.path('target'));
      await truncate(stage.path('target'), 4096);
    },
    says: /truncated: its header says 2 pages/,
  },
  'an encrypted database': {
    make: (stage) => writeFile(stage.path('target'), Buffer.from(noise(8192))),
    says: /encrypted/,
  },
  'a FIFO': { make: async (stage) => execFileSync('mkfifo', [stage.path('target')]), says: /FIFO|pipe/i },
  'a symlink loop': {
    make: (stage) => symlink(stage.path('target'), stage.path('target')),
    says: /leads back to itself/,
  },
  'a dangling symlink': {
    make: (stage) => symlink('nowhere.db', stage.path('target')),
    says: /nowhere\.db|leads nowhere|link/i,
  },
};

/** Bytes without order, from a fixed seed: a linear congruential generator (Numerical Recipes). */
function noise(length: number): number[] {
  let state = 42;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

describe('a target that cannot be examined', () => {
  for (const [name, { make, says }] of Object.entries(FILES)) {
    it(name, async () => {
      await using stage = await openStage();
      await make(stage);
      const before = await snapshotFolder(stage.folder);
      for (const command of ['doctor', 'locks']) {
        expectRefusal(await runDblock([command, stage.path('target')]), says, /target/);
      }
      expectUnchanged(before, await snapshotFolder(stage.folder));
    });
  }

  it('a socket', async () => {
    await using stage = await openStage();
    const server = createServer().listen(stage.path('target'));
    await once(server, 'listening');
    expectRefusal(await runDblock(['doctor', stage.path('target')]), /socket/);
    server.close();
  });

  it('a device', async () => {
    expectRefusal(await runDblock(['doctor', '/dev/null']), /device/);
  });

  it.skipIf(skipReason(['root']))(titled('no permission for the file or its folder', ['root']), async () => {
    await using stage = await openStage();
    const database = await makeDatabase(stage);
    await chmod(stage.folder, 0o755);
    await chmod(database, 0o600);
    expectRefusal(await runDblock(['doctor', database], { uid: NOBODY, cwd: '/' }), /permission/i, /app\.db/);
    await chmod(stage.folder, 0o700);
    expectRefusal(await runDblock(['doctor', database], { uid: NOBODY, cwd: '/' }), /permission/i);
  });

  it('a name that is not UTF-8', async () => {
    await using stage = await openStage();
    const database = await makeDatabase(stage);
    await copyFile(
      database,
      Buffer.concat([Buffer.from(`${stage.folder}/a`), Buffer.from([0xff]), Buffer.from('.db')]),
    );
    const script = 'exec "$1" "$2" doctor "$(printf \'a\\377.db\')"';
    const child = spawn('sh', ['-c', script, 'sh', process.execPath, PROGRAM], { cwd: stage.folder });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [status] = await once(child, 'close');
    expectRefusal({ status, stdout: '', stderr }, /UTF-8/);
  });
});

describe('names that look like something else', () => {
  const names = [
    'with space.db',
    "it's.db",
    'say "hi".db',
    'new\nline.db',
    'what?.db',
    '#1.db',
    '100%.db',
    '[a]*.db',
    '-dash.db',
  ];
  for (const name of names) {
    it(JSON.stringify(name), async () => {
      await using stage = await openStage();
      await makeDatabase(stage, name);
      const run = await runDblock(['doctor', '--', name], { cwd: stage.folder });
      expect(run.stderr).toBe('');
      expect(run.stdout).not.toContain('new\nline.db');
      expect(run.status).toBe(0);
    });
  }
});

describe('a database that is fine except for its size of pages or its sidecars', () => {
  it.each([512, 65536])('page size %i', async (pageBytes) => {
    await using stage = await openStage();
    const database = await makeDatabase(stage, 'app.db', `page_size=${pageBytes}`);
    const run = await runDblock(['doctor', database, '--format', 'json']);
    expect(JSON.parse(run.stdout).databases[0].evidence.samples[0].header.page_bytes).toBe(pageBytes);
    expect(run.status).toBe(0);
  });

  it.each(['-wal', '-shm', '-journal'])('noise in %s', async (suffix) => {
    await using stage = await openStage();
    const database = await makeDatabase(stage, 'app.db', 'journal_mode=WAL');
    for (const length of [1, 31, 100, 40_000]) {
      await writeFile(`${database}${suffix}`, Buffer.from(noise(length)));
      const run = await runDblock(['doctor', database, '--format', 'json']);
      expect(run.stderr).toBe('');
      const outcomes: { outcome: string }[] = JSON.parse(run.stdout).databases[0].outcomes;
      expect(outcomes.filter(({ outcome }) => outcome === 'crashed')).toEqual([]);
    }
  });
});

describe('several databases of which one cannot be examined', () => {
  it('reports the others, says which one, and exits with 2', async () => {
    await using stage = await openStage();
    const database = await makeDatabase(stage);
    await writeFile(stage.path('text'), 'no database here, whatever its name\n'.repeat(10));
    const run = await runDblock(['doctor', database, stage.path('text'), '--format', 'json']);
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/^dblock: .*text.* is not a SQLite database/);
    const report = JSON.parse(run.stdout);
    expect(report).toMatchObject({ verdict: 'incomplete', exit_code: 2, databases: [{ path: database }] });
    expect(report.unexamined).toMatchObject([{ path: stage.path('text') }]);
  });
});

describe('wrong usage', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
    await makeDatabase(stage);
    return () => stage.clear();
  });

  it.each<[string, string[], RegExp]>([
    [
      'an unknown option',
      ['doctor', 'app.db', '--formt', 'json'],
      /Unknown option '--formt'\. Did you mean --format\? dblock --help/,
    ],
    ['an unknown command', ['docter', 'app.db'], /Unknown command 'docter'\. Did you mean doctor\?/],
    ['a database instead of a command', ['./app.db'], /To diagnose a database: dblock doctor ".\/app.db"\./],
    [
      'an empty list of checks',
      ['doctor', 'app.db', '--only', ''],
      /"" names no check: is a shell variable unset\?/,
    ],
    ['an empty list of checks to leave out', ['doctor', 'app.db', '--ignore', ' , '], /" , " names no check/],
    ['an unknown check', ['doctor', 'app.db', '--only', 'hard-link'], /"hard-link".*"hard-links"/],
    [
      'a check both wanted and not',
      ['doctor', 'app.db', '--only', 'page-size', '--ignore', 'page-size'],
      /--only and to --ignore/,
    ],
    ['quiet and verbose', ['doctor', 'app.db', '--quiet', '--verbose'], /contradict/],
    ['an unknown format', ['doctor', 'app.db', '--format', 'jsn'], /table or json|table, json/],
    ['an interval of nothing', ['doctor', 'app.db', '--interval', '0'], /--interval takes a time/],
    ['an interval in parsecs', ['doctor', 'app.db', '--interval', '3 parsecs'], /--interval takes a time/],
    ['an unknown severity', ['doctor', 'app.db', '--fail-on', 'critcal'], /"critical"/],
    ['a list of checks for a database', ['doctor', 'app.db', '--list-checks'], /--list-checks/],
    ['a missing configuration', ['doctor', 'app.db', '--config', 'nope.json'], /nope\.json/],
    ['a URI', ['doctor', 'file:app.db?mode=ro'], /plain path/],
    ['a sidecar', ['doctor', 'app.db-wal'], /app\.db/],
  ])('%s', async (_, args, says) => {
    expectRefusal(await runDblock(args, { cwd: stage.folder }), says);
  });

  it.each<[string, string, RegExp]>([
    ['broken JSON', '{ "workers": 4,, }', /dblock\.config\.json.*line 1/],
    ['an unknown key', '{ "wokers": 4 }', /"wokers".*"workers"/],
    ['a wrong type', '{ "workers": "four" }', /workers must be a whole number/],
    ['an unknown check', '{ "mute": [{ "check": "hard-lnks", "reason": "x" }] }', /"hard-links"/],
    ['a mute without a reason', '{ "mute": [{ "check": "hard-links" }] }', /reason/],
  ])('a configuration with %s', async (_, text, says) => {
    await using folder = await openStage();
    await makeDatabase(folder);
    await writeFile(folder.path('dblock.config.json'), text);
    expectRefusal(
      await runDblock(['doctor', 'app.db'], { cwd: folder.folder }),
      says,
      /dblock\.config\.json/,
    );
  });
});
