/** `dblock stress --compare`: remedies beside the load as found. */
import { writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { remedies } from '../../src/stress/remedies/index.js';
import { applyCombination, nameOf, parseSelection } from '../../src/stress/remedies/selection.js';
import { parseScript } from '../../src/stress/script/parse.js';
import type { LoadSpec } from '../../src/stress/shapes.js';
import { runDblock } from '../support/dblock.js';
import { openStage } from '../support/stage.js';
import { stress } from '../support/stress.js';
import { BASE_LOAD } from '../support/stress-runs.js';

const SCRIPT = `\\set id random(1, 3)
BEGIN;
SELECT n FROM jobs WHERE id = :id;
\\sleep 2 ms
UPDATE jobs SET n = n + 1 WHERE id = :id;
\\sleep 2 ms
COMMIT;
`;
const LOAD = ['--synchronous', 'off', '--transactions', '12', '--threshold', 'failure_rate<1%'];

describe('a comparison', () => {
  it('plays each remedy as often as the load as found, and recommends what ends the errors', async () => {
    await using stage = await openStage();
    const path = stage.path('app.db');
    const db = new Database(path);
    db.exec('PRAGMA journal_mode=WAL; CREATE TABLE jobs(id INTEGER PRIMARY KEY, n DEFAULT 0)');
    db.exec('INSERT INTO jobs(id) VALUES (1), (2), (3)');
    db.close();
    writeFileSync(stage.path('upgrade.sql'), SCRIPT);
    const { report, status } = await stress(
      [
        path,
        '--script',
        'upgrade.sql',
        ...LOAD,
        '--compare',
        'cache-and-mmap,begin-immediate',
        '--runs',
        '2',
      ],
      { cwd: stage.path('.') },
    );
    const { comparison } = report;
    // As found it is broken, whatever a remedy could do.
    expect(status).toBe(1);
    expect(comparison).toMatchObject({ rounds: 2, recommended: 'begin-immediate', left_out: [] });
    expect(comparison.variants.map(({ id }: { id: string }) => id)).toEqual([
      'begin-immediate',
      'cache-and-mmap',
    ]);
    const failures = (variant: { cells: { metric: string; values: number[] }[] }) =>
      variant.cells.find(({ metric }) => metric === 'failure_rate')?.values;
    expect(Math.min(...(failures(comparison.as_found) ?? []))).toBeGreaterThan(0.1);
    expect(failures(comparison.variants[0])).toEqual([0, 0]);
    expect(report.runs).toHaveLength(2);
  });

  it('all: what changes nothing is left out, with the reason', async () => {
    const run = await runDblock(
      ['stress', '--compare', 'all', '--runs', '1', '--writers', '2', '--transactions', '3', '--verbose'],
      { env: { LANG: 'C.UTF-8' } },
    );
    expect(run.stdout).toMatch(/Remedies, 1 round each/);
    expect(run.stdout).toMatch(/Left out: fewer-workers: there are only 2 writers\./);
    expect(run.stdout).toMatch(/Left out: wal: the mode as found must be named/);
    expect(run.stdout).toMatch(/single-writer-queue/);
    expect(run.stderr).toBe('');
  });

  it.each([
    ['bacth', /There is no remedy "bacth".* Did you mean "batch"\?/],
    ['batch(1)', /batch\(rows\) takes a number from 2/],
    ['wal(3)', /wal takes no number/],
    ['batch,batch', /batch is named twice/],
    ['connection-reuse', /would change nothing: connection-reuse: connections stay open already\./],
    ['begin-immediate+begin-immediate', /transactions begin with BEGIN IMMEDIATE already/],
    ['', /There is no remedy/],
  ])('%j is refused', async (selection, sentence) => {
    const run = await runDblock(['stress', '--compare', selection]);
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toMatch(sentence);
  });
});

describe('remedies', () => {
  const script = { script: parseScript('a.sql', SCRIPT), weight: 1 };
  const work: LoadSpec['work'] = { kind: 'scripts', scripts: [{ file: 'a.sql', weight: 1 }] };

  it('change a script where they can, and leave its lines where they are', () => {
    const selection = parseSelection('begin-immediate');
    if (selection.kind === 'misread') throw new Error(selection.reason);
    const [combination = []] = selection.combinations;
    const applied = applyCombination(combination, {
      ...{ load: { ...BASE_LOAD, work }, scripts: [script], recast: null },
    });
    expect(applied).toMatchObject({ kind: 'applied' });
    const steps = applied.kind === 'applied' ? applied.played.scripts[0]?.script.steps : [];
    expect(steps?.[1]).toMatchObject({ line: 2, sql: 'BEGIN IMMEDIATE', control: { mode: 'immediate' } });
    expect(steps?.[0]).toBe(script.script.steps[0]);
  });

  it('change something of a plain load or of one that is as bad as can be, and then nothing more', () => {
    const worst = {
      ...BASE_LOAD,
      ...{ writers: 8, holdMs: 20, busyTimeoutMs: 0, connection: { kind: 'per-operation' } as const },
      pragmas: {
        ...BASE_LOAD.pragmas,
        journalMode: 'delete' as const,
        synchronous: 'full' as const,
        autocheckpointPages: 0,
      },
    };
    for (const remedy of remedies) {
      const dose = [{ remedy, number: remedy.parameter?.usual ?? 0, name: remedy.id }];
      const once = applyCombination(dose, { load: worst, scripts: [], recast: null });
      if (once.kind !== 'applied') throw new Error(once.reason);
      expect(once.played.load, remedy.id).not.toEqual(worst);
      expect(applyCombination(dose, once.played).kind, remedy.id).toBe('inapplicable');
    }
  });

  it('keep the rows that are due when there are more in a transaction', () => {
    const selection = parseSelection('batch(10)');
    if (selection.kind === 'misread') throw new Error(selection.reason);
    const [combination = []] = selection.combinations;
    expect(nameOf(combination)).toBe('batch(10)');
    const load = { ...BASE_LOAD, pace: { kind: 'open', perSecond: 200 } as const };
    const applied = applyCombination(combination, { load, scripts: [], recast: null });
    expect(applied).toMatchObject({ played: { load: { batch: 10, pace: { perSecond: 20 } } } });
  });

  it('have names of their own', () => {
    expect(new Set(remedies.map(({ id }) => id)).size).toBe(remedies.length);
  });
});
