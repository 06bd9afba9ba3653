/** Scripts as `dblock stress` plays them: what they left in a kept copy. */
import { rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../support/stage.js';
import { expectTruth, stress } from '../support/stress.js';

interface Row {
  readonly client: number;
  readonly kind: string;
  readonly value: number;
  readonly type: string;
}

const SCHEMA = 'CREATE TABLE log(n INTEGER PRIMARY KEY, client, kind, value, type)';
const INSERT = 'INSERT INTO log(client, kind, value, type) VALUES';

function makeDatabase(stage: Stage): string {
  const path = stage.path('app.db');
  const db = new Database(path);
  db.exec(`PRAGMA journal_mode=WAL; ${SCHEMA}`);
  db.close();
  return path;
}

/** Plays scripts with two writers and returns the rows of the copy, which is removed. */
async function play(stage: Stage, path: string, options: readonly string[]) {
  const { report, run } = await stress(
    [path, '--keep', '--writers', '2', '--synchronous', 'off', ...options],
    { cwd: stage.path('.') },
  );
  const db = new Database(report.arena.path, { readonly: true });
  const rows = db.prepare<[], Row>('SELECT client, kind, value, type FROM log ORDER BY n').all();
  db.close();
  rmSync(dirname(report.arena.path), { recursive: true });
  return { report, run, rows };
}

describe('a script', () => {
  it('is drawn by its weight, has integers as integers, and the same values for the same seed', async () => {
    await using stage = await openStage();
    const path = makeDatabase(stage);
    writeFileSync(
      stage.path('often.sql'),
      `\\set id random(1, 1000)\n${INSERT} (:client_id, 'often', :id, typeof(:id));\n`,
    );
    writeFileSync(
      stage.path('seldom.sql'),
      `\\set x 5 / 2.0\nBEGIN IMMEDIATE;\n${INSERT} (:client_id, 'seldom; ''quoted''', :x, typeof(:x));\nCOMMIT;\n`,
    );
    const options = ['--script', 'often.sql@3', '--script', 'seldom.sql', '--transactions', '200'];
    const [first, again, other] = [
      await play(stage, path, [...options, '--seed', '7']),
      await play(stage, path, [...options, '--seed', '7']),
      await play(stage, path, [...options, '--seed', '8']),
    ];
    expect(first.rows).toHaveLength(400);
    expect(first.run.counters.lock_successes).toBe(400);
    const often = first.rows.filter(({ kind }) => kind === 'often');
    expect(often.length).toBeGreaterThan(250);
    expect(often.length).toBeLessThan(350);
    expect(new Set(often.map(({ type }) => type))).toEqual(new Set(['integer']));
    expect(often.every(({ value }) => value >= 1 && value <= 1000)).toBe(true);
    const seldom = first.rows.filter(({ kind }) => kind === "seldom; 'quoted'");
    expect(seldom.length + often.length).toBe(400);
    expect(new Set(seldom.map(({ value, type }) => `${value} ${type}`))).toEqual(new Set(['2.5 real']));
    expect(new Set(first.rows.map(({ client }) => client)).size).toBe(2);
    const ofClient = (rows: readonly Row[]) =>
      [0, 1].map((wanted) => rows.filter(({ client }) => client === wanted));
    expect(ofClient(again.rows)).toEqual(ofClient(first.rows));
    expect(ofClient(other.rows)).not.toEqual(ofClient(first.rows));
    const [one, two] = ofClient(first.rows).map((rows) => rows.map(({ value }) => value));
    expect(one).not.toEqual(two);
  });

  it('sleeps inside of its transaction: the others wait for it, and the hold is as long', async () => {
    await using stage = await openStage();
    const path = makeDatabase(stage);
    writeFileSync(
      stage.path('slow.sql'),
      `BEGIN IMMEDIATE;\n${INSERT} (:client_id, 'slow', 1, '');\n\\sleep 40 ms\nCOMMIT;\n`,
    );
    const { run, rows } = await play(stage, path, ['--script', 'slow.sql', '--transactions', '5']);
    expect(rows).toHaveLength(10);
    expect(run.hold.p50_ms).toBeGreaterThanOrEqual(39);
    expect(run.wait.max_ms).toBeGreaterThanOrEqual(30);
    expectTruth({ truth: run.truth.filter(({ id }: { id: string }) => id === 'integrity') });
  });

  it('may have a trigger, a ROLLBACK and a savepoint: what was rolled back is not there', async () => {
    await using stage = await openStage();
    const path = makeDatabase(stage);
    writeFileSync(
      stage.path('undo.sql'),
      `CREATE TEMP TRIGGER IF NOT EXISTS x AFTER INSERT ON log BEGIN SELECT CASE WHEN 1 THEN 1 END; END;
BEGIN IMMEDIATE;
${INSERT} (:client_id, 'kept', 1, '');
SAVEPOINT part;
${INSERT} (:client_id, 'undone', 1, '');
ROLLBACK TO part;
RELEASE part;
COMMIT;
BEGIN;
${INSERT} (:client_id, 'gone', 1, '');
ROLLBACK;
`,
    );
    const { rows } = await play(stage, path, ['--script', 'undo.sql', '--transactions', '5']);
    expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set(['kept']));
    expect(rows.length).toBeGreaterThan(0);
  });
});
