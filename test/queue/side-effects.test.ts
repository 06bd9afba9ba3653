/** What a requeue sets off beside what it writes itself: said before, and not undone. */
import { describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../support/stage.js';
import { requeueOrphans } from './requeue.js';
import { rowsOf, schemaOf, withDatabase } from './tables.js';

const NOT_UNDONE = 'That is not in the journal: --undo does not take it back.';

function laravelWith(stage: Stage, more: string): string {
  const path = stage.path('queue.db');
  withDatabase(path, (db) => {
    db.exec(schemaOf('laravel').replaceAll(/^CREATE TABLE sqlite_sequence.*$/gm, ''));
    db.exec(`INSERT INTO jobs(id, queue, payload, attempts, reserved_at, available_at, created_at)
      VALUES (7, 'default', '{"uuid":"u7"}', 1, 1700000000, 0, 0);`);
    db.exec(more);
  });
  return path;
}

interface Report {
  readonly databases: readonly { readonly queues: readonly { readonly notes: readonly string[] }[] }[];
}

const effects = (stdout: string) =>
  (JSON.parse(stdout) as Report).databases[0]?.queues[0]?.notes.filter((note) => note.endsWith(NOT_UNDONE));

describe('beside its own changes', () => {
  it('foreign keys that cascade are named with their tables, and their rows do not come back', async () => {
    await using stage = await openStage();
    const path = laravelWith(
      stage,
      `CREATE TABLE job_notes(id INTEGER PRIMARY KEY, job REFERENCES jobs ON DELETE CASCADE, text);
       CREATE TABLE marks(note REFERENCES job_notes ON DELETE SET NULL);
       CREATE TABLE strangers(id INTEGER PRIMARY KEY, job INTEGER);
       INSERT INTO job_notes VALUES (1, 7, 'mine'); INSERT INTO marks VALUES (1);`,
    );
    // requeueing updates the row, which no foreign key minds
    expect(effects((await requeueOrphans(path)).stdout)).toEqual([]);
    const preview = await requeueOrphans(path, '--mode', 'fail');
    expect(effects(preview.stdout)).toEqual([
      `By foreign keys this also deletes or changes rows of job_notes, marks. ${NOT_UNDONE}`,
    ]);
    const done = await requeueOrphans(path, '--mode', 'fail', '--apply', '--journal', 'cascade.jsonl');
    expect(effects(done.stdout)).toEqual(effects(preview.stdout));
    expect(rowsOf(path, 'SELECT note FROM marks')).toEqual([{ note: null }]);
    const undo = ['--undo', stage.path('cascade.jsonl'), '--apply'];
    expect(await requeueOrphans(path, ...undo)).toMatchObject({ status: 0 });
    expect(rowsOf(path, 'SELECT id, reserved_at FROM jobs')).toEqual([{ id: 7, reserved_at: 1700000000 }]);
    expect(rowsOf(path, 'SELECT count(*) AS notes FROM job_notes')).toEqual([{ notes: 0 }]);
  });

  it('triggers are named, those of triggers too, and only those that run', async () => {
    await using stage = await openStage();
    const path = laravelWith(
      stage,
      `CREATE TABLE audit(what); CREATE TABLE totals(n); INSERT INTO totals VALUES (0);
       CREATE TRIGGER "on -- release" AFTER UPDATE OF reserved_at ON jobs BEGIN INSERT INTO audit VALUES ('released'); END;
       CREATE TRIGGER on_payload AFTER UPDATE OF payload ON jobs BEGIN INSERT INTO audit VALUES ('payload'); END;
       CREATE TRIGGER on_audit AFTER INSERT ON audit BEGIN UPDATE totals SET n = n + 1; END;`,
    );
    const preview = await requeueOrphans(path);
    expect(effects(preview.stdout)).toEqual([
      `This also runs the triggers on -- release, on_audit, which may write audit, totals. ${NOT_UNDONE}`,
    ]);
    await requeueOrphans(path, '--apply', '--journal', 'triggers.jsonl');
    expect(rowsOf(path, 'SELECT n FROM totals')).toEqual([{ n: 1 }]);
  });
});
