/** Reports as the commands make them, from constructed evidence and outcomes. */
import type { Outcome } from '../../src/doctor/examine.js';
import type { LockRow } from '../../src/locks/shapes.js';
import type { CheckText, FormatContext } from '../../src/report/formats/format.js';
import {
  type DoctorDatabase,
  type DoctorReport,
  type LocksReport,
  REPORT_SCHEMA,
} from '../../src/report/report.js';
import { exitCodeOf, type Finding, verdictOf } from '../../src/report/verdict.js';
import { healthyEvidence, T0 } from './evidence.js';

export const TOOL = { name: 'dblock', version: '0.1.0' } as const;

export const CHECK_TEXTS: readonly CheckText[] = [
  {
    id: 'stopped-lock-holder',
    severity: 'critical',
    sources: ['https://man7.org/linux/man-pages/man7/signal.7.html'],
    title: 'A stopped process holds a lock',
    why: 'A process that is stopped (Ctrl-Z, SIGSTOP, a debugger) keeps its locks and cannot give them up. Everybody else waits until busy_timeout is over and then fails with SQLITE_BUSY.',
  },
  {
    id: 'reader-pins-wal',
    severity: 'warning',
    sources: ['https://sqlite.org/wal.html#avoiding_excessively_large_wal_files', 'wal.c: walTryBeginRead'],
    title: 'A reader keeps the WAL from being checkpointed',
    why: 'A checkpoint copies frames into the database only up to the mark of the oldest reader. While that reader stays in its transaction the WAL grows with every commit, and every read gets slower.',
  },
  {
    id: 'wal-reset-bug',
    severity: 'warning',
    sources: ['https://sqlite.org/wal.html'],
    title: 'The application runs a SQLite with the WAL-reset bug',
    why: 'In SQLite 3.7.0 to 3.51.2 a checkpoint that races a reset of the WAL can skip committed frames.',
  },
  {
    id: 'freelist',
    severity: 'info',
    sources: ['https://sqlite.org/pragma.html#pragma_freelist_count'],
    title: 'Many pages are free',
    why: 'Free pages make the file larger than its content.',
  },
];

export function found(id: string, overrides: Partial<Finding> = {}): Finding {
  return {
    id,
    outcome: 'found',
    severity: 'warning',
    summary: `${id} was found.`,
    facts: { walBytes: 82_432 },
    remedy: { text: 'Change it.', commands: [] },
    ...overrides,
  };
}

export const STOPPED = found('stopped-lock-holder', {
  severity: 'critical',
  summary:
    'python3 worker.py (pid 4121) is stopped (state T) and holds WRITE since 250 ms at least. No other process can write.',
  facts: { holders: [{ pid: 4121, locks: ['WRITE'], heldAtLeastMs: 250 }] },
  remedy: {
    text: 'Let it continue, or end it: SQLite then rolls its transaction back.',
    commands: ['kill -CONT 4121', 'kill 4121'],
  },
});

export const PINNED = found('reader-pins-wal', {
  summary: 'node report.js (pid 4130) reads at frame 812 of 5,310 through READ2: 4,498 frames (18 MiB) wait.',
  facts: { pid: 4130, slot: 'READ2', mark: 812, mxFrame: 5310, framesBehind: 4498 },
  remedy: {
    text: 'End the read transaction in the application, then checkpoint.',
    commands: [
      "sqlite3 -cmd '.timeout 5000' '/srv/some folder with a long name/production/app.db' 'PRAGMA wal_checkpoint(TRUNCATE)'",
    ],
  },
});

const UNSEEN = 'locks of other containers cannot be seen: dblock runs in a PID namespace of its own';

export const RESTING: readonly Outcome[] = [
  ...['write-lock-held', 'commit-waits-for-readers', 'exclusive-locking', 'lost-locks'].map(
    (id) => ({ id, outcome: 'skipped', reason: UNSEEN }) as const,
  ),
  { id: 'wal-starved', outcome: 'skipped', reason: 'needs two samples, and nobody has the database open' },
  { id: 'hot-journal', outcome: 'inapplicable', reason: 'the database is in WAL mode' },
  { id: 'rollback-journal', outcome: 'inapplicable', reason: 'the database is in WAL mode' },
  ...['split-brain', 'leftover-wal', 'foreign-wal', 'hard-links', 'low-disk-space', 'page-size'].map(
    (id) => ({ id, outcome: 'clear', facts: {} }) as const,
  ),
];

export function database(
  outcomes: readonly Outcome[],
  overrides: Partial<DoctorDatabase> = {},
): DoctorDatabase {
  return { path: '/data/app.db', given: 'app.db', evidence: healthyEvidence(), outcomes, ...overrides };
}

export function doctorReport(
  databases: readonly DoctorDatabase[],
  overrides: Partial<DoctorReport> = {},
): DoctorReport {
  const outcomes = databases.flatMap((one) => one.outcomes);
  return {
    schema: REPORT_SCHEMA,
    tool: TOOL,
    command: 'doctor',
    startedAt: new Date(T0).toISOString(),
    durationMs: 281,
    verdict: verdictOf(outcomes),
    exitCode: exitCodeOf(outcomes, 'critical'),
    databases,
    unexamined: [],
    ...overrides,
  };
}

export function lockRow(overrides: Partial<LockRow> = {}): LockRow {
  return {
    pid: 4121,
    command: '/usr/bin/python3 worker.py',
    user: 'app',
    state: 'S',
    stateMeaning: 'sleeping',
    role: 'attached',
    locks: ['SHARED (shared)', 'DMS (shared)'],
    heldAtLeastMs: null,
    blocks: null,
    ...overrides,
  };
}

export const LOCK_ROWS: readonly LockRow[] = [
  lockRow({
    state: 'T',
    stateMeaning: 'stopped',
    role: 'writer',
    locks: ['WRITE', 'READ1 (shared)', 'SHARED (shared)', 'DMS (shared)'],
    heldAtLeastMs: 250,
    blocks: 'every other writer',
  }),
  lockRow({
    pid: 41_300,
    command: `/usr/bin/node /srv/reports/nightly.js --from 2026-01-01 --to 2026-11-20 --tables ${'orders,'.repeat(12)}items`,
    role: 'reader on READ2 at frame 812',
    locks: ['READ2 (shared)', 'SHARED (shared)', 'DMS (shared)'],
    heldAtLeastMs: 250,
    blocks: 'checkpoints beyond frame 812',
  }),
  lockRow({ pid: 77, command: null, user: null, state: 'R', stateMeaning: 'running' }),
];

export function locksReport(
  databases: LocksReport['databases'],
  overrides: Partial<LocksReport> = {},
): LocksReport {
  return {
    schema: REPORT_SCHEMA,
    tool: TOOL,
    command: 'locks',
    startedAt: new Date(T0).toISOString(),
    durationMs: 262,
    verdict: 'ok',
    exitCode: 0,
    databases,
    unexamined: [],
    ...overrides,
  };
}

export function context(
  overrides: Partial<FormatContext['terminal']> = {},
  detail: FormatContext['detail'] = 'normal',
): FormatContext {
  const terminal = { colour: false, columns: 80, interactive: false, unicode: true, ...overrides };
  return { terminal, checks: CHECK_TEXTS, cwd: '/data', sqliteVersion: '3.53.2', detail };
}
