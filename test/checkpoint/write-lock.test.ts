import { describe, expect, it } from 'vitest';
import {
  heldTime,
  measureWriteLock,
  monotonicMs,
  type WriteLockSightings,
  watchWriteLock,
} from '../../src/checkpoint/write-lock.js';

const CALL = { startedMs: 1000, endedMs: 1500 };

function sightings(overrides: Partial<WriteLockSightings>): WriteLockSightings {
  return { lastUnseenMs: null, firstSeenMs: null, longestGapMs: 1, blind: null, ...overrides };
}

describe('the time that WRITE was held', () => {
  it('began between the last look without it and the first with it', () => {
    const lock = measureWriteLock(CALL, sightings({ lastUnseenMs: 1100, firstSeenMs: 1102 }));
    expect(lock).toEqual({ kind: 'seen', heldMs: 399, plusMinusMs: 1 });
  });

  it('cannot have begun before the call', () => {
    const lock = measureWriteLock(CALL, sightings({ lastUnseenMs: 900, firstSeenMs: 1004 }));
    expect(lock).toEqual({ kind: 'seen', heldMs: 498, plusMinusMs: 2 });
  });

  it('was shorter than the time between two looks if none saw it', () => {
    expect(measureWriteLock(CALL, sightings({ longestGapMs: 3 }))).toMatchObject({
      kind: 'unseen',
      atMostMs: 3,
    });
    expect(measureWriteLock(CALL, sightings({ longestGapMs: 900 }))).toMatchObject({ atMostMs: 500 });
  });

  it('was at most the whole call where nobody could look', () => {
    const lock = measureWriteLock(CALL, sightings({ blind: 'no /proc' }));
    expect(lock).toEqual({ kind: 'unseen', atMostMs: 500, reason: 'no /proc' });
    expect(heldTime(lock)).toEqual({ ms: 250, plusMinusMs: 250 });
  });

  it('is nothing for a passive checkpoint', () => {
    expect(heldTime({ kind: 'not-taken' })).toEqual({ ms: 0, plusMinusMs: 0 });
  });
});

describe('the watch', () => {
  it('looks until the lock is there, and tells at once', async () => {
    let looks = 0;
    const watch = await new Promise<ReturnType<typeof watchWriteLock>>((resolve) => {
      const started = watchWriteLock(
        () => ++looks > 20,
        () => setImmediate(() => resolve(started)),
      );
    });
    const { lastUnseenMs, firstSeenMs, blind } = watch.stop();
    expect(looks).toBe(21);
    expect(blind).toBeNull();
    expect(lastUnseenMs).toBeLessThan(firstSeenMs ?? 0);
    expect(firstSeenMs).toBeLessThan(monotonicMs());
  });

  it('says that it is blind where nobody can look', () => {
    expect(watchWriteLock(null, () => undefined).stop().blind).toMatch(/\/proc/);
  });
});
