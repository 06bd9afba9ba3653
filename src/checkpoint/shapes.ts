/** Shapes of what a checkpoint did; see sqlite/shapes.ts for how they are used. */
import { z } from 'zod';
import { knownShape } from '../sqlite/shapes.js';

const count = z.number().int().nonnegative();
const ms = z.number().nonnegative();

/** sqlite.org/pragma.html#pragma_wal_checkpoint, from the one that never waits to the one that waits for most. */
export const checkpointModeShape = z.enum(['passive', 'full', 'restart', 'truncate']);
export type CheckpointMode = z.infer<typeof checkpointModeShape>;

/** What PRAGMA wal_checkpoint returns. */
export const checkpointRowShape = z.strictObject({
  busy: count.describe(
    '1: a blocking mode did not get what it waited for, or somebody else is checkpointing',
  ),
  log: z.number().int().describe('frames in the WAL; -1: no checkpoint was run'),
  checkpointed: z.number().int().describe('of these, now in the database; -1: no checkpoint was run'),
});
export type CheckpointRow = z.infer<typeof checkpointRowShape>;

/** How long our connection held WRITE (byte 120), which keeps writers waiting. */
export const writeLockShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('not-taken') }).describe('a passive checkpoint does not take it'),
  z.strictObject({
    kind: z.literal('seen'),
    heldMs: ms,
    plusMinusMs: ms.describe('half the time between the looks before and after it was gained'),
  }),
  z.strictObject({ kind: z.literal('unseen'), atMostMs: ms, reason: z.string() }),
]);
export type WriteLock = z.infer<typeof writeLockShape>;

export const checkpointStepShape = z.strictObject({
  mode: checkpointModeShape,
  row: checkpointRowShape,
  meaning: z.string().describe('the row in words'),
  durationMs: ms,
  writeLock: writeLockShape,
});
export type CheckpointStep = z.infer<typeof checkpointStepShape>;

/** All tries together. */
export const checkpointRunShape = z.strictObject({
  mode: checkpointModeShape.describe('the mode that was run; see also requestedMode'),
  tries: count,
  steps: z
    .array(checkpointStepShape)
    .describe('of the last try: a blocking mode comes after a passive one, which leaves it little to do'),
  framesMoved: count.describe('frames that are now in the database and were not before'),
  framesMovedAtLeast: z.boolean().describe('true: a writer may have added some before the WAL was restarted'),
  bytesMoved: count.describe(
    'as they lay in the WAL; of a page that lay there several times the last one is copied',
  ),
  writersKeptWaitingMs: ms.describe('WRITE held by us, over all tries'),
  writersKeptWaitingPlusMinusMs: ms.describe('what the measurement may be off by, over all tries'),
  connection: z
    .enum(['closed', 'abandoned'])
    .describe('abandoned: ended without closing, since the close of a last connection deletes the WAL'),
});
export type CheckpointRun = z.infer<typeof checkpointRunShape>;

/** A process that kept the checkpoint from finishing, in the last look before it gave up. */
export const checkpointBlockerShape = z.strictObject({
  pid: count,
  process: z.string(),
  role: z.enum(['reader', 'writer', 'checkpointer', 'exclusive']),
  slot: count.nullable().describe('READ slot; null: not a reader'),
  mark: count.nullable().describe('the last frame that the reader sees; 0 on READ0; null: not known'),
  framesHeldBack: count.nullable().describe('committed frames that cannot be copied because of it'),
  state: z.string().describe('letter of /proc/PID/stat'),
  summary: z.string(),
});
export type CheckpointBlocker = z.infer<typeof checkpointBlockerShape>;

export const remedyShape = z.strictObject({ text: z.string(), commands: z.array(z.string()) });
export type CheckpointRemedy = z.infer<typeof remedyShape>;

/** Why nothing was begun: the id of the doctor's check that found it. */
export const refusalShape = z.strictObject({ check: z.string(), reason: z.string(), remedy: remedyShape });
export type Refusal = z.infer<typeof refusalShape>;

export const checkpointOutcomeShape = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('complete'), summary: z.string(), run: checkpointRunShape }),
  z.strictObject({
    outcome: z.literal('incomplete'),
    summary: z.string(),
    run: checkpointRunShape,
    blockers: z.array(checkpointBlockerShape),
    remedy: remedyShape,
  }),
  z.strictObject({ outcome: z.literal('unneeded'), summary: z.string() }),
  z.strictObject({ outcome: z.literal('refused'), summary: z.string(), refusals: z.array(refusalShape) }),
  z.strictObject({
    outcome: z.literal('failed'),
    summary: z.string(),
    code: z.string().nullable().describe('of SQLite, such as SQLITE_FULL; null: it came not so far'),
    run: checkpointRunShape.nullable().describe('what was done until then; null: nothing'),
    blockers: z.array(checkpointBlockerShape),
    remedy: remedyShape,
  }),
]);
export type CheckpointOutcome = z.infer<typeof checkpointOutcomeShape>;

/** Sizes and frames at one moment. */
export const walStatusShape = z.strictObject({
  databaseBytes: count,
  walBytes: count.nullable().describe('null: there is no -wal file'),
  frames: knownShape(
    z.strictObject({
      mxFrame: count.describe('the last committed frame'),
      backfilled: count.describe('frames that are already in the database'),
      backlogFrames: count,
      backlogBytes: count,
    }),
  ),
});
export type WalStatus = z.infer<typeof walStatusShape>;
