/** Every format of `dblock stress`, on results that hold and results that do not. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { formatsFor } from '../../src/report/formats/index.js';
import { render } from '../../src/report/render.js';
import { reportJsonSchema, reportLineJsonSchema } from '../../src/report/shapes.js';
import { formatLatency, formatMetric, formatRate, formatShare } from '../../src/report/stress/values.js';
import { capacityOf } from '../../src/stress/capacity.js';
import { compareRemedies } from '../../src/stress/comparison.js';
import type { Ground } from '../../src/stress/ground-shapes.js';
import type { ScenarioResult } from '../../src/stress/result-shapes.js';
import type { Invariant } from '../../src/stress/run-shapes.js';
import { compareWithBaseline } from '../../src/stress/statistics/baseline.js';
import { spreadOf } from '../../src/stress/statistics/spread.js';
import { parseThreshold } from '../../src/stress/thresholds.js';
import { BASE_LOAD, FORMAT_CONTEXT, limitOf, runOf, stressReportOf } from '../support/stress-runs.js';
import { expectTranscript } from '../support/transcripts.js';

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
const isReport = ajv.compile(reportJsonSchema());
const isLine = ajv.compile(reportLineJsonSchema());

const unknown: Invariant = {
  ...{
    id: 'rows-present',
    state: 'unknown',
    detail: 'dblock does not know which rows a script should leave.',
  },
  statement: 'Every committed row is there',
};
const broken = stressReportOf();
const [held] = broken.thresholds;
const calm = stressReportOf({
  target: null,
  arena: {
    ...broken.arena,
    kind: 'scratch',
    kept: true,
    path: '/tmp/dblock-stress-1/scratch.db',
    fileSystem: null,
  },
  runs: [runOf({ errors: [], truth: [unknown, ...runOf().truth.slice(1)] })],
  thresholds: held ? [held] : [],
});
const lost: Invariant = {
  ...{ id: 'rows-present', state: 'broken', detail: '14,504 of 14,505; writer 3 lost 1' },
  statement: 'Every committed row is present, per writer and in sum.',
};
const RUNS = [1400, 1450, 1480].map((throughputPerSecond) => runOf({ throughputPerSecond }));
const OLDER = [1900, 1910, 1890].map((throughputPerSecond) => runOf({ throughputPerSecond }));
const several = stressReportOf({
  runs: [...RUNS.slice(0, 2), runOf({ throughputPerSecond: 1480, truth: [lost] })],
  thresholds: [
    ...broken.thresholds,
    {
      ...{ threshold: 'read.p99<1s', metric: 'read.p99', comparison: '<', limit: 1000 },
      ...{ measured: null, unit: 'ms', state: 'unknown' },
    },
  ],
  spread: spreadOf(RUNS),
  baseline: compareWithBaseline(OLDER, RUNS),
  capacity: capacityOf({ ...BASE_LOAD, pace: { kind: 'open', perSecond: 400 } }, runOf()),
  limit: limitOf(),
  interrupted: 'SIGINT',
  notes: ['The arena is on a network file system: these numbers are not those of a local disk.'],
});
/** The load as it is holds; with 8 writers a row is lost. */
const lossy = (() => {
  const limit = limitOf();
  const [writers, ...others] = limit.searches;
  if (writers?.asFound.state !== 'searched') throw new Error('it is searched');
  const points = writers.asFound.points.map((point) =>
    point.value === 8 ? { ...point, untrue: ['rows-present', 'claimed-once'] } : point,
  );
  const asFound = { ...writers.asFound, points };
  return {
    ...stressReportOf({
      thresholds: held ? [held] : [],
      limit: { ...limit, searches: [{ ...writers, asFound }, ...others] },
    }),
    ...{ exitCode: 1 as const, verdict: 'critical' as const },
  };
})();
const parsed = parseThreshold('failure_rate<1%');
const thresholds = parsed.kind === 'threshold' ? [parsed] : [];
const cured = (rows: number) => {
  const { counters } = runOf();
  return runOf({ rowsPerSecond: rows, counters: { ...counters, failureRate: 0, retryRate: 0 } });
};
const failing = (round: number) => {
  const { counters } = runOf();
  return runOf({ rowsPerSecond: 1400 + round, counters: { ...counters, failureRate: 0.3 } });
};
const rounds = [0, 1, 2];
const compared = stressReportOf(
  { runs: rounds.map(failing) },
  compareRemedies(
    { remedies: [], runs: rounds.map(failing), expected: null, steps: [] },
    [
      {
        remedies: ['retry-library'],
        runs: rounds.map(() => runOf()),
        expected: 'The music library: failures under 1 %.',
        steps: [],
      },
      {
        remedies: ['begin-immediate', 'batch(50)'],
        runs: rounds.map((round) => cured(2800 + round)),
        expected: null,
        steps: [
          {
            id: 'begin-immediate',
            title: 'BEGIN IMMEDIATE instead of BEGIN',
            how: { kind: 'recipe', part: 'connection', does: 'its write function begins so' },
          },
          {
            id: 'batch(50)',
            title: 'several rows in each transaction',
            how: { kind: 'own', todo: 'Do so.' },
          },
        ],
      },
    ],
    {
      ...{ thresholds, seed: 1, combined: null },
      leftOut: [{ id: 'wal', reason: 'wal: the database is in WAL mode already' }],
    },
  ),
);
const scenario: ScenarioResult = {
  ...{ id: 'claim-race', title: 'Workers select a job, then update it', variant: 'as-found' },
  incident: 'a podcast transcriber with 4 worker threads',
  hypothesis: '4 workers select the next job. Expected: errors that come at once.',
  ...{ cure: 'One statement claims.', missed: [], complete: true },
};
const twice: Invariant = {
  ...{ id: 'claimed-once', state: 'broken', detail: '29 of 225 jobs were claimed more than once.' },
  statement: 'No job is claimed twice.',
};
const queue: Ground = {
  ...{ tables: 'queue', table: 'jobs', preset: 'generic', name: 'a table of your own', guessed: true },
  ...{ states: 'status: queued → running → done', order: 'priority DESC, created_at' },
  plan: ['SEARCH jobs USING COVERING INDEX jobs_next (status=?)'],
  ...{ triggers: ['jobs_audit'], setBack: 290, added: 1700, waiting: 2000, samples: 'its rows' },
  orphansProvable: true,
};
const reproduced = stressReportOf({
  ...{ scenario, runs: [runOf({ truth: [twice], ground: queue })], thresholds: held ? [held] : [] },
  notes: ['The cure: One statement claims.'],
});
const missed = stressReportOf({
  scenario: { ...scenario, missed: ['errors.instant>0', 'claimed-once to be broken'] },
  runs: [
    runOf({
      errors: [],
      ground: { tables: 'own', reason: 'No table of the database looks like a job queue.' },
    }),
  ],
});
const reports = { broken, calm, several, compared, reproduced, missed };

describe('stress reports', () => {
  it('can be had in every format but SARIF, which is for findings in files', () => {
    expect(formatsFor('stress')).toEqual(['table', 'json', 'ndjson', 'markdown', 'junit', 'github', 'html']);
  });

  describe.each(Object.entries(reports))('%s', (name, report) => {
    it.each(['table', 'markdown', 'junit', 'github'] as const)('%s', async (format) => {
      await expectTranscript(`report-stress-${name}-${format}`, await render(report, format, FORMAT_CONTEXT));
    });

    it('JSON and each line of ndjson fit their schemas', async () => {
      const json: unknown = JSON.parse(await render(report, 'json', FORMAT_CONTEXT));
      expect(isReport(json) || isReport.errors).toBe(true);
      const lines = (await render(report, 'ndjson', FORMAT_CONTEXT)).trimEnd().split('\n');
      for (const line of lines) expect(isLine(JSON.parse(line)) || isLine.errors).toBe(true);
      expect(lines).toHaveLength(report.runs.length + report.thresholds.length + 1);
      expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
        type: 'report',
        command: 'stress',
        runs: report.runs.length,
      });
    });

    it('fits into 80 columns of ASCII, colour aside', async () => {
      const terminal = { ...FORMAT_CONTEXT.terminal, columns: 80, unicode: false, colour: true };
      const text = await render(report, 'table', { ...FORMAT_CONTEXT, terminal });
      const plain = text.replaceAll(/\x1b\[[0-9;]*m/g, '');
      expect(plain.split('\n').filter((line) => line.length > 80)).toEqual([]);
      expect(plain).toMatch(/^[\x20-\x7e\n]+$/);
    });
  });

  it.each([
    [
      'table',
      /while the limit was sought, with 8 writers, as found, the database did not hold what was committed \(rows-present\)/,
    ],
    ['markdown', /while the limit was sought, with 8 writers, as found, claimed-once was not true/],
    ['junit', /<testcase name="rows-present \(limit: with 8 writers, as found\)"[^>]*>\s*<failure/],
    [
      'github',
      /::error file=app\/app.db,title=Not true \[rows-present\]::While its limit was sought, with 8 writers, as found/,
    ],
    ['html', /with 8 writers, as found, the database did not hold what was committed/],
  ] as const)('what is not true where a limit is sought is named: %s', async (format, sentence) => {
    const text = await render(lossy, format, FORMAT_CONTEXT);
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(sentence);
  });

  it('a limit that was not narrowed down is a range', async () => {
    const limit = limitOf();
    const searches = limit.searches.map((search) => {
      const { asFound } = search;
      if (search.axis !== 'writers' || asFound.state !== 'searched') return search;
      const thresholds = asFound.thresholds.map((one) => ({ ...one, narrowed: false }));
      return { ...search, asFound: { ...asFound, thresholds } };
    });
    const text = await render(stressReportOf({ limit: { ...limit, searches } }), 'table', FORMAT_CONTEXT);
    expect(text).toMatch(/wait\.max<5s +as found +4–8 /);
    expect(text.replaceAll(/\s+/g, ' ')).toContain('8–16 says that it held at 8 and broke at 16');
  });

  it('has the counters of incident 5 under their names', async () => {
    const { runs } = JSON.parse(await render(broken, 'json', FORMAT_CONTEXT));
    expect(Object.keys(runs[0].counters)).toEqual([
      ...['lock_attempts', 'lock_successes', 'lock_failures', 'lock_retries'],
      ...['total_wait_ms', 'max_wait_ms', 'avg_wait_ms', 'failure_rate', 'retry_rate'],
    ]);
  });

  it.each([
    [
      'a scenario that was interrupted says nothing of what was expected',
      { complete: false },
      /^✖ As found, not played to its end: [\s\S]*interrupted by SIGINT/,
    ],
    [
      'as cured: what it was is told apart from what is played',
      { variant: 'as-cured' },
      /As it was found: 4 workers select[\s\S]*As cured, which is played here: One statement/,
    ],
  ] as const)('%s', async (_, changes, expected) => {
    const cured = {
      scenario: { ...scenario, ...changes },
      runs: [runOf({ errors: [] })],
      interrupted: 'SIGINT',
    };
    const text = await render(stressReportOf(cured), 'table', FORMAT_CONTEXT);
    expect(text).toMatch(expected);
    expect(text).not.toContain('reproduced');
  });

  it('a scenario about waits says how long they were, and who has a part of his own is named', async () => {
    const [actor] = runOf().actors;
    const actors = actor === undefined ? [] : [actor, { ...actor, name: 'discovery' }];
    const waiting = stressReportOf({
      scenario,
      runs: [runOf({ errors: [], actors })],
      thresholds: broken.thresholds,
    });
    const text = await render(waiting, 'table', FORMAT_CONTEXT);
    expect(text).toMatch(/^✖ As found, reproduced: wait\.avg 12.4 ms, wait\.max 1.09 s; no lock error/);
    expect(text).toContain('4 writers (and beside them discovery), ');
  });

  it('quiet: the verdict and what is not well; verbose: all writers', async () => {
    const [run] = broken.runs;
    const [actor] = run?.actors ?? [];
    if (!run || !actor) throw new Error('no run');
    const actors = Array.from({ length: 20 }, (_, index) => ({ ...actor, name: `writer ${index + 1}` }));
    const many = stressReportOf({ runs: [{ ...run, actors }] });
    const quiet = await render(many, 'table', { ...FORMAT_CONTEXT, detail: 'quiet' });
    expect(quiet).toContain('wait.max<500ms');
    expect(quiet).not.toContain('writer 1 ');
    expect(await render(many, 'table', FORMAT_CONTEXT)).toMatch(/writer 16 [\s\S]*and 4 writers more/);
    expect(await render(many, 'table', { ...FORMAT_CONTEXT, detail: 'verbose' })).toContain('writer 20 ');
  });

  it('no text from outside acts on a terminal, on GitHub or in a table', async () => {
    const nasty = '/srv/a|b`\u001b[31m\n::error::<script>.db';
    const report = stressReportOf({
      ...{ target: { path: nasty, given: nasty }, notes: [nasty] },
      runs: [runOf({ ground: { ...queue, table: nasty, states: nasty, order: nasty, triggers: [nasty] } })],
    });
    for (const format of ['table', 'markdown', 'junit', 'github', 'html'] as const) {
      const text = await render(report, format, FORMAT_CONTEXT);
      expect(text).not.toContain('\u001b');
      expect(text).not.toMatch(/^::error::<script>/m);
    }
  });
});

it('says of every kind of ground where it was played', async () => {
  const told = async (ground: Ground) => {
    const terminal = { ...FORMAT_CONTEXT.terminal, columns: 1000 };
    const report = stressReportOf({ runs: [runOf({ ground })] });
    const formats = ['table', 'markdown', 'html'] as const;
    const texts = await Promise.all(
      formats.map((format) => render(report, format, { ...FORMAT_CONTEXT, terminal })),
    );
    return texts.map((text) => text.replaceAll('&#39;', "'").replaceAll(/\s+/g, ' '));
  };
  const laravel: Ground = {
    ...queue,
    ...{ preset: 'laravel', name: 'Laravel', guessed: false, samples: 'made up', setBack: 0, triggers: [] },
  };
  const cases: readonly (readonly [Ground, string])[] = [
    [laravel, 'a queue of Laravel (status: queued → running → done); the next job by priority DESC, created'],
    [laravel, '2,000 jobs waited before the run (1,700 rows added, made up, since the table was empty).'],
    [
      { ...queue, plan: ['SCAN jobs', 'USE TEMP B-TREE FOR ORDER BY'] },
      'USE TEMP B-TREE FOR ORDER BY. No index serves that order: each search visits every row (dblock',
    ],
    [{ ...queue, states: 'status: new → run → row deleted' }, 'so a finished job is deleted: '],
    [{ ...queue, guessed: false }, 'as the configuration describes it (status'],
    [{ tables: 'own', reason: null }, 'because of --own-tables.'],
    [{ tables: 'rows', table: 'orders' }, 'sets a row of orders to what it is'],
  ];
  for (const [ground, sentence] of cases)
    for (const text of await told(ground)) expect(text.replaceAll('\\_', '_')).toContain(sentence);
});

describe('values', () => {
  it.each([
    [formatLatency(0), '0 ms'],
    [formatLatency(0.0002), '<1 µs'],
    [formatLatency(0.42), '420 µs'],
    [formatLatency(0.9996), '1.00 ms'],
    [formatLatency(9.999), '10.0 ms'],
    [formatLatency(99.96), '100 ms'],
    [formatLatency(999.6), '1.00 s'],
    [formatLatency(5007), '5.01 s'],
    [formatLatency(61_000), '1 min 1 s'],
    [formatShare(0), '0%'],
    [formatShare(0.00001), '<0.01%'],
    [formatShare(0.0028), '0.28%'],
    [formatShare(0.99999), '>99.9%'],
    [formatShare(1), '100%'],
    [formatRate(1450.1), '1,450/s'],
    [formatRate(0.25), '0.25/s'],
    [formatMetric('fairness', 'ratio', 0.95), '0.950'],
    [formatMetric('wal_peak', 'bytes', 4_194_304), '4 MiB'],
    [formatMetric('errors', 'count', 1234), '1,234'],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected);
  });
});
