/** `dblock stress --compare`: remedies beside the load as found. */
import { writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { LoadSpec } from '../../src/stress/load-shapes.js';
import type { ActorPlan } from '../../src/stress/plan.js';
import type { Played } from '../../src/stress/played.js';
import { remedies } from '../../src/stress/remedies/index.js';
import { rehearse } from '../../src/stress/remedies/remedy.js';
import { applyCombination, parseSelection } from '../../src/stress/remedies/selection.js';
import { scenarios } from '../../src/stress/scenarios/index.js';
import { parseScript } from '../../src/stress/script/parse.js';
import { runDblock } from '../support/dblock.js';
import { soaked } from '../support/soak.js';
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
const QUICK = ['--synchronous', 'off', '--writers', '4'];
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

  /** All of them with DBLOCK_SOAK=1: that takes minutes. */
  it('claim-race: neither BEGIN IMMEDIATE nor a queue ends the double claims, an atomic claim with it does', async () => {
    const few =
      'begin-immediate,atomic-claim,single-writer-queue,begin-immediate+atomic-claim+work-outside-transaction';
    const selection = soaked(0, 1) === 1 ? 'all' : few;
    const { report } = await stress(['--scenario', 'claim-race', '--compare', selection, '--runs', '1'], {
      cwd: '/',
    });
    const { comparison } = report;
    const found = (id: string) => comparison.variants.find((variant: { id: string }) => variant.id === id);
    expect(comparison.as_found.untrue).toEqual(expect.arrayContaining(['claimed-once', 'none-orphaned']));
    expect(found('begin-immediate').untrue).toContain('claimed-once');
    expect(found('single-writer-queue').untrue).toContain('claimed-once');
    expect(found('atomic-claim').untrue).not.toContain('claimed-once');
    expect(found('atomic-claim').holds).toBe(false);
    expect(comparison.recommended).toMatch(/begin-immediate|atomic-claim/);
    expect(found(comparison.recommended)).toMatchObject({ holds: true, untrue: [] });
    expect(comparison.recipe.commands.join()).toMatch(/dblock recipe/);
  });

  it('turns end the errors of those who would have upgraded at the same time', async () => {
    // of errors only: how long a turn takes is up to the machine
    const held = ['--threshold', 'failure_rate<1%'];
    const load = ['--workload', 'read-modify-write', '--hold', '2ms', '--transactions', '15', ...held];
    const { report } = await stress([...load, ...QUICK, '--compare', 'connection-cap(1)', '--runs', '1'], {
      cwd: '/',
    });
    const [capped] = report.comparison.variants;
    expect(report.runs[0].counters.lock_failures).toBeGreaterThan(0);
    expect(capped).toMatchObject({ id: 'connection-cap(1)', truth: 'held', holds: true });
    const failures = capped.cells.find(({ metric }: { metric: string }) => metric === 'failure_rate');
    expect(failures.values).toEqual([0]);
  });

  it('workers that share a session commit together, and lose nothing; alone they do not either', async () => {
    const load = ['--connection', 'shared', '--begin', 'immediate', '--hold', '5ms', '--transactions', '10'];
    const { report } = await stress([...load, ...QUICK, '--compare', 'session-per-job', '--runs', '1'], {
      cwd: '/',
    });
    expect(report.runs[0].counters).toMatchObject({ lock_successes: 40, lock_failures: 0 });
    expect(report.runs[0].actors.at(-1)).toMatchObject({ name: 'shared session', role: 'queue' });
    expect(report.comparison.as_found.truth).toBe('held');
    expect(report.comparison.variants[0]).toMatchObject({ id: 'session-per-job', truth: 'held' });
  });

  it.each<[string, RegExp, string[]?]>([
    ['bacth', /There is no remedy "bacth".* Did you mean "batch"\?/],
    ['batch(1)', /batch\(rows\) takes a number from 2/],
    ['wal(3)', /wal takes no number/],
    ['batch,batch', /batch is named twice/],
    ['connection-reuse', /would change nothing: connection-reuse: connections stay open already\./],
    ['begin-immediate+begin-immediate', /transactions begin with BEGIN IMMEDIATE already/],
    ['', /names nothing/],
    ['wal,,batch', /names nothing before, between or after a comma/],
    ['batch,all', /"all" stands alone/],
    ['busy-timeout(30s)', /busy-timeout\(ms\) takes a number from 1 .*, such as busy-timeout\(30000\)/],
    ['retry-pipeline+retry-library', /retry-pipeline does that already, in another way/],
    ['batch(5', /batch\(rows\) takes a number/],
    ['batch+wal,wal+batch', /wal\+batch is named twice|batch\+wal is named twice/],
    ['synchronous-normal', /would change nothing/, ['--journal-mode', 'delete']],
    ['session-per-job', /no session is shared/],
    ['atomic-claim', /no job is claimed in two steps/],
  ])('%j is refused', async (selection, sentence, load = []) => {
    const run = await runDblock(['stress', ...load, '--compare', selection]);
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

  /** As bad as can be: whatever a remedy changes, something of it is there. */
  const worst: Played = {
    load: {
      ...BASE_LOAD,
      ...{ writers: 8, readers: 1, holdMs: 20, batch: 20, busyTimeoutMs: 0 },
      connection: { kind: 'per-operation' },
      pragmas: { ...BASE_LOAD.pragmas, journalMode: 'delete', synchronous: 'full' },
    },
    scripts: [],
    recast: (plan) => ({ ...plan, actors: plan.actors.map(worse) }),
  };
  const claiming: Played = {
    ...{ load: { ...BASE_LOAD, work: { kind: 'workload', name: 'claim' } }, scripts: [], recast: null },
  };
  const walled: Played = {
    ...worst,
    load: { ...worst.load, pragmas: { ...worst.load.pragmas, journalMode: 'wal', autocheckpointPages: 0 } },
  };

  function worse(actor: ActorPlan): ActorPlan {
    const { program, index } = actor;
    if (program.kind === 'reads') return { ...actor, program: { ...program, forMs: null } };
    return program.kind === 'transactions' && index === 0
      ? { ...actor, program: { ...program, batch: 200 } }
      : actor;
  }

  const STARTS: Readonly<Record<string, Played>> = {
    'atomic-claim': claiming,
    'session-per-job': { ...worst, load: { ...worst.load, connection: { kind: 'shared' } } },
    autocheckpoint: walled,
    'synchronous-normal': walled,
    'scheduled-checkpoint': walled,
  };

  it.each(remedies.map((remedy) => ({ id: remedy.id, remedy })))(
    '$id changes something of a load that wants it, and then nothing more',
    ({ remedy }) => {
      const dose = [{ remedy, number: remedy.parameter?.usual ?? 0, name: remedy.id }];
      const start = STARTS[remedy.id] ?? worst;
      const once = applyCombination(dose, start);
      if (once.kind !== 'applied') throw new Error(once.reason);
      expect(rehearse(once.played)).not.toEqual(rehearse(start));
      const twice = applyCombination(dose, once.played);
      if (twice.kind === 'applied') expect(rehearse(twice.played)).toEqual(rehearse(once.played));
    },
  );

  it.each([
    ['batch', { batch: 25, perSecond: 50 / 8 / 25, holdMs: 20 * 25 }],
    ['commit-per-chunk(5)', { batch: 1, perSecond: 50 / 8, holdMs: 20 }],
  ])('%s: as many rows are due, and as much work is done for them', (text, expected) => {
    const load: LoadSpec = { ...worst.load, batch: 1, pace: { kind: 'open', perSecond: 50 } };
    const [first] = actorsOf(text, { ...worst, load, recast: null });
    expect(first).toMatchObject({
      program: { batch: expected.batch, holdMs: expected.holdMs },
      pace: { perSecond: expected.perSecond },
    });
  });

  it.each(scenarios)('$id: work before the transaction is as long as it was inside', ({ asFound }) => {
    const played: Played = { load: asFound.load, scripts: [], recast: asFound.cast ?? null };
    const work = ({ program }: ActorPlan) =>
      'workload' in program ? program.holdMs + (program.beforeMs ?? 0) : 0;
    const inside = ({ program }: ActorPlan) => ('workload' in program ? program.holdMs : 0);
    const moved = actorsOf('work-outside-transaction', played);
    expect(moved.map(work)).toEqual(rehearse(played).actors.map(work));
    expect(moved.map(inside)).toEqual(moved.map(() => 0));
  });

  it('a retry takes the place of another one', () => {
    const load: LoadSpec = { ...BASE_LOAD, retry: { kind: 'immediate', tries: 9 } };
    const [first] = actorsOf('retry-library', { load, scripts: [], recast: null });
    expect(first).toMatchObject({ program: { retry: { kind: 'backoff', baseMs: 500, tries: 3 } } });
  });

  it('a chunk has its share of the work, and a pause after it', () => {
    const [scanner, other] = actorsOf('commit-per-chunk', worst);
    expect(scanner).toMatchObject({ program: { batch: 10, holdMs: 1 }, pace: { thinkMs: 10 } });
    expect(other).toMatchObject({ program: { batch: 10, holdMs: 10 }, pace: { thinkMs: 10 } });
  });

  it('of the same kind put together: the fewest turns, and who writes much takes all', () => {
    const actors = actorsOf('connection-cap(3)+pause-workers', worst);
    expect(actors.map(({ turn }) => turn?.share)).toEqual([
      ...['all', 'one', 'one', 'one', 'one', 'one', 'one', 'one', undefined, undefined],
    ]);
    expect(actors.at(-1)).toMatchObject({ role: 'queue', program: { kind: 'turns', most: 3 } });
  });

  function actorsOf(text: string, played: Played): readonly ActorPlan[] {
    const selection = parseSelection(text);
    if (selection.kind === 'misread') throw new Error(selection.reason);
    const applied = applyCombination(selection.combinations[0] ?? [], played);
    return rehearse(applied.kind === 'applied' ? applied.played : played).actors;
  }

  it('are listed', async () => {
    const { stdout, status } = await runDblock(['stress', '--compare', 'list']);
    expect(status).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(remedies.length);
    expect(stdout).toMatch(/^busy-timeout\(30000\) +PRAGMA busy_timeout/m);
  });

  it('have names of their own', () => {
    expect(new Set(remedies.map(({ id }) => id)).size).toBe(remedies.length);
  });
});
