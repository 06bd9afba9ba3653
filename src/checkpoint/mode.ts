import { type Frames, formatCount, plural } from '../units.js';
import type { CheckpointMode, CheckpointRow } from './shapes.js';

export const checkpointModes = [
  'passive',
  'full',
  'restart',
  'truncate',
] as const satisfies readonly CheckpointMode[];

/** All but passive take WRITE, and wait: for the writer, then for readers (wal.c, sqlite3WalCheckpoint). */
export function isBlocking(mode: CheckpointMode): boolean {
  return mode !== 'passive';
}

/** What the row of PRAGMA wal_checkpoint says, which is more than its first column. */
export type RowVerdict =
  | { readonly verdict: 'complete' }
  /** Readers, or the writer's own snapshot, kept frames from being copied, or the WAL from being restarted. */
  | { readonly verdict: 'partial'; readonly framesLeft: Frames }
  /** CKPT was held by another; no mode waits for it (wal.c, sqlite3WalCheckpoint). */
  | { readonly verdict: 'elsewhere' }
  | { readonly verdict: 'no-wal' };

export function judgeRow(mode: CheckpointMode, { busy, log, checkpointed }: CheckpointRow): RowVerdict {
  if (log < 0 || checkpointed < 0) return { verdict: busy === 0 ? 'no-wal' : 'elsewhere' };
  const framesLeft = Math.max(0, log - checkpointed);
  const isDone = busy === 0 && framesLeft === 0 && (mode !== 'truncate' || log === 0);
  return isDone ? { verdict: 'complete' } : { verdict: 'partial', framesLeft };
}

/** The row in a sentence. */
export function describeRow(mode: CheckpointMode, row: CheckpointRow): string {
  const shown = `${row.busy}|${row.log}|${row.checkpointed}`;
  return `${shown}: ${meaningOf(mode, row)}`;
}

function meaningOf(mode: CheckpointMode, row: CheckpointRow): string {
  const judged = judgeRow(mode, row);
  switch (judged.verdict) {
    case 'no-wal':
      return 'the database has no WAL: it is not in WAL mode';
    case 'elsewhere':
      return 'another process is checkpointing, so this one did nothing';
    case 'complete':
      return mode === 'truncate'
        ? 'complete: the WAL was truncated'
        : `complete: ${allOf(row)} in the database${restart(mode)}`;
    case 'partial':
      return partialMeaning(mode, row, judged.framesLeft);
  }
}

function allOf({ log }: CheckpointRow): string {
  return log === 0 ? 'the WAL is empty, all is' : `all ${plural(log, 'frame')} ${log === 1 ? 'is' : 'are'}`;
}

function restart(mode: CheckpointMode): string {
  return mode === 'restart' ? ', and the next writer starts the WAL again' : '';
}

function partialMeaning(
  mode: CheckpointMode,
  { busy, log, checkpointed }: CheckpointRow,
  left: Frames,
): string {
  const moved = `${formatCount(checkpointed)} of ${plural(log, 'frame')} ${checkpointed === 1 ? 'is' : 'are'} in the database`;
  if (mode === 'passive')
    return `incomplete, although busy is 0: ${moved}, and a passive checkpoint does not wait for the rest`;
  if (left > 0) return `incomplete: ${moved}, and the wait was over before the rest could be copied`;
  const goal = mode === 'truncate' ? 'truncated' : 'started again';
  const waited = busy === 0 ? '' : ', because somebody reads from it';
  return `incomplete: ${moved}, but the WAL could not be ${goal}${waited}`;
}
