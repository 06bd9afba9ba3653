/**
 * How long our own connection held WRITE. SQLite says nothing about it, and the process that holds it is inside a
 * synchronous call: so another process, the parent, looks again and again whether the kernel lists the lock, until it
 * does. The end needs no look: WRITE is given up as the call returns (wal.c, sqlite3WalCheckpoint).
 */
import type { Milliseconds } from '../units.js';
import type { WriteLock } from './shapes.js';

/** Times of the monotonic clock that all processes of a machine share. */
export interface WriteLockSightings {
  /** Of the last look without it; `null`: the first look had it. */
  readonly lastUnseenMs: Milliseconds | null;
  /** `null`: no look had it. */
  readonly firstSeenMs: Milliseconds | null;
  /** Between two looks without it. */
  readonly longestGapMs: Milliseconds;
  /** Why nobody looked; `null`: somebody did. */
  readonly blind: string | null;
}

/** @param call when the pragma was called and when it returned */
export function measureWriteLock(
  call: { readonly startedMs: Milliseconds; readonly endedMs: Milliseconds },
  { lastUnseenMs, firstSeenMs, longestGapMs, blind }: WriteLockSightings,
): WriteLock {
  const callMs = microseconds(call.endedMs - call.startedMs);
  if (blind !== null) return { kind: 'unseen', atMostMs: callMs, reason: blind };
  if (firstSeenMs === null || firstSeenMs > call.endedMs)
    return betweenLooks(Math.min(callMs, microseconds(longestGapMs)));
  const earliest = Math.max(call.startedMs, lastUnseenMs ?? call.startedMs);
  const latest = Math.max(earliest, firstSeenMs);
  return {
    kind: 'seen',
    heldMs: microseconds(call.endedMs - (earliest + latest) / 2),
    plusMinusMs: microseconds((latest - earliest) / 2),
  };
}

function betweenLooks(atMostMs: Milliseconds): WriteLock {
  return { kind: 'unseen', atMostMs, reason: 'it was not held at any look, or only between two' };
}

/** The time it stands for, and what that may be off by. */
export function heldTime(lock: WriteLock): { readonly ms: Milliseconds; readonly plusMinusMs: Milliseconds } {
  if (lock.kind === 'not-taken') return { ms: 0, plusMinusMs: 0 };
  if (lock.kind === 'seen') return { ms: lock.heldMs, plusMinusMs: lock.plusMinusMs };
  return { ms: lock.atMostMs / 2, plusMinusMs: lock.atMostMs / 2 };
}

/** Milliseconds to three decimals. */
export function microseconds(ms: Milliseconds): Milliseconds {
  return Math.round(ms * 1000) / 1000;
}

export interface Watch {
  stop(): WriteLockSightings;
}

/** Looks follow each other without a pause for so long: mostly WRITE is gained at once. Then there is one each millisecond. */
const CLOSE_WATCH_MS: Milliseconds = 100;

/** The monotonic clock in milliseconds, which is the same in all processes (clock_gettime(2), CLOCK_MONOTONIC). */
export function monotonicMs(): Milliseconds {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * @param holdsWrite `null` where that cannot be told
 * @param onSeen called at the first look that has it
 */
export function watchWriteLock(holdsWrite: (() => boolean) | null, onSeen: () => void): Watch {
  if (holdsWrite === null) return { stop: () => ({ ...NOTHING, blind: NO_PROC }) };
  const beganMs = monotonicMs();
  let sightings: WriteLockSightings = NOTHING;
  let stopped = false;
  const look = () => {
    if (stopped) return;
    const beforeMs = monotonicMs();
    const held = holdsWrite();
    const afterMs = monotonicMs();
    const gapMs = afterMs - (sightings.lastUnseenMs ?? beganMs);
    const longestGapMs = Math.max(sightings.longestGapMs, gapMs);
    sightings = {
      ...sightings,
      longestGapMs,
      ...(held ? { firstSeenMs: afterMs } : { lastUnseenMs: beforeMs }),
    };
    if (held) onSeen();
    else if (afterMs - beganMs < CLOSE_WATCH_MS) setImmediate(look);
    else setTimeout(look, 1);
  };
  look();
  return {
    stop: () => {
      stopped = true;
      return sightings;
    },
  };
}

const NOTHING: WriteLockSightings = { lastUnseenMs: null, firstSeenMs: null, longestGapMs: 0, blind: null };
const NO_PROC = 'locks of single processes can only be watched where there is /proc';
