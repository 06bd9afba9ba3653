/** Reports of `dblock checkpoint`, as it makes them. */
import type { CheckpointRun } from '../../src/checkpoint/shapes.js';
import { known } from '../../src/known.js';
import { type CheckpointDatabase, type CheckpointReport, REPORT_SCHEMA } from '../../src/report/report.js';
import { T0 } from './evidence.js';
import { LOCK_ROWS, TOOL } from './reports.js';

const WAL_FULL = { mxFrame: 1210, backfilled: 0, backlogFrames: 1210, backlogBytes: 4_985_200 };
const WAL_PINNED = { mxFrame: 1210, backfilled: 812, backlogFrames: 398, backlogBytes: 1_639_760 };
const WAL_EMPTY = { mxFrame: 0, backfilled: 0, backlogFrames: 0, backlogBytes: 0 };
const RUN: CheckpointRun = {
  ...{ mode: 'truncate', tries: 1, framesMoved: 1210, framesMovedAtLeast: false, bytesMoved: 4_985_200 },
  ...{ writersKeptWaitingMs: 3.42, writersKeptWaitingPlusMinusMs: 0.06, connection: 'abandoned' },
  steps: [
    {
      ...{ mode: 'passive', row: { busy: 0, log: 1210, checkpointed: 1210 }, durationMs: 41 },
      meaning: '0|1210|1210: complete: all 1,210 frames are in the database',
      writeLock: { kind: 'not-taken' },
    },
    {
      ...{ mode: 'truncate', row: { busy: 0, log: 0, checkpointed: 0 }, durationMs: 3.5 },
      meaning: '0|0|0: complete: the WAL was truncated',
      writeLock: { kind: 'seen', heldMs: 3.42, plusMinusMs: 0.06 },
    },
  ],
};

export function checkpointDatabase(overrides: Partial<CheckpointDatabase> = {}): CheckpointDatabase {
  const status = { databaseBytes: 40_960, attached: LOCK_ROWS, limits: [] };
  return {
    ...{ path: '/data/app.db', given: 'app.db', requestedMode: 'truncate' },
    before: { ...status, walBytes: 4_985_232, frames: known(WAL_FULL) },
    outcome: {
      outcome: 'complete',
      summary: 'The WAL was truncated: 1,210 frames (4.8 MiB) moved.',
      run: RUN,
    },
    after: { ...status, databaseBytes: 4_902_912, walBytes: 0, frames: known(WAL_EMPTY) },
    ...{ savedFiles: [], notes: [] },
    ...overrides,
  };
}

export const complete = checkpointDatabase();

export const incomplete = checkpointDatabase({
  ...{ path: '/data/queue.db', given: 'queue.db', requestedMode: 'passive' },
  outcome: {
    outcome: 'incomplete',
    summary: '812 frames (3.2 MiB) moved; 398 frames could not be moved.',
    run: {
      ...{ ...RUN, mode: 'passive', tries: 14, framesMoved: 812, bytesMoved: 3_345_440 },
      ...{ writersKeptWaitingMs: 0, writersKeptWaitingPlusMinusMs: 0 },
      steps: [
        {
          ...{ mode: 'passive', row: { busy: 0, log: 1210, checkpointed: 812 }, durationMs: 0.4 },
          meaning: '0|1210|812: incomplete, although busy is 0: 812 of 1,210 frames are in the database',
          writeLock: { kind: 'not-taken' },
        },
      ],
    },
    blockers: [
      {
        ...{ pid: 41_300, process: 'node nightly.js (pid 41300)', role: 'reader', slot: 2, mark: 812 },
        ...{ framesHeldBack: 398, state: 'S' },
        summary:
          'node nightly.js (pid 41300) holds READ2 at frame 812: the last 398 frames of 1,210 cannot be copied.',
      },
    ],
    remedy: { text: 'End the read.', commands: ['ps -o pid,args -p 41300'] },
  },
  after: {
    ...{ databaseBytes: 40_960, attached: LOCK_ROWS, limits: ['processes of other users are hidden'] },
    ...{ walBytes: 4_985_232, frames: known(WAL_PINNED) },
  },
  notes: ['Not ruled out: split-brain, because processes of other users are hidden.'],
});

export const refused = checkpointDatabase({
  path: '/data/old.db',
  outcome: {
    outcome: 'refused',
    summary:
      'Nothing was opened or changed, because a checkpoint could do harm; --force runs it all the same.',
    refusals: [
      {
        check: 'foreign-wal',
        reason: '/data/old.db-wal was not written for /data/old.db.',
        remedy: { text: 'Move the WAL away.', commands: ['mv -n /data/old.db-wal /data/old.db-wal.foreign'] },
      },
    ],
  },
  after: null,
  savedFiles: ['/data/old.db-wal.saved'],
});

export function checkpointReport(
  databases: readonly CheckpointDatabase[],
  overrides: Partial<CheckpointReport> = {},
): CheckpointReport {
  return {
    ...{ schema: REPORT_SCHEMA, tool: TOOL, command: 'checkpoint' },
    ...{ startedAt: new Date(T0).toISOString(), durationMs: 262, verdict: 'ok', exitCode: 0 },
    ...{ databases, unexamined: [] },
    ...overrides,
  };
}
