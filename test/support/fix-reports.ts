/** Reports of `dblock fix`, as it makes them. */
import type { FixRepair, Repair } from '../../src/doctor/repair/shapes.js';
import { known } from '../../src/known.js';
import { type FixDatabase, type FixReport, REPORT_SCHEMA } from '../../src/report/report.js';
import { T0 } from './evidence.js';
import { TOOL } from './reports.js';

const TO_WAL: Repair = {
  ...{ id: 'rollback-journal', what: 'Switch to WAL mode.', steps: ['PRAGMA journal_mode=WAL;'] },
  locks: 'It needs EXCLUSIVE for one small commit, and tries for at most 100 ms at a time.',
  undo: 'PRAGMA journal_mode=DELETE; while nobody else has the database open.',
  ...{
    byIdOnly: null,
    notes: ['From then on -wal and -shm belong to the database.'],
    action: { kind: 'to-wal' },
  },
};

const PAGE_SIZE: Repair = {
  ...{ id: 'page-size', what: 'Rebuild the database with pages of 4 KiB.' },
  steps: ['PRAGMA locking_mode=EXCLUSIVE;', 'PRAGMA page_size=4096;', 'VACUUM;'],
  locks: 'Nobody can use it while the whole database (40 KiB) is rewritten.',
  ...{ undo: null, byIdOnly: 'it rewrites the whole database', notes: [] },
  action: { kind: 'vacuum', pageBytes: 4096, autoVacuum: null, leaveWal: false },
};

const SHARED_ROLLBACK = {
  ...{ id: 'rollback-journal', severity: 'warning' as const },
  summary: '/data/app.db is in rollback mode, and 3 processes had it open at once.',
};
const SMALL_PAGES = {
  ...{ id: 'page-size', severity: 'info' as const },
  summary: '/data/app.db has pages of 512 bytes; the default is 4 KiB.',
};

function repairs(...[first, second]: [FixRepair['result'], FixRepair['result']]): FixRepair[] {
  return [
    { repair: TO_WAL, finding: SHARED_ROLLBACK, estimate: null, result: first },
    {
      ...{ repair: PAGE_SIZE, finding: SMALL_PAGES, result: second },
      estimate: known({ durationMs: 41.25, grewBytes: -4096 }),
    },
  ];
}

export function fixDatabase(overrides: Partial<FixDatabase> = {}): FixDatabase {
  return {
    ...{ path: '/data/app.db', given: 'app.db', mode: 'preview' },
    summary: '2 repairs (1 safe, 1 by id only); nothing was changed. 1 warning is left to you, see below.',
    repairs: repairs({ result: 'planned' }, { result: 'planned' }),
    unrepaired: [
      {
        ...{
          id: 'reader-pins-wal',
          severity: 'warning',
          hasRepair: false,
          withheld: false,
          reason: 'dblock has no repair for it.',
        },
        summary: 'node nightly.js (pid 41300) holds READ2 at frame 812.',
        remedy: { text: 'End the read.', commands: ['ps -o pid,args -p 41300'] },
      },
    ],
    ...{ backup: null, appeared: [], notes: [] },
    ...overrides,
  };
}

export const plan = fixDatabase();

export const applied = fixDatabase({
  mode: 'apply',
  summary: '1 of 2 repairs cleared.',
  repairs: repairs(
    { result: 'cleared', durationMs: 12 },
    {
      result: 'prevented',
      summary: 'Others used the database for all of the 5 s that it waited. Nothing was changed.',
      preventers: [
        {
          ...{ pid: 41_300, process: 'node nightly.js (pid 41300)', lock: 'SHARED' },
          summary: 'node nightly.js (pid 41300) holds SHARED: it is in a transaction that reads.',
        },
      ],
      remedy: { text: 'Let them finish or stop them.', commands: ['ps -o pid,args -p 41300'] },
    },
  ),
  backup: {
    ...{ kind: 'made', path: '/data/app.db.dblock-backup-20261120T030000Z', files: ['app.db'] },
    ...{ bytes: 40_960, method: 'backup-api', durationMs: 18 },
  },
  appeared: ['wal-reset-bug'],
  notes: ['Not looked at: queue-claim-scan, because the schema could not be read.'],
});

export const failed = fixDatabase({
  mode: 'apply',
  summary: '0 of 2 repairs cleared.',
  repairs: repairs(
    {
      ...{
        result: 'failed',
        code: 'SQLITE_FULL',
        summary: 'The disk is full. Nothing is lost. (SQLITE_FULL)',
      },
      remedy: { text: 'Make room.', commands: ['dblock explain SQLITE_FULL'] },
    },
    { result: 'not-tried', reason: 'something before it failed' },
  ),
  backup: { kind: 'left-out', reason: 'it was not wanted (--no-backup)' },
});

export function fixReport(database: FixDatabase, overrides: Partial<FixReport> = {}): FixReport {
  return {
    ...{ schema: REPORT_SCHEMA, tool: TOOL, command: 'fix' },
    ...{ startedAt: new Date(T0).toISOString(), durationMs: 262, verdict: 'warning', exitCode: 1 },
    ...{ databases: [database], unexamined: [] },
    ...overrides,
  };
}
