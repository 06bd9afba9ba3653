/** Workers of dblock in the tables that real frameworks made, beside rows that their own workers wrote. */
import type Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { readTime } from '../../../src/queue/clock.js';
import type { TimeColumn } from '../../../src/queue/preset.js';
import { presets } from '../../../src/queue/presets/index.js';
import type { JobKey } from '../../../src/stress/workloads/jobs.js';
import { schemaOf } from '../../queue/tables.js';
import { lay, onRealQueue, onTables, queueOf, reasonOf, WANTED } from './lay-on.js';

/** What becomes of a row, by the database. */
const PLAYED: Readonly<Record<string, string>> = {
  'django-background-tasks': 'locked_by: NULL → pid → row deleted',
  'django-tasks-db': 'status: READY → RUNNING → SUCCESSFUL',
  'persist-queue': 'status: 1 (ready) → 2 (unack) → 5 (acked)',
  'symfony-messenger': 'delivered_at: NULL → time → row deleted',
  delayed_job: 'locked_by: NULL → worker → row deleted',
  laravel: 'reserved_at: NULL → time → row deleted',
  liteque: 'status: pending → running → row deleted',
  litequeue: 'status: 0 (READY) → 1 (LOCKED) → 2 (DONE)',
  nextcloud: 'reserved_at: 0 → time → 0, and last_checked in the future',
  oban: 'state: available → executing → completed',
  payload: 'processing: 0 → 1 → row deleted',
  plainjob: 'status: 0 (pending) → 1 (processing) → 2 (done)',
  river: 'state: available → running → completed',
  sidequest: 'state: waiting → running → completed',
};

interface Claims {
  readonly from: string;
  readonly where: string;
  /** When a job was claimed, or until when; `null`: the framework does not write it. */
  readonly time: TimeColumn | null;
}

function claimsOf(id: string, table: string): Claims {
  const claims = presets.find((preset) => preset.id === id)?.claims;
  if (claims === undefined) throw new Error(`${id} has no claims`);
  return {
    from: `"${table}" AS ${claims.table} ${claims.joins ?? ''}`,
    where: claims.where,
    time: claims.claimedAt ?? claims.lease ?? null,
  };
}

/** Such as `text 0000-00-00 00:00:00.000000`; River leaves zeros at the end of a fraction out. */
function shapeOf(value: unknown): string {
  const zeros = `${typeof value} ${String(value).replace(/\d/g, '0')}`;
  return zeros.replace(/(?<=:00)(\.0{1,3})?$/, '.000');
}

function timesIn(database: Database.Database, { from, where, time }: Claims): unknown[] {
  if (time === null) return [];
  return database.prepare(`SELECT ${time.sql} FROM ${from} WHERE ${where}`).pluck().all();
}

describe.each(Object.entries(PLAYED))('%s', (name, states) => {
  it('a claim is as its own workers write it, and its end is one', async () => {
    await onRealQueue(name, (database) => {
      const { preset, table } = queueOf(dryRun(database));
      const claims = claimsOf(preset, table);
      const [theirs] = timesIn(database, claims);
      const laid = lay(database);
      expect(queueOf(laid)).toMatchObject({ states, guessed: false, waiting: WANTED, samples: 'its rows' });
      const { workers } = laid;
      const job = workers.claim();
      expect(workers.countRunning(null)).toBe(1);
      expect(workers.find()).not.toEqual(job);
      for (const ours of timesIn(database, claims)) {
        if (theirs !== undefined && theirs !== null) expect(shapeOf(ours)).toBe(shapeOf(theirs));
        const time = readTime(ours, claims.time?.format ?? 'text', 'utc');
        // a lease may last 5 minutes
        expect(Math.abs((time.kind === 'time' ? time.ms : 0) - Date.now())).toBeLessThan(600_000);
      }
      workers.finish(job as JobKey);
      expect(workers.countRunning(null)).toBe(0);
      expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    });
  });

  it('can be played again when no job is left, and when there never was one', async () => {
    await onRealQueue(name, (database) => {
      const { table } = queueOf(lay(database));
      const empty = () => {
        database.pragma('foreign_keys = OFF');
        database.exec(
          `DELETE FROM "${table}"; DROP TABLE dblock_stress_log; DROP TABLE dblock_stress_claimed`,
        );
        database.pragma('foreign_keys = ON');
      };
      empty();
      expect(queueOf(lay(database))).toMatchObject({ setBack: 0, added: WANTED, samples: 'its rows' });
      empty();
      database.exec('DROP TABLE dblock_stress_samples');
      const again = lay(database);
      expect(queueOf(again)).toMatchObject({ added: WANTED, waiting: WANTED, samples: 'made up' });
      again.workers.finish(again.workers.claim() as JobKey);
      expect(again.workers.countRunning(null)).toBe(0);
    });
  });
});

/** What it would be, with nothing changed. */
function dryRun(database: Database.Database): ReturnType<typeof lay> {
  database.exec('SAVEPOINT dry');
  try {
    return lay(database);
  } finally {
    database.exec('ROLLBACK TO dry; RELEASE dry');
  }
}

it.each(['solid_queue', 'huey', 'django-q2', 'bunqueue'])(
  'workers of %s are not played, and that is said',
  async (name) => {
    await onRealQueue(name, (database) => {
      expect(reasonOf(lay(database))).toMatch(
        /^Workers of .+ cannot be played: there a claim is not an UPDATE of the row of a job\.$/,
      );
      const tables = database
        .prepare("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'dblock%'")
        .pluck()
        .get();
      expect(tables).toBe(0);
    });
  },
);

it.each([
  ['payload-v4', 'processing_until: NULL → time → row deleted'],
  ['nextcloud-34', 'reserved_at: 0 → time → 0, and last_checked in the future'],
])('the tables of %s, without a row', (name, states) => {
  onTables(schemaOf(name).replaceAll(/^CREATE TABLE sqlite_sequence.*$/gm, ''), (database) => {
    const laid = lay(database);
    expect(queueOf(laid)).toMatchObject({ states, samples: 'made up', waiting: WANTED });
    laid.workers.finish(laid.workers.claim() as JobKey);
    expect(laid.workers.countRunning(null)).toBe(0);
  });
});
