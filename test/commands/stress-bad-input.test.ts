/** What `dblock stress` says of options, thresholds and scripts that cannot be: exit 2, nothing begun, nothing left. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDblock } from '../support/dblock.js';
import { openStage, type Stage } from '../support/stage.js';

const SCRIPTS = {
  'good.sql': 'UPDATE jobs SET n = n + 1 WHERE id = 1;',
  'syntax.sql': '\\set id 1\nBEGIN;\nUPDAT jobs SET n = 1 WHERE id = :id;\nCOMMIT;',
  'table.sql': 'SELECT 1;\nUPDATE job\nSET n = 1;',
  'reads.sql': 'BEGIN;\nSELECT * FROM jobs;\nCOMMIT;',
  'open.sql': 'SELECT 1;\nBEGIN;\nUPDATE jobs SET n = 1;',
  'variable.sql': '\\set id 1\n\nUPDATE jobs SET n = 1 WHERE id = :ids;',
  'function.sql': '\\set id randm(1, 5)\nUPDATE jobs SET n = :id;',
  'range.sql': 'UPDATE jobs SET n = 1;\n\\set id random(5, 1)',
  'empty.sql': '-- nothing yet\n',
  'attach.sql': "UPDATE jobs SET n = 1;\nATTACH 'other.db' AS other;",
  'into.sql': "UPDATE jobs SET n = 1;\n\nVACUUM INTO 'other.db';",
} as const;

let stage: Stage;
let folder: string;

beforeAll(async () => {
  stage = await openStage();
  folder = stage.path('work');
  mkdirSync(folder);
  const db = new Database(join(folder, 'app.db'));
  db.exec('CREATE TABLE jobs(id INTEGER PRIMARY KEY, n)');
  db.close();
  for (const [name, text] of Object.entries(SCRIPTS)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, 'baseline.json'), '{ "schema": "dblock.report/1", "command": "doctor" }');
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

/** One sentence or a few on stderr, nothing on stdout, nothing in the folder that was not there. */
async function refused(...options: string[]): Promise<string> {
  const before = readdirSync(folder);
  const run = await runDblock(['stress', 'app.db', ...options], { cwd: folder });
  expect(run).toMatchObject({ status: 2, stdout: '' });
  expect(run.stderr).toMatch(/^dblock: [^\n]+\n$/);
  expect(run.stderr).not.toMatch(/internal error|undefined|\[object| {2}/);
  expect(readdirSync(folder)).toEqual(before);
  return run.stderr;
}

describe('scripts: file and line', () => {
  it.each([
    ['syntax.sql', /syntax\.sql:3: SQLite cannot prepare it: near "UPDAT": syntax error\./],
    ['table.sql', /table\.sql:2: SQLite cannot prepare it: no such table: job\./],
    ['reads.sql', /reads\.sql:1: The script never writes/],
    [
      'open.sql',
      /open\.sql:2: The transaction that BEGIN begins is not ended: COMMIT or ROLLBACK is missing\./,
    ],
    ['variable.sql', /variable\.sql:3: :ids is not set before it is used\. Did you mean "id"\?/],
    ['function.sql', /function\.sql:1: There is no function randm\. Did you mean "random"\?/],
    ['range.sql', /range\.sql:2: Random: its range is empty: 5 is above 1\./],
    ['empty.sql', /empty\.sql:1: The script has no SQL statement\./],
    ['attach.sql', /attach\.sql:2: ATTACH reaches another file/],
    ['into.sql', /into\.sql:3: VACUUM reaches another file/],
    ['none.sql', /"none\.sql" does not exist/],
    ['good.sql@0', /a weight from 1/],
  ])('%s', async (script, sentence) => {
    expect(await refused('--script', script)).toMatch(sentence);
  });

  it('one bad script among good ones is enough', async () => {
    expect(await refused('--script', 'good.sql@9', '--script', 'syntax.sql')).toMatch(/syntax\.sql:3:/);
  });
});

describe('thresholds', () => {
  it.each([
    ['wait.p98<5ms', /There is no metric "wait\.p98".* Did you mean "wait\.p9/],
    ['throughpt>5/s', /Did you mean "throughput"\?/],
    ['wait.p99', /is a metric, a comparison and a limit, such as wait\.p99<100ms/],
    ['wait.p99<64MiB', /wait\.p99 takes a time, such as 100ms/],
    ['failure_rate<100', /failure_rate takes a share, such as 1% or 0\.01, not "100"/],
    ['errors<0', /Nothing is below 0: write errors<=0/],
  ])('%s', async (threshold, sentence) => {
    expect(await refused('--threshold', threshold)).toMatch(sentence);
  });
});

describe('options', () => {
  it.each([
    [['--writers', '0'], /--writers takes a whole number from 1 to \d+, not "0"/],
    [['--writers', '-4'], /--writers takes a whole number from 1/],
    [['--writers', '1000000000'], /--writers takes a whole number from 1/],
    [['--writers', '2.5'], /--writers takes a whole number from 1/],
    [['--duration', '0'], /--duration takes a time from/],
    [['--duration', 'forever'], /--duration takes a time from/],
    [['--ramp', '2s', '--duration', '2s'], /the last writer would never begin/],
    [['--busy-timeout', '0.4ms'], /--busy-timeout takes whole milliseconds, as SQLite does, not "0\.4ms"/],
    [['--in-place', '--table', 'jobs'], /in place only a table of dblock's own is written to/],
    [['--in-place', '--script', 'good.sql'], /in place only a table of dblock's own is written to/],
    [['--rate', '0'], /--rate takes transactions in a time, such as 200\/s/],
    [['--runs', '0'], /--runs takes a whole number from 1/],
    [['--find-limit', '0'], /--find-limit "0": The most writers are a whole number from 1 to 256\./],
    [['--find-limit', 'writer'], /takes writers, rate, hold or several.*Did you mean "writers"\?/],
    [['--find-limit', 'hold(5)'], /hold takes no number\./],
    [['--find-limit', '--runs', '3'], /tries each value once: leave out --runs/],
    [['--seed', 'lucky'], /--seed takes a whole number/],
    [['--workload', 'isnert'], /Did you mean "insert"\?/],
    [['--begin', 'imediate'], /Did you mean "immediate"\?/],
    [['--retry', 'backof'], /A retry policy is none, immediate or backoff.* Did you mean "backoff"\?/],
    [['--retry', 'backoff(bsae=1s)'], /no setting "bsae".* Did you mean "base"\?/],
    [['--connection', 'pool:0'], /A pool has from 1 to 64 connections/],
    [['--journal-mode', 'wall'], /Did you mean "wal"\?/],
    [['--table', 'job'], /--table "job" is not in the database\. Did you mean "jobs"\?/],
    [
      ['--table', 'job', '--workload', 'claim'],
      /--table "job" is not in the database\. Did you mean "jobs"\?/,
    ],
    [
      ['--table', 'jobs', '--workload', 'claim'],
      /"jobs" does not look like a job queue: if it is one, describe it under "queues"/,
    ],
    [['--table', 'jobs', '--workload', 'update'], /--workload update and --table exclude each other/],
    [
      ['--table', 'jobs', '--workload', 'claim', '--in-place'],
      /--table and --in-place exclude each other: in place only a table of dblock's own/,
    ],
    [['--table', 'jobs', '--workload', 'claim', '--begin', 'autocommit'], /--begin autocommit and --table/],
    [['--table', 'jobs', '--scenario', 'crash-mid-commit'], /about rows that it has made itself/],
    [['--table', 'jobs', '--own-tables', '--scenario', 'claim-race'], /--table and --own-tables exclude/],
    [['--own-tables', '--scenario', 'batch-herd'], /--own-tables is for jobs/],
    [['--script', 'good.sql', '--table', 'jobs'], /--table and --script exclude each other/],
    [['--script', 'good.sql', '--begin', 'immediate'], /BEGIN in a script means what it says/],
    [['--retry', 'immediate', '--writer-queue'], /the one process that writes does not retry/],
    [
      ['--retry', 'immediate', '--connection', 'shared'],
      /--connection shared and --retry exclude each other/,
    ],
    [['--format', 'sarif'], /stress has no format "sarif": it can print table, json/],
    [['--baseline', 'good.sql'], /good\.sql is not valid JSON/],
    [['--baseline', 'none.json'], /"none\.json" does not exist/],
    [['--baseline', 'baseline.json'], /baseline\.json/],
  ])('%j', async (options, sentence) => {
    expect(await refused(...options)).toMatch(sentence);
  });
});
