/** One PRAGMA wal_checkpoint, watched from outside while it runs. */
import type { WalIndex } from '../sqlite/shapes.js';
import type { Frames, Milliseconds, Pid } from '../units.js';
import type { Look } from './blockers.js';
import type { Checkpointer } from './child.js';
import { describeRow, isBlocking } from './mode.js';
import type { Failure } from './protocol.js';
import type { CheckpointMode, CheckpointRow, CheckpointStep } from './shapes.js';
import { measureWriteLock, microseconds, watchWriteLock } from './write-lock.js';

/** How the world around the connection is looked at. Opens files: only for a process without a connection. */
export interface Watcher {
  /** Who holds which lock, and the WAL index. */
  look(): Look;
  /** The WAL index alone, which is quicker; `null`: it cannot be read. */
  index(): WalIndex | null;
  /** A quick way to ask whether the process holds WRITE now; `null`: there is none. */
  writeLockOf(pid: Pid): (() => boolean) | null;
}

export interface StepResult {
  readonly kind: 'row';
  readonly step: CheckpointStep;
  readonly framesMoved: Frames;
  readonly framesMovedAtLeast: boolean;
  /** Taken while it waited, or right after; `null`: there was no need. */
  readonly look: Look | null;
}

/** A look at who is in the way walks through all processes: WRITE may be gained unseen meanwhile. Then they come after. */
const FIRST_LOOK_MS: Milliseconds = 50;
const NEXT_LOOK_MS: Milliseconds = 250;
/** The part of the wait after which it is likely that WRITE will not be gained. */
const LATE = 0.8;

export async function runStep(
  child: Checkpointer,
  { mode, busyTimeoutMs }: { readonly mode: CheckpointMode; readonly busyTimeoutMs: Milliseconds },
  watcher: Watcher,
): Promise<StepResult | Failure> {
  const blocking = isBlocking(mode);
  const before = watcher.index();
  let locked: WalIndex | null = null;
  const looks = blocking ? lookAgainAndAgain(watcher, LATE * busyTimeoutMs) : null;
  const watch = blocking
    ? watchWriteLock(watcher.writeLockOf(child.pid), () => {
        locked = watcher.index();
        looks?.hasten();
      })
    : null;
  const answer = await child.ask({ order: 'checkpoint', mode, busyTimeoutMs }).finally(() => looks?.stop());
  const sightings = watch?.stop();
  if (answer.answer === 'failure') return answer;
  if (answer.answer === 'done') throw new Error('a checkpoint returns a row');
  const { row, startedMs, endedMs } = answer;
  const unfinished = isUnfinished(row);
  return {
    kind: 'row',
    step: {
      ...{ mode, row, meaning: describeRow(mode, row), durationMs: microseconds(endedMs - startedMs) },
      writeLock: sightings ? measureWriteLock(answer, sightings) : { kind: 'not-taken' },
    },
    ...countMoved(row, { before, locked, after: watcher.index() }),
    look: unfinished ? (looks?.last() ?? watcher.look()) : null,
  };
}

function isUnfinished({ busy, log, checkpointed }: CheckpointRow): boolean {
  return busy !== 0 || log !== checkpointed;
}

/** The last look is the one that counts: who is in the way when the wait ends prevented the rest. */
function lookAgainAndAgain(watcher: Watcher, firstAfterMs: Milliseconds) {
  let last: Look | null = null;
  let timer = setTimeout(look, firstAfterMs);
  function look() {
    last = watcher.look();
    timer = setTimeout(look, NEXT_LOOK_MS);
  }
  return {
    last: (): Look | null => last,
    /** Begins early, now that looking disturbs nothing. */
    hasten: () => {
      clearTimeout(timer);
      timer = setTimeout(look, FIRST_LOOK_MS);
    },
    stop: () => clearTimeout(timer),
  };
}

/** The WAL index at three moments; `null`: it could not be read. */
interface Indexes {
  readonly before: WalIndex | null;
  /** While we held WRITE, so that nobody else could commit. */
  readonly locked: WalIndex | null;
  readonly after: WalIndex | null;
}

/** Frames that were not yet in the database. A truncation returns 0|0|0: how many there were, only the index says. */
function countMoved(
  row: CheckpointRow,
  { before, locked, after }: Indexes,
): Pick<StepResult, 'framesMoved' | 'framesMovedAtLeast'> {
  if (row.log < 0) return { framesMoved: 0, framesMovedAtLeast: false };
  const done = before?.nBackfill ?? 0;
  if (row.log > 0 || before === null) {
    const restarted = row.checkpointed < done;
    return { framesMoved: row.checkpointed - (restarted ? 0 : done), framesMovedAtLeast: restarted };
  }
  const last = locked?.salts === before.salts ? locked : before;
  // Without a commit in between there was nothing else; a checkpoint leaves iChange as it is (wal.c, walIndexWriteHdr).
  const certain = last === locked || after?.changeCount === before.changeCount;
  return { framesMoved: Math.max(0, last.mxFrame - done), framesMovedAtLeast: !certain };
}
