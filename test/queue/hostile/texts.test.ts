/** Texts of a database that want to be more than text. */
import { describe, expect, it } from 'vitest';
import { runDblock } from '../../support/dblock.js';
import { skipReason } from '../../support/programs.js';
import { openStage } from '../../support/stage.js';
import { requeueOrphans } from '../requeue.js';
import { ago, deadPid, delayedJobs, HOUR_MS, rowsOf, withDatabase } from '../tables.js';

const LINUX = ['linux'] as const;

const FORGED = 'host:\u001b[2J\u001b[31mevil\r\n0 orphans<script>alert(1)</script>\u202e pid:1';

describe.skipIf(skipReason(LINUX))('a forged text', () => {
  it.each(['table', 'ndjson'])('cannot speak for dblock in %s', async (format) => {
    await using stage = await openStage();
    const path = delayedJobs(stage, [
      { lockedBy: FORGED, lockedAt: ago(HOUR_MS), queue: '\u001b]0;title\u0007q\nid 99' },
    ]);
    const { stdout, stderr, status } = await runDblock([
      'requeue-orphans',
      path,
      '--format',
      format,
      '--verbose',
      '--workers-stopped',
    ]);
    expect(status).toBe(1);
    expect(stdout).toContain('evil');
    expect(`${stdout}${stderr}`).not.toMatch(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/,
    );
    expect(stdout).not.toMatch(/^\s*(0 orphans|id 99)/m);
  });

  it('is JSON as it is', async () => {
    await using stage = await openStage();
    const path = delayedJobs(stage, [{ lockedBy: FORGED, lockedAt: ago(HOUR_MS) }]);
    const answer = await requeueOrphans(path, '--workers-stopped');
    expect(answer).toMatchObject({ status: 1, proofs: ['workers-stopped'] });
  });
});

const WILD = {
  table: `my "jobs"; DROP TABLE bystander; --`,
  id: 'select',
  status: `sta"t'us {jobs}`,
  owner: 'worker pid',
  started: '[when]',
};
const RUNNING = `it's {running}`;
const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

describe.skipIf(skipReason(LINUX))('names and values of a table of one’s own', () => {
  it('may contain quotes, braces, blanks and keywords', async () => {
    await using stage = await openStage();
    const path = stage.path('queue.db');
    const [table, id, status, owner, started] = [
      WILD.table,
      WILD.id,
      WILD.status,
      WILD.owner,
      WILD.started,
    ].map(quote);
    withDatabase(path, (db) => {
      db.exec(
        `CREATE TABLE bystander(x); CREATE TABLE ${table}(${id} TEXT PRIMARY KEY, ${status} TEXT, ${owner} INTEGER, ${started} INTEGER)`,
      );
      const insert = db.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?)`);
      insert.run("a'1", RUNNING, deadPid(), 1_790_000_000);
      insert.run('b"2', RUNNING, process.pid, Math.ceil(Date.now() / 1000));
      insert.run('c\n3', 'done', deadPid(), 1_790_000_000);
    });
    const options = [
      ...['--table', WILD.table, '--id-column', WILD.id, '--status', WILD.status, '--running', RUNNING],
      ...['--queued', `back's {queued}`, '--owner', WILD.owner, '--started', WILD.started],
    ];
    expect(await requeueOrphans(path, ...options)).toMatchObject({
      status: 1,
      orphans: ["a'1"],
      alive: ['b"2'],
    });
    expect(await requeueOrphans(path, ...options, '--apply')).toMatchObject({ status: 0, requeued: 1 });
    expect(rowsOf(path, `SELECT ${id} AS id, ${status} AS status FROM ${table} ORDER BY 1`)).toEqual([
      { id: "a'1", status: `back's {queued}` },
      { id: 'b"2', status: RUNNING },
      { id: 'c\n3', status: 'done' },
    ]);
    expect(rowsOf(path, `SELECT name FROM sqlite_schema WHERE name = 'bystander'`)).toHaveLength(1);
  });
});
