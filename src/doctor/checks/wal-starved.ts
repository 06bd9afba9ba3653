import { type Bytes, type Frames, formatBytes, formatCount, type Pid, plural } from '../../units.js';
import { defineCheck } from '../check.js';
import { factsIfSeen, ifWalIndex } from '../live.js';
import { locksView, nameProcesses } from '../questions.js';
import { sqlite3Command } from '../quote.js';
import { frameBytes, starvation } from '../wal-readers.js';

interface Facts {
  readonly path: string;
  readonly starved: boolean;
  readonly mxFrame: Frames;
  readonly nBackfill: Frames;
  readonly usedBytes: Bytes;
  /** Committed between the samples. */
  readonly grewFrames: Frames;
  readonly readerPids: readonly Pid[];
  readonly readers: string;
}

export const walStarved = defineCheck<Facts>({
  id: 'wal-starved',
  title: 'Overlapping readers keep the WAL from starting again',
  severity: 'warning',
  group: 'now',
  why: 'After a checkpoint has copied everything, the next writer may start the WAL again from its first frame, but only at a moment when nobody reads from it. If reads overlap so that there is always one, that moment never comes: each read is short and harmless, and yet the WAL grows without end.',
  sources: [
    'https://www.sqlite.org/wal.html#avoiding_excessively_large_wal_files',
    'wal.c: walRestartLog',
    'test/tt3_checkpoint.c',
  ],
  guide: {
    meaning:
      'WAL mode: the WAL has 2,000 frames or more, at least 90 % of them are in the database, it was not started again between the looks, a reader of the WAL was there both times, and no single old reader explains it. A warning if writers appended to it nevertheless.',
    certainty:
      'Certain that the WAL could not start again at these two moments. That there is never a gap in between is inferred: two looks cannot see every moment.',
    now: {
      text: 'At a quiet time run one TRUNCATE checkpoint with a short busy timeout: it keeps writers out, waits for the readers, and returns 1 as its first number if they did not leave.',
      commands: ["sqlite3 app.db 'PRAGMA busy_timeout = 2000; PRAGMA wal_checkpoint(TRUNCATE);'"],
    },
    later:
      'Leave gaps between reads: short read transactions, no cursor open while results are processed, pauses between polls.',
  },
  inspect({ evidence }) {
    return ifWalIndex(evidence, (_, [, index]) => {
      const found = starvation(evidence);
      const facts = {
        path: evidence.path,
        starved: found !== null,
        mxFrame: index.mxFrame,
        nBackfill: index.nBackfill,
        usedBytes: frameBytes(index, index.mxFrame),
        grewFrames: found?.grewFrames ?? 0,
        readerPids: found?.readers ?? [],
        readers: nameProcesses(evidence, found?.readers ?? []),
      };
      return factsIfSeen(facts, found !== null, locksView(evidence));
    });
  },
  /** Frames after the backfilled ones were appended by a writer that could not start again; without them nobody tried. */
  verdict({ starved, grewFrames, mxFrame, nBackfill }) {
    if (!starved) return 'clear';
    return grewFrames > 0 || mxFrame > nBackfill ? 'warning' : 'info';
  },
  summary({ mxFrame, nBackfill, usedBytes, grewFrames, readers }) {
    const growth =
      grewFrames > 0
        ? `It grew by ${plural(grewFrames, 'frame')} between the samples.`
        : 'It did not grow between the samples.';
    return `${formatCount(nBackfill)} of ${formatCount(mxFrame)} frames (${formatBytes(usedBytes)}) are already in the database, but the WAL could not start again: there was a reader in it both times, ${readers}. ${growth}`;
  },
  remedy({ path }) {
    return {
      text: 'Leave gaps between reads: keep each read transaction short, do not keep cursors open while results are processed, and let polling processes sleep between polls. Until then, run a TRUNCATE checkpoint from one place at a quiet time: it keeps writers out, waits for the readers up to its busy timeout, and returns busy = 1 if they did not leave.',
      commands: [sqlite3Command(path, 'PRAGMA busy_timeout = 2000; PRAGMA wal_checkpoint(TRUNCATE);')],
    };
  },
});
